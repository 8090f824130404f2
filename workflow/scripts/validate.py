from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "validate"):
    quantities = Path(snakemake.input.quantities).parent
    steps.validate(snakemake.config["experiment"], quantities, snakemake.output[0], threads=snakemake.threads)
