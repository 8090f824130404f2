"""IN a point.  OUT its store, one file.

Two ways to the same bytes: `simulate` hands the point to a worker that stays (pool.py), `simulate_mpi` starts a process,
or as many as the experiment has ranks. Neither has its launcher or ranks among its params: results do not depend on them.
"""

from workflow.pool import simulate

LAUNCHER = steps.mpiexec()
USER = "" if SETTINGS["user"] else "--no-user"
HOW = {"user": SETTINGS["user"], "inputs": list(map(str, EXPERIMENT.files)),
       "beside": list(map(str, steps.folders(EXPERIMENT)))}


rule simulate:
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    params:
        point=point_digest,
        sources=STALE["simulate"],
    wildcard_constraints:
        run_id=NEVER if PROCESS_PER_RUN else RUN_ID,
    run:
        simulate(EXPERIMENT.points[wildcards.run_id], output[0], log[0], **HOW)


rule simulate_mpi:
    input:
        ancient(f"{RESULTS}/experiment.json"),
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    params:
        point=point_digest,
        sources=STALE["simulate"],
    threads: EXPERIMENT.ranks
    resources:
        mpi=LAUNCHER,
        tasks=EXPERIMENT.ranks,
    wildcard_constraints:
        run_id=RUN_ID if PROCESS_PER_RUN else NEVER,
    shell:
        "{resources.mpi} -n {resources.tasks} {sys.executable:q} -m mpi4py -m simcore run {input:q} {wildcards.run_id}"
        " --ranks {resources.tasks} --out {output:q} --log {log:q} {USER}"
