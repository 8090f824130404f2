from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "derive"):
    experiment = steps.read_experiment(snakemake.input.experiment)
    trajectory, quantities = Path(snakemake.input.trajectory).parent, Path(snakemake.output.root).parent
    steps.derive(experiment, trajectory, quantities, threads=snakemake.threads)
