"""What is to be simulated: populations of cells and projections between them. No time, no ranks, no simulator."""

from simcore.network.connectors import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FromList,
    OneToOne,
)
from simcore.network.network import Network
from simcore.network.values import Normal, Uniform

__all__ = ["AllToAll", "FixedNumberPost", "FixedNumberPre", "FixedProbability", "FromList", "Network", "Normal",
           "OneToOne", "Uniform"]
