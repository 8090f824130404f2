"""IN the experiment file.  OUT experiment.json: every point, and what is asked of them; runs.tsv: the table of runs.

For people, and to run a point again from its results. No rule reads them: they change with any entry of the file, and an
`ancient` input would hide from Snakemake what else is stale below a job that runs (snakemake#4166).
"""


rule expand_points:
    output:
        experiment=f"{RESULTS}/experiment.json",
        table=f"{RESULTS}/runs.tsv",
    log:
        f"{RESULTS}/logs/expand.log",
    localrule: True
    params:
        digest=steps.fingerprint(EXPERIMENT),
    run:
        steps.write_experiment(EXPERIMENT, output.experiment, output.table)
