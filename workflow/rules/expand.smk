"""IN the experiment file.  OUT experiment.json: every point, and what is asked of them; runs.tsv: the table of runs."""


rule expand_points:
    output:
        experiment=f"{RESULTS}/experiment.json",
        table=f"{RESULTS}/runs.tsv",
    log:
        f"{RESULTS}/logs/expand.log",
    params:
        digest=steps.digest(EXPERIMENT.to_dict()),
    run:
        steps.write_experiment(EXPERIMENT, output.experiment, output.table)
