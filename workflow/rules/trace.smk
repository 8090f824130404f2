"""IN the trajectory (whose root changes whenever runs were merged) and what was made of it.
OUT provenance.json, run_table.tsv, an RO-Crate.
"""


rule trace:
    input:
        trajectory=f"{RESULTS}/trajectory.zarr/zarr.json",
        quantities=f"{RESULTS}/quantities.zarr/zarr.json",
        scores=f"{RESULTS}/scores.json",
        workflow=workflow.main_snakefile,
    output:
        provenance=f"{RESULTS}/provenance.json",
        table=f"{RESULTS}/run_table.tsv",
        crate=f"{RESULTS}/ro-crate-metadata.json",
    log:
        f"{RESULTS}/logs/trace.log",
    params:
        sources=STALE["trace"],
    script:
        "../scripts/trace.py"
