"""IN the trajectory.  OUT quantities.zarr: those that the experiment asks for.

`update` leaves the old ones in place until the job is done: it takes from them what is not stale.
"""


rule derive:
    input:
        digests=f"{RESULTS}/trajectory.json",
        trajectory=ancient(f"{RESULTS}/trajectory.zarr/zarr.json"),
    output:
        root=update(f"{RESULTS}/quantities.zarr/zarr.json"),
    log:
        f"{RESULTS}/logs/derive.log",
    threads: workflow.cores
    resources:
        dask="",  # threads here, or the cluster that a profile names (simcore/store/farm.py)
    params:
        quantities=steps.digest(EXPERIMENT.quantities),
        sources=STALE["derive"],
    script:
        "../scripts/derive.py"
