"""One adaptive exponential integrate-and-fire cell and a constant current: a point of an f–I curve.

The cell is held by `bias` until time 0, when `current` is added to it for the whole run; explored over `current`,
an experiment has the f–I curve. The defaults of the cell are the regular spiking cell of Brette & Gerstner (2005).

Source: R. Brette & W. Gerstner (2005), Adaptive exponential integrate-and-fire model as an effective description of
neuronal activity, J Neurophysiol 94:3637-3642, table 1.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.models.cells import CELL_MODELS
from simcore.network import Network
from simcore.units import Param

MODEL = "EIF_cond_exp_isfa_ista"
_NOT_OF_THE_MEMBRANE = ("i_offset", "e_rev_E", "tau_syn_E", "e_rev_I", "tau_syn_I")

PARAMETERS = {
    "current": Param(0.7, "nA", "injected current, on top of the bias"),
    "bias": Param(0.0, "nA", "current that holds the cell before the run, and in it"),
    "cell": {name: param for name, param in CELL_MODELS[MODEL].parameters.items() if name not in _NOT_OF_THE_MEMBRANE},
}

POPULATIONS = {"cell": tuple(CELL_MODELS[MODEL].states)}


def build(parameters: Mapping, seed: int = 0) -> Network:
    """One cell, at rest under the bias. Nothing here is random."""
    p = parameters
    cell = p["cell"]
    leak, adaptation = 1e3 * cell["cm"] / cell["tau_m"], cell["a"]              # nS
    # ASSUME: far below threshold the exponential term is nothing, so that the bias moves the cell as its leak and a say.
    depolarized = 1e3 * p["bias"] / (leak + adaptation)
    network = Network()
    network.population("cell", 1, MODEL, {**cell, "i_offset": p["bias"] + p["current"]},
                       initial={"v": cell["v_rest"] + depolarized, "w": 1e-3 * adaptation * depolarized})
    return network
