"""IN the stores of all runs.  OUT trajectory.zarr, and trajectory.json: the digests of its arrays.

Stations further on follow trajectory.json: they re-run if an array changed, not if runs were made again with the same
bytes. That zarr.json is an output lets Snakemake notice if the trajectory is gone.
"""


rule merge:
    input:
        runs=RUNS,
    output:
        digests=f"{RESULTS}/trajectory.json",
        root=f"{RESULTS}/trajectory.zarr/zarr.json",
    log:
        f"{RESULTS}/logs/merge.log",
    resources:
        dask="",  # threads here, or the cluster that a profile names (simcore/store/farm.py)
    params:
        experiment=steps.fingerprint(steps.about_runs(EXPERIMENT)),
        sources=STALE["merge"],
    script:
        "../scripts/merge.py"
