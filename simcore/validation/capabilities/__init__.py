"""Capabilities: what a model can be asked for."""

from simcore.validation.capabilities.activity import (
    KnowsParameters,
    ProducesCorrelation,
    ProducesCurve,
    ProducesIrregularity,
    ProducesQuantity,
    ProducesRates,
    ProducesSpectrum,
    ProducesSynchrony,
)
from simcore.validation.capabilities.base import Capability, ProducesNumber, Runnable
from simcore.validation.capabilities.cell import (
    ProducesSample,
    ProducesSpikeTimes,
    RespondsToCurrent,
    RespondsToSpike,
    Response,
)

__all__ = ["Capability", "KnowsParameters", "ProducesCorrelation", "ProducesCurve", "ProducesIrregularity",
           "ProducesNumber", "ProducesQuantity", "ProducesRates", "ProducesSample", "ProducesSpectrum", "ProducesSpikeTimes",
           "ProducesSynchrony", "RespondsToCurrent", "RespondsToSpike", "Response", "Runnable"]
