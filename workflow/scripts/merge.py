from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "merge"):
    steps.merge(snakemake.config["experiment"], snakemake.input.runs, Path(snakemake.output.root).parent,
                on=snakemake.resources.dask or None)
