"""IN a point.  OUT its store, one file.

Two ways to the same bytes: `simulate` hands the point to a worker that stays (pool.py), `simulate_mpi` starts a process,
or as many as the experiment has ranks. Both have the same params, without launcher or ranks: going from one
to the other makes no run stale, since results do not depend on it.
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
        point=point_text,
        sources=STALE["simulate"],
    run:
        simulate(EXPERIMENT.points[wildcards.run_id], output[0], log[0], **HOW)


rule simulate_mpi:
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
        beside=os.pathsep.join(HOW["beside"]),
        inputs=os.pathsep.join(HOW["inputs"]),
        title=explored_text,
    params:
        point=point_text,
        sources=STALE["simulate"],
    shell:
        "{resources.mpi} -n {resources.tasks} {resources.python:q} -m mpi4py -m simcore point {params.point:q}"
        " --beside {resources.beside:q} --inputs {resources.inputs:q} --user {resources.user}"
        " --title {resources.title:q} --ranks {resources.tasks} --out {output:q} --log {log:q}"
