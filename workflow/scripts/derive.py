from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "derive"):
    trajectory, quantities = Path(snakemake.input.trajectory).parent, Path(snakemake.output.root).parent
    steps.derive(snakemake.config["experiment"], trajectory, quantities, threads=snakemake.threads,
                 on=snakemake.resources.dask or None)
