"""pas: a passive leak.

    i = g (v - e)

Constant in time, so it costs a run nothing: the engine adds it to the matrix once.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.mechanisms.base import Mechanism
from simcore.units import Param

PARAMETERS = {
    "g": Param(0.001, "S/cm**2", "leak conductance", low=0.0),
    "e": Param(-70.0, "mV", "reversal potential"),
}


def prepare(dt: float, celsius: float, *, g: float, e: float) -> dict[str, float]:
    """Constants of `current`."""
    return {"g": g, "e": e}


@equations
def current(v, *, g, e):
    """Conductance g and ge = g e."""
    return g, g * e


PAS = Mechanism(name="pas", meaning="passive leak", parameters=PARAMETERS, prepare=prepare, current=current,
                densities=("g",), passive=True, currents={"i": lambda v, *, g, e: g * (v - e)})
