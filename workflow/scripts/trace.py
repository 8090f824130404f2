from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "trace"):
    steps.trace(Path(snakemake.output.provenance).parent, workflow=snakemake.input.workflow)
