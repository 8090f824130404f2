from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "report"):
    trajectory, quantities = Path(snakemake.input.trajectory).parent, Path(snakemake.input.quantities).parent
    steps.report(snakemake.config["experiment"], trajectory, quantities, snakemake.input.scores,
                 snakemake.input.provenance, snakemake.output[0])
