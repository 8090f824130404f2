"""What all integrate-and-fire cells share: their parameters and the rule of threshold, reset and refractoriness."""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import decay_mean, exp
from simcore.errors import InvalidParameterValueError
from simcore.units import Param, State

MEMBRANE = {
    "v_rest": Param(-65.0, "mV", "resting membrane potential"),
    "cm": Param(1.0, "nF", "membrane capacitance", low=0.0, low_open=True),
    "tau_m": Param(20.0, "ms", "membrane time constant", low=0.0, low_open=True),
    "tau_refrac": Param(0.0, "ms", "duration of the refractory period", low=0.0),
    "v_thresh": Param(-50.0, "mV", "spike threshold"),
    "v_reset": Param(-65.0, "mV", "membrane potential after a spike"),
    "i_offset": Param(0.0, "nA", "constant injected current"),
}

V = State("mV", "membrane potential", initial="v_rest")
REFRACTORY = State("1", "steps left in the refractory period", initial=0.0)


@equations
def threshold(v, refractory, v_thresh, v_reset, n_refrac):
    """Hold v at reset while refractory, fire at or above threshold; returns v, refractory, fired.

    # ASSUME: spikes lie on the grid; a spike of step k has time (k + 1) dt, and the n_refrac following steps hold
    # v_reset, as in NEST's iaf models.
    """
    held = refractory > 0.0
    v = v_reset if held else v
    fired = v >= v_thresh
    refractory = refractory - 1.0 if held else 0.0
    return (v_reset if fired else v), (n_refrac if fired else refractory), fired


def refractory_steps(tau_refrac: float, dt: float) -> float:
    """Whole steps of the refractory period, to the nearest (# ASSUME: rounded, as delays are)."""
    return float(math.floor(tau_refrac / dt + 0.5))


def reset_below_threshold(v_reset: float, v_thresh: float) -> None:
    """Refuse cells that would fire in every step."""
    if v_reset >= v_thresh:
        raise InvalidParameterValueError(f"v_reset must be < v_thresh = {v_thresh:g} mV, got {v_reset:g} mV",
                                         name="v_reset", got=v_reset, valid=f"< {v_thresh:g} mV")


def passive(dt: float, tau_m: float, cm: float) -> tuple[float, float]:
    """P_vv, P_vc: v - v_rest after a step is P_vv (v - v_rest) + P_vc i for a current i that is constant in it."""
    return exp(-dt / tau_m), dt / cm * decay_mean(dt / tau_m)


def synaptic(dt: float, tau_m: float, cm: float, tau_syn: float) -> tuple[float, float]:
    """P_ss, P_vs: decay of an exponential current over a step, and what v gains from a current of 1 nA at its start.

    P_vs = (e**(-dt/tau_syn) - e**(-dt/tau_m)) / (cm (1/tau_m - 1/tau_syn)), written so that it holds its 15 digits
    also where tau_syn is close or equal to tau_m.
    """
    return exp(-dt / tau_syn), dt / cm * exp(-dt / tau_m) * decay_mean(dt / tau_syn - dt / tau_m)
