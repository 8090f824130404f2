"""IN an article beside the experiment file (params/paper.md for params/paper.yaml) and the results it takes numbers from.
OUT article.html: one page, every number of it with the digests of its runs.

Not part of `all`: `snakemake --cores 2 article --configfile params/paper.yaml`.
"""

ARTICLE = Path(EXPERIMENT.source).with_suffix(".md")

if ARTICLE.is_file():

    rule article:
        input:
            article=ARTICLE.as_posix(),
            trajectory=f"{RESULTS}/trajectory.zarr/zarr.json",
            quantities=f"{RESULTS}/quantities.zarr/zarr.json",
            scores=f"{RESULTS}/scores.json",
            provenance=f"{RESULTS}/provenance.json",
        output:
            f"{RESULTS}/article.html",
        log:
            f"{RESULTS}/logs/article.log",
        params:
            sources=STALE["report"],
        script:
            "../scripts/article.py"
