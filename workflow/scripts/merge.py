from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "merge"):
    experiment = steps.read_experiment(snakemake.input.experiment)
    steps.merge(experiment, snakemake.input.runs, Path(snakemake.output.root).parent)
