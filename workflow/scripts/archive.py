from pathlib import Path

from simcore import steps
from simcore.logs import station

with station(snakemake.log[0], "archive"):
    steps.archive(Path(snakemake.input.provenance).parent, snakemake.output[0], workflow=snakemake.input.workflow)
