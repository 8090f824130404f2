"""IF_curr_delta: leaky integrate-and-fire cell; each incoming spike makes the membrane potential jump.

    cm dv/dt = cm (v_rest - v) / tau_m + i_offset;   v += weight [mV] at each spike

Exact over one step: Rotter & Diesmann (1999), Biol Cybern 81:381. Spikes that arrive while the cell is refractory are
lost (# ASSUME: as NEST's iaf_psc_delta with refractory_input off). The model of Brunel (2000), J Comput Neurosci 8:183.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.integrate_and_fire import (
    MEMBRANE,
    REFRACTORY,
    V,
    passive,
    refractory_steps,
    reset_below_threshold,
    threshold,
)


def prepare(dt, *, v_rest, cm, tau_m, tau_refrac, v_thresh, v_reset, i_offset):
    """Constants of `step` for one parameter set."""
    reset_below_threshold(v_reset, v_thresh)
    P_vv, P_vc = passive(dt, tau_m, cm)
    return {"v_inf": v_rest, "P_vv": P_vv, "dv_offset": P_vc * i_offset, "v_thresh": v_thresh, "v_reset": v_reset,
            "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, refractory, exc, inh, *, v_inf, P_vv, dv_offset, v_thresh, v_reset, n_refrac):
    """One step of the exact solution; exc, inh [mV] arrive at its end."""
    v = v_inf + (v - v_inf) * P_vv + dv_offset + (exc + inh)
    return threshold(v, refractory, v_thresh, v_reset, n_refrac)


IF_curr_delta = CellModel(
    name="IF_curr_delta",
    meaning="leaky integrate-and-fire cell with delta-shaped synaptic currents",
    parameters=MEMBRANE,
    states={"v": V, "refractory": REFRACTORY},
    receptors={"excitatory": ("exc", "mV"), "inhibitory": ("inh", "mV")},
    prepare=prepare,
    step=step,
)
