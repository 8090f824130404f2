"""IN a point.  OUT its store, one file.

Three ways to the same bytes: `simulate` hands the point to a worker that stays (pool.py; on a cluster a profile says
how workers get to its nodes), `simulate_alone` starts a process, `simulate_mpi` as many as the experiment has ranks; on a
cluster these two are jobs of their own. All have the same params: the sources, nothing of launcher or ranks, so that going
from one to another makes no run stale. What the point is, is in the name of its store: a run id is the digest of it.
"""

from workflow.pool import simulate

HOW = {
    "user": SETTINGS["user"],
    "inputs": list(map(str, EXPERIMENT.files)),
    "beside": list(map(str, steps.folders(EXPERIMENT))),
}
WORDS = {  # the same for the command line
    "python": sys.executable,
    "user": "yes" if SETTINGS["user"] else "no",
    "beside": os.pathsep.join(HOW["beside"]),
    "inputs": os.pathsep.join(HOW["inputs"]),
    "title": explored_text,
    "point": point_text,
}
POINT = (
    " -m simcore point {resources.point:q} --beside {resources.beside:q} --inputs {resources.inputs:q}"
    " --user {resources.user} --title {resources.title:q} --out {output:q} --log {log:q}"
)


rule simulate:
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    wildcard_constraints:
        run_id=RUN_ID if LAUNCH == "warm" else NEVER,
    localrule: True  # a thread of Snakemake, wherever its worker is
    resources:
        worker="",  # words in front of the command that starts a worker
        workers=1,  # of how many there may be, if a profile says so
    params:
        sources=STALE["simulate"],
    run:
        simulate(EXPERIMENT.points[wildcards.run_id], output[0], log[0], launcher=resources.worker, **HOW)


rule simulate_alone:
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    wildcard_constraints:
        run_id=RUN_ID if LAUNCH == "process" else NEVER,
    resources:
        **WORDS,
    params:
        sources=STALE["simulate"],
    shell:
        f"{{resources.python:q}}{POINT}"


rule simulate_mpi:
    output:
        f"{RESULTS}/runs/{{run_id}}.zarr.zip",
    log:
        f"{RESULTS}/logs/simulate/{{run_id}}.log",
    wildcard_constraints:
        run_id=RUN_ID if LAUNCH == "ranks" else NEVER,
    threads: EXPERIMENT.ranks
    resources:
        **WORDS,
        mpi=steps.mpiexec(),
        tasks=EXPERIMENT.ranks,
        cpus_per_task=1,
    params:
        sources=STALE["simulate"],
    shell:
        "OMP_NUM_THREADS=1 {resources.mpi} -n {resources.tasks} {resources.python:q}"
        f"{POINT} --ranks {{resources.tasks}}"
