"""IN a point.  OUT its store, one file.

Two ways to the same bytes: `simulate` hands the point to a worker that stays (pool.py), `simulate_mpi` starts a process,
or as many as the experiment has ranks. Neither has its launcher or ranks among its params: results do not depend on them.
"""

from workflow.pool import simulate

HOW = {
    "user": SETTINGS["user"],
    "inputs": list(map(str, EXPERIMENT.files)),
    "beside": list(map(str, steps.folders(EXPERIMENT))),
}


rule simulate:
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    wildcard_constraints:
        run_id=NEVER if PROCESS_PER_RUN else RUN_ID,
    params:
        point=point_digest,
        sources=STALE["simulate"],
    run:
        simulate(EXPERIMENT.points[wildcards.run_id], output[0], log[0], **HOW)


rule simulate_mpi:
    input:
        ancient(f"{RESULTS}/experiment.json"),
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    wildcard_constraints:
        run_id=RUN_ID if PROCESS_PER_RUN else NEVER,
    threads: EXPERIMENT.ranks
    resources:
        mpi=steps.mpiexec(),
        tasks=EXPERIMENT.ranks,
        python=sys.executable,
        user="yes" if SETTINGS["user"] else "no",
    params:
        point=point_digest,
        sources=STALE["simulate"],
    shell:
        "{resources.mpi} -n {resources.tasks} {resources.python:q} -m mpi4py -m simcore run {input:q} {wildcards.run_id}"
        " --ranks {resources.tasks} --out {output:q} --log {log:q} --user {resources.user}"
