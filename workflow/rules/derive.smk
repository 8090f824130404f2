"""IN the trajectory.  OUT quantities.zarr: those that the experiment asks for."""


rule derive:
    input:
        digests=f"{RESULTS}/trajectory.json",
        trajectory=ancient(f"{RESULTS}/trajectory.zarr/zarr.json"),
        experiment=ancient(f"{RESULTS}/experiment.json"),
    output:
        root=f"{RESULTS}/quantities.zarr/zarr.json",
    log:
        f"{RESULTS}/logs/derive.log",
    threads: workflow.cores
    params:
        quantities=steps.digest(EXPERIMENT.quantities),
        sources=STALE["derive"],
    script:
        "../scripts/derive.py"
