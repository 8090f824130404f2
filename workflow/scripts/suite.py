from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "suite"):
    steps.judge_suite(snakemake.config["suite"], snakemake.output.scores, snakemake.output.page, threads=snakemake.threads)
