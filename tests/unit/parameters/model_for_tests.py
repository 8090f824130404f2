"""A small model module of an experiment."""

from simcore.units import Param

PARAMETERS = {
    "g": Param(5.0, "", "strength", low=0.0),
    "eta": Param(2.0, "", "drive"),
    "n": Param(10, "", "cells", low=1),
    "rule": Param("all", "", "rule", choices=("all", "none")),
    "on": Param(True, "", "switch"),
    "weights": Param([1.0, 2.0], "mV", "weights"),
    "extra": Param({}, "", "anything", kind=dict),
    "delay": Param(1.5, "ms", "delay", low=0.0),
    "rate": Param(10.0, "Hz", "rate"),
    "cell": {"tau_m": Param(20.0, "ms", "time constant", low=0.0, low_open=True), "v_rest": Param(-70.0, "mV", "rest"),
             "inner": {"depth": Param(1.0, "um", "depth")}},
}
POPULATIONS = {"exc": ("v", "i_exc"), "inh": ("v",)}


def build(parameters, seed):
    raise NotImplementedError("these tests only expand")
