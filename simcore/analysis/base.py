"""The `@quantity` decorator and the table QUANTITIES: a derived quantity is one function.

    @quantity(units="Hz", source="…")
    def mean_rate(activity: Activity) -> float:
        \"\"\"Spikes per cell and second.\"\"\"
        return len(activity.tick) / activity.n_cells / activity.window * 1e3

A function whose dims begin with "population" (the default) is called once for each population of each run, with its
`Activity`; any other is called once a run, with the `Run`. Further dims belong to what it returns: an xarray.DataArray
with these dims and their coordinates. The first line of the docstring becomes `long_name`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from simcore.analysis import activity as activity_module
from simcore.analysis.digest import source_digest
from simcore.errors import ExperimentError, nearest
from simcore.units import Param

QUANTITIES: dict[str, Quantity] = {}    # by name; those of other modules by their dotted name


@dataclass(frozen=True)
class Quantity:
    """One derived quantity: the function and what is known about it.

    options: its keyword-only arguments, as declarations with default and unit. trace: the variable whose recorded
    traces it needs; "" for one of spikes.
    """

    name: str
    function: Callable
    dims: tuple[str, ...]
    units: str
    source: str
    options: Mapping[str, Param]
    trace: str = ""

    @property
    def dotted(self) -> str:
        """Where the function is: module and name."""
        return f"{self.function.__module__}.{self.name}"

    @property
    def key(self) -> str:
        """Name in QUANTITIES and in experiment files."""
        return self.name if self.is_own else self.dotted

    @property
    def is_own(self) -> bool:
        """Whether it came with simcore."""
        return self.function.__module__.startswith("simcore.analysis.")

    @property
    def per_population(self) -> bool:
        """Whether the function is called for each population, rather than for each run."""
        return self.dims[:1] == ("population",)

    @property
    def long_name(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or self.name).splitlines()[0].rstrip(".")

    @cached_property
    def digest(self) -> str:
        """Digest of the source that values depend on: the function, what it uses, and Activity."""
        return source_digest(self.function, activity_module)


def quantity(*, dims: tuple[str, ...] = ("population",), units: str = "1", source: str = "", trace: str = "",
             options: Mapping[str, str] | None = None) -> Callable[[Callable], Callable]:
    """Make a function a derived quantity and put it into QUANTITIES; the function itself stays as it is.

    units: of its values. source: paper. trace: variable whose traces it needs. options: units of its keyword-only
    arguments, such as {"bin": "ms"}; one that is not named is a plain number.
    """
    def register(function: Callable) -> Callable:
        made = Quantity(function.__name__, function, tuple(dims), units, source,
                        _options(function, options or {}), trace)
        function.quantity = made        # type: ignore[attr-defined]
        QUANTITIES[made.key] = made
        return function

    return register


def _options(function: Callable, units: Mapping[str, str]) -> dict[str, Param]:
    arguments = {name: argument for name, argument in inspect.signature(function).parameters.items()
                 if argument.kind is argument.KEYWORD_ONLY}
    where = f"quantity {function.__name__}"
    for name, argument in arguments.items():
        if argument.default is argument.empty:
            raise ExperimentError(f"the option {name!r} of a quantity must have a default", name=name, where=where)
    for name in units:
        if name not in arguments:
            raise ExperimentError(f"{name!r} is no keyword-only argument of it{nearest(name, arguments)}",
                                  name=name, where=where)
    return {name: _option(argument.default, units.get(name, "")) for name, argument in arguments.items()}


def _option(default: object, units: str) -> Param:
    """Declaration of an option: numbers are widths, frequencies, numbers of cells, so none is negative."""
    is_number = isinstance(default, (int, float)) and not isinstance(default, bool)
    return Param(default, units, low=0.0 if is_number else None)
