"""Capabilities of models that are runs of a network: activity of a population, one value per run (trial).

All return an xarray.DataArray with the dimension `run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simcore.validation.capabilities.base import Capability

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


class ProducesQuantity(Capability):
    """Produces any derived quantity by its name."""

    def produce_quantity(self, name: str, population: str | None = None) -> xr.DataArray:
        """The quantity (run, …) of a population, or of the run."""
        self.unimplemented()


class ProducesRates(Capability):
    """Produces firing rates."""

    def produce_rate(self, population: str) -> xr.DataArray:
        """Mean rate of the cells (run,) [Hz]."""
        self.unimplemented()


class ProducesIrregularity(Capability):
    """Produces the irregularity of spike trains."""

    def produce_cv_isi(self, population: str) -> xr.DataArray:
        """Mean coefficient of variation of inter-spike intervals (run,)."""
        self.unimplemented()


class ProducesSynchrony(Capability):
    """Produces the synchrony of a population."""

    def produce_synchrony(self, population: str) -> xr.DataArray:
        """Variance of the population's spike count over its Poisson expectation (run,)."""
        self.unimplemented()


class ProducesCorrelation(Capability):
    """Produces the correlation of pairs of cells."""

    def produce_count_correlation(self, population: str) -> xr.DataArray:
        """Mean correlation coefficient of spike counts (run,)."""
        self.unimplemented()


class ProducesSpectrum(Capability):
    """Produces the power spectrum of the population rate."""

    def produce_spectrum(self, population: str) -> xr.DataArray:
        """One-sided power spectral density (run, frequency [Hz]) [Hz^2/Hz]."""
        self.unimplemented()

    def produce_dominant_frequency(self, population: str) -> xr.DataArray:
        """Frequency of the largest power (run,) [Hz]."""
        self.unimplemented()


class ProducesCurve(Capability):
    """Produces a quantity as a function of a parameter that was explored."""

    def produce_curve(self, name: str, over: str, population: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values of the parameter (n,), ascending, in canonical units, and the quantity there (n,), mean over runs."""
        self.unimplemented()


class KnowsParameters(Capability):
    """Knows the parameters that it was run with."""

    def parameter(self, name: str, default: Any = None) -> Any:
        """The parameter of a dotted name, in canonical units; `default` if it is not known."""
        self.unimplemented()
