"""IN everything.  OUT report.html: one page that needs nothing else."""


rule report:
    input:
        trajectory=f"{RESULTS}/trajectory.zarr/zarr.json",
        quantities=f"{RESULTS}/quantities.zarr/zarr.json",
        scores=f"{RESULTS}/scores.json",
        provenance=f"{RESULTS}/provenance.json",
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../report/study.rst",
            category="Studies",
            labels={"study": EXPERIMENT.name},
        ),
    log:
        f"{RESULTS}/logs/report.log",
    params:
        shown=steps.digest([EXPERIMENT.name, EXPERIMENT.description, EXPERIMENT.report]),
        sources=STALE["report"],
    script:
        "../scripts/report.py"
