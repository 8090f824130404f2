"""IN a study that was traced and reported.  OUT archive.zip: one file to verify it and to run it again from.

Not part of `all`: `snakemake --cores 2 archive --configfile params/…`.
"""


rule archive:
    input:
        experiment=f"{RESULTS}/experiment.json",
        table=f"{RESULTS}/runs.tsv",
        trajectory=f"{RESULTS}/trajectory.zarr/zarr.json",
        quantities=f"{RESULTS}/quantities.zarr/zarr.json",
        scores=f"{RESULTS}/scores.json",
        provenance=f"{RESULTS}/provenance.json",
        report=f"{RESULTS}/report.html",
        workflow=workflow.main_snakefile,
    output:
        f"{RESULTS}/archive.zip",
    log:
        f"{RESULTS}/logs/archive.log",
    params:
        sources=STALE["trace"],
    script:
        "../scripts/archive.py"
