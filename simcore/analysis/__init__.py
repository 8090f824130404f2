"""Derived quantities: one function each, on (run, population, …); which there are: QUANTITIES.

The functions are in `rates`, `variability`, `windows`, `synchrony`, `spectra`; `meanfield` has theory to compare them
with; `derivation` has `derive` and `compute`. xarray is imported by what reads a trajectory, not by this package,
so that an experiment file is checked quickly.
"""

from simcore.analysis import propagation, rates, spectra, synchrony, variability, windows  # noqa: F401 - they fill the table
from simcore.analysis.activity import Activity, Run, Samples
from simcore.analysis.base import QUANTITIES, Quantity, quantity
from simcore.analysis.requests import Request, parse_requests

__all__ = ["QUANTITIES", "Activity", "Quantity", "Request", "Run", "Samples", "parse_requests", "quantity"]
