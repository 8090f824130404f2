"""All cell models: name -> model. To add one, write its file and add it here."""

from simcore.models.cells.if_cond_exp import IF_cond_exp
from simcore.models.cells.if_curr_delta import IF_curr_delta
from simcore.models.cells.if_curr_exp import IF_curr_exp
from simcore.models.cells.sources import SpikeSourceArray, SpikeSourcePoisson

CELL_MODELS = {m.name: m for m in (IF_curr_delta, IF_curr_exp, IF_cond_exp, SpikeSourcePoisson, SpikeSourceArray)}
