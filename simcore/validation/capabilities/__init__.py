"""Capabilities: what a model can be asked for."""

from simcore.validation.capabilities.activity import (
    KnowsParameters,
    ProducesCorrelation,
    ProducesIrregularity,
    ProducesQuantity,
    ProducesRates,
    ProducesSpectrum,
    ProducesSynchrony,
)
from simcore.validation.capabilities.base import Capability, ProducesNumber, Runnable

__all__ = ["Capability", "KnowsParameters", "ProducesCorrelation", "ProducesIrregularity", "ProducesNumber",
           "ProducesQuantity", "ProducesRates", "ProducesSpectrum", "ProducesSynchrony", "Runnable"]
