"""What is to be simulated: populations of cells and projections between them. No time, no ranks, no simulator."""

from simcore.network.connectors import (
    AllToAll,
    Clone,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    FromList,
    OneToOne,
    PairProbability,
    SmallWorld,
    Subset,
)
from simcore.network.currents import AC, DC, Noise, Steps
from simcore.network.network import Network
from simcore.network.plasticity import STDP, TsodyksMarkram
from simcore.network.space import Geometry, Space
from simcore.network.values import PairFunction

__all__ = ["AC", "DC", "STDP", "AllToAll", "Clone", "FixedNumberPost", "FixedNumberPre", "FixedProbability",
           "FixedTotalNumber", "FromList", "Geometry", "Network", "Noise", "OneToOne", "PairFunction", "PairProbability",
           "SmallWorld", "Space", "Steps", "Subset", "TsodyksMarkram"]
