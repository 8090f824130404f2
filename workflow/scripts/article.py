from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "article"):
    trajectory, quantities = Path(snakemake.input.trajectory).parent, Path(snakemake.input.quantities).parent
    steps.article(snakemake.config["experiment"], snakemake.input.article, trajectory, quantities, snakemake.input.scores,
                  snakemake.input.provenance, snakemake.output[0])
