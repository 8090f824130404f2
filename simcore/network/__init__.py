"""What is to be simulated: populations of cells and projections between them. No time, no ranks, no simulator."""

from simcore.network.connectors import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FromList,
    OneToOne,
)
from simcore.network.currents import AC, DC, Noise, Steps
from simcore.network.network import Network
from simcore.network.plasticity import STDP, TsodyksMarkram

__all__ = ["AC", "DC", "STDP", "AllToAll", "FixedNumberPost", "FixedNumberPre", "FixedProbability", "FromList",
           "Network", "Noise", "OneToOne", "Steps", "TsodyksMarkram"]
