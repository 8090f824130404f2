"""IN quantities, observations.  OUT scores.json. Scores whose inputs are the same are kept, hence `update`."""


rule validate:
    input:
        quantities=f"{RESULTS}/quantities.zarr/zarr.json",
        observations=steps.observations(EXPERIMENT),
    output:
        update(f"{RESULTS}/scores.json"),
    log:
        f"{RESULTS}/logs/validate.log",
    threads: workflow.cores
    params:
        tests=steps.digest(EXPERIMENT.tests),
        sources=STALE["validate"],
    script:
        "../scripts/validate.py"
