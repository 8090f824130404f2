"""The `report` section of an experiment file: what is shown.

    report:
      title: Brunel's sparse network            # default: the name of the experiment
      rasters:                                  # spikes of some cells, and the rate of their population
        - {title: SR, at: {g: 3, eta: 2}, population: exc, cells: 60, start: 400 ms, length: 200 ms}
      phase_diagram:                            # one, or a list
        - {x: g, y: eta, quantity: synchrony, population: exc}
      spectra: {population: exc, maximum: 500 Hz}       # of the runs of the rasters, or `at`: [{g: 3, eta: 2}, …]
      quantities: [mean_rate, cv_isi]           # columns of the table of quantities

`at` names a run by explored parameters; of several that fit the first is shown. Whatever is left out has a default; a
figure that is not wanted is `false`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.analysis.requests import parse_requests
from simcore.errors import ExperimentError, nearest
from simcore.parameters.experiments import Experiment
from simcore.units import Param

_KEYS = ("title", "rasters", "phase_diagram", "spectra", "quantities")
_CELLS = Param(60, "", "cells shown", low=1)
_START = Param(0.0, "ms", "start of what is shown", low=0.0)
_LENGTH = Param(200.0, "ms", "length of what is shown", low=0.0, low_open=True)
_MAXIMUM = Param(1000.0, "Hz", "highest frequency shown", low=0.0, low_open=True)


@dataclass(frozen=True)
class Raster:
    """Spikes of the first cells of a population in one run, from start (None: so that they end the run) [ms]."""

    title: str
    run: int
    population: str
    cells: int
    start: float | None
    length: float


@dataclass(frozen=True)
class PhaseDiagram:
    """A quantity over two explored parameters; the mean over all others."""

    x: str
    y: str
    quantity: str
    population: str


@dataclass(frozen=True)
class Spectra:
    """Power spectra of runs, (title, run) each, up to maximum [Hz]."""

    runs: tuple[tuple[str, int], ...]
    population: str
    maximum: float


@dataclass(frozen=True)
class Sections:
    """What a report shows. A population "" is the first one that was recorded."""

    title: str
    rasters: tuple[Raster, ...]
    phase_diagrams: tuple[PhaseDiagram, ...]
    spectra: Spectra | None
    quantities: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What the names of a report may refer to: explored values of each run, and quantities by their number of dims."""

    explored: Sequence[Mapping[str, object]]
    axes: Sequence[str]
    quantities: Mapping[str, int]
    where: str

    def name(self, name: object, valid: Iterable[str], key: str) -> str:
        """The name if it is valid; ExperimentError with the nearest otherwise."""
        valid = list(valid)
        if name not in valid:
            raise ExperimentError(f"{key}: there is no {name!r}{nearest(str(name), valid)}", name=key, got=name,
                                  valid=valid, where=self.where)
        return str(name)

    def mapping(self, value: object, keys: Iterable[str], key: str) -> Mapping:
        """The mapping if it has no other keys; ExperimentError otherwise."""
        if not isinstance(value, Mapping):
            raise ExperimentError(f"{key} must be a mapping, got {value!r}", name=key, got=value, where=self.where)
        for name in value:
            self.name(name, keys, key)
        return value

    def items(self, value: object, key: str) -> list:
        """The list; ExperimentError for anything else."""
        if not isinstance(value, (list, tuple)):
            raise ExperimentError(f"{key} must be a list, got {value!r}", name=key, got=value, where=self.where)
        return list(value)

    def run(self, at: object, key: str) -> int:
        """Index of the first run whose explored parameters have these values."""
        at = self.mapping(at, self.axes, key)
        for axis, value in at.items():
            there = [values.get(axis) for values in self.explored]
            if not any(_same(value, other) for other in there):
                shown = ", ".join(map(str, dict.fromkeys(v for v in there if v is not None)))
                raise ExperimentError(f"{key}: no run has {axis} = {value}; there are {shown}", name=key, got=value,
                                      where=self.where)
        for index, values in enumerate(self.explored):
            if all(_same(value, values.get(axis)) for axis, value in at.items()):
                return index
        raise ExperimentError(f"{key}: no run has {_text(at)} together", name=key, got=at, where=self.where)


def parse_report(section: Mapping | None, known: Known) -> Sections:
    """The report that a section asks for, checked; ExperimentError with the nearest valid name."""
    section = known.mapping(section or {}, _KEYS, "report")
    rasters = _rasters(section.get("rasters"), known)
    return Sections(str(section.get("title", "")), rasters, _phase_diagrams(section.get("phase_diagram"), known),
                    _spectra(section.get("spectra"), rasters, known), _quantities(section.get("quantities"), known))


def check_report(experiment: Experiment) -> Sections:
    """Check the report section of an Experiment before any run; ExperimentError with the nearest valid name."""
    entries: Any = experiment.quantities
    beside = (Path(experiment.source).resolve().parent,) if experiment.source else ()
    requests = parse_requests(entries, where=f"{experiment.source}: quantities", beside=beside)
    explored = [point.explored for point in experiment.points.values()]
    quantities = {request.quantity.name: len(request.quantity.dims) for request in requests}
    known = Known(explored, [axis.name for axis in experiment.axes], quantities, experiment.source)
    return parse_report(experiment.report, known)


def _rasters(value: object, known: Known) -> tuple[Raster, ...]:
    if value is False or not known.explored:
        return ()
    if value is None:                   # first and last run, and two in between
        last = len(known.explored) - 1
        chosen = dict.fromkeys(round(last * part / 3) for part in range(4))
        return tuple(Raster(describe(known.explored[run]), run, "", 60, None, 200.0) for run in chosen)
    made = []
    for i, entry in enumerate(known.items(value, "report.rasters")):
        key = f"report.rasters[{i}]"
        entry = known.mapping(entry, ("title", "at", "population", "cells", "start", "length"), key)
        run = known.run(entry.get("at", {}), f"{key}.at")
        cells, length = (param.parse(entry.get(name, param.default), name=f"{key}.{name}", where=known.where)
                         for name, param in (("cells", _CELLS), ("length", _LENGTH)))
        start = _START.parse(entry["start"], name=f"{key}.start", where=known.where) if "start" in entry else None
        title = str(entry.get("title", describe(known.explored[run])))
        made.append(Raster(title, run, str(entry.get("population", "")), cells, start, length))
    return tuple(made)


def _phase_diagrams(value: object, known: Known) -> tuple[PhaseDiagram, ...]:
    varied = [axis for axis in known.axes if axis != "trial" and _n_values(known, axis) > 1]
    scalars = [name for name, n_dims in known.quantities.items() if n_dims <= 1]
    if value is False:
        return ()
    if value is None:
        shown = [name for name in ("mean_rate", "cv_isi", "synchrony", "dominant_frequency") if name in scalars]
        return tuple(PhaseDiagram(varied[0], varied[1], name, "") for name in shown) if len(varied) >= 2 else ()
    entries = [value] if isinstance(value, Mapping) else known.items(value, "report.phase_diagram")
    made = []
    for i, entry in enumerate(entries):
        key = f"report.phase_diagram[{i}]"
        entry = known.mapping(entry, ("x", "y", "quantity", "population"), key)
        for name in ("x", "y", "quantity"):
            if name not in entry:
                raise ExperimentError(f"{key} must have {name!r}", name=key, where=known.where)
        made.append(PhaseDiagram(known.name(entry["x"], known.axes, f"{key}.x"),
                                 known.name(entry["y"], known.axes, f"{key}.y"),
                                 known.name(entry["quantity"], scalars, f"{key}.quantity"),
                                 str(entry.get("population", ""))))
    return tuple(made)


def _spectra(value: object, rasters: Sequence[Raster], known: Known) -> Spectra | None:
    if value is False or (value is None and "power_spectrum" not in known.quantities):
        return None
    entry = known.mapping(value or {}, ("population", "maximum", "at"), "report.spectra")
    known.name("power_spectrum", known.quantities, "report.spectra needs a quantity")
    maximum = _MAXIMUM.parse(entry.get("maximum", _MAXIMUM.default), name="report.spectra.maximum", where=known.where)
    runs = [(raster.title, raster.run) for raster in rasters]
    if "at" in entry:
        chosen = [known.run(at, f"report.spectra.at[{i}]")
                  for i, at in enumerate(known.items(entry["at"], "report.spectra.at"))]
        runs = [(describe(known.explored[run]), run) for run in chosen]
    return Spectra(tuple(runs), str(entry.get("population", "")), maximum)


def _quantities(value: object, known: Known) -> tuple[str, ...]:
    scalars = [name for name, n_dims in known.quantities.items() if n_dims <= 1]
    if value is None:
        return tuple(scalars)
    return tuple(known.name(name, scalars, "report.quantities") for name in known.items(value, "report.quantities"))


def describe(explored: Mapping[str, object]) -> str:
    """The explored values of a run as people write them: g = 5, eta = 2, trial = 0."""
    return _text({name: value for name, value in explored.items() if name != "trial"} or explored)


def _text(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}"
                     for name, value in values.items())


def _n_values(known: Known, axis: str) -> int:
    return len({str(values.get(axis)) for values in known.explored})


def _same(a: object, b: object) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9)
    return a == b
