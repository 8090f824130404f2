"""All cell models: name -> model. To add one, write its file and add it here."""

from simcore.models.cells.eif_cond_alpha_isfa_ista import EIF_cond_alpha_isfa_ista
from simcore.models.cells.eif_cond_exp_isfa_ista import EIF_cond_exp_isfa_ista
from simcore.models.cells.hh_cond_exp import HH_cond_exp
from simcore.models.cells.hh_cond_exp_order2 import HH_cond_exp_order2
from simcore.models.cells.if_cond_alpha import IF_cond_alpha
from simcore.models.cells.if_cond_exp import IF_cond_exp
from simcore.models.cells.if_cond_exp_gsfa_grr import IF_cond_exp_gsfa_grr
from simcore.models.cells.if_cond_exp_order2 import IF_cond_exp_order2
from simcore.models.cells.if_curr_alpha import IF_curr_alpha
from simcore.models.cells.if_curr_delta import IF_curr_delta
from simcore.models.cells.if_curr_exp import IF_curr_exp
from simcore.models.cells.if_facets_hardware1 import IF_facets_hardware1
from simcore.models.cells.izhikevich import Izhikevich
from simcore.models.cells.sources import SpikeSourceArray, SpikeSourceInhGamma, SpikeSourcePoisson

CELL_MODELS = {m.name: m for m in (
    IF_curr_delta, IF_curr_exp, IF_curr_alpha, IF_cond_exp, IF_cond_exp_order2, IF_cond_exp_gsfa_grr,
    IF_cond_alpha, IF_facets_hardware1,
    EIF_cond_exp_isfa_ista, EIF_cond_alpha_isfa_ista, Izhikevich, HH_cond_exp, HH_cond_exp_order2,
    SpikeSourcePoisson, SpikeSourceInhGamma, SpikeSourceArray)}
