"""What differs between two runs or two trajectories: parameters, code, environment, inputs, data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from simcore.errors import StoreError
from simcore.provenance.agreement import agreed
from simcore.provenance.subjects import Subject
from simcore.provenance.telling import flat, varying
from simcore.store.reader import RunFile

SECTIONS = ("runs", "parameters", "code", "environment", "inputs", "data")
_CODE = ("version", "model_name", "source_digest", *(f"{role}.{key}" for role in ("project", "model")
                                                     for key in ("sha", "reason", "diff_digest")))
_ENVIRONMENT = ("digest", "python", "implementation", "system", "machine", "os", "cpu", "lock_digest")
_VARIABLES = ("NUMBA_DISABLE_JIT", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_OPT", "NUMBA_ENABLE_AVX", "PYTHONHASHSEED",
              "PYTHONOPTIMIZE")         # threads, languages and jobs have no effect on a run


@dataclass(frozen=True)
class Difference:
    """One line of a comparison: what it is about, its value in A and in B (None: not there), and what that means."""

    section: str
    name: str
    a: Any
    b: Any
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """All differences of two subjects; `same` if there are none."""

    differences: list[Difference] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether parameters, code, environment, inputs and data are the same."""
        return not self.differences

    def of(self, section: str) -> list[Difference]:
        """Differences of one section."""
        return [found for found in self.differences if found.section == section]


def compare(a: Subject, b: Subject) -> Comparison:
    """Compare two runs (also of different parameters), or two trajectories run by run.

    Two runs are compared as they are; in trajectories those with the same run id, since that names a point.
    """
    one, other = (_shared(subject) for subject in (a, b))
    found = [Difference("runs", run_id, run_id in a.runs or None, run_id in b.runs or None, "only in one")
             for run_id in sorted({*a.runs} ^ {*b.runs})] if max(len(a.runs), len(b.runs)) > 1 else []
    found += _entries("parameters", flat(one.get("point", {})), flat(other.get("point", {})))
    found += _entries("parameters", *(_explored(subject) for subject in (a, b)))
    records = one.get("provenance", {}), other.get("provenance", {})
    found += _of_code(*(record.get("code", {}) for record in records))
    found += _of_environment(*(record.get("environment", {}) for record in records))
    found += _entries("inputs", *(_inputs(record) for record in records))
    found += list(_of_data(a, b))
    return Comparison(found, [_verdict(a, b, found)])


def _shared(subject: Subject) -> dict:
    """Root attributes that all runs agree on."""
    return dict(reduce(agreed, subject.runs.values())) if subject.runs else {}


def _explored(subject: Subject) -> dict[str, str]:
    """Values of the parameters in which the runs of a trajectory differ."""
    points = [flat(run.get("point", {})) for run in subject.runs.values()]
    return {f"{name} of the runs": ", ".join(dict.fromkeys(str(point.get(name)) for point in points))
            for name in sorted(varying(points))}


def _entries(section: str, a: Mapping, b: Mapping, names: Iterable[str] | None = None) -> list[Difference]:
    names = sorted({*a, *b}) if names is None else names
    return [Difference(section, name.replace("parameters.", "", 1), a.get(name), b.get(name))
            for name in names if a.get(name) != b.get(name)]


def _of_code(a: Mapping, b: Mapping) -> list[Difference]:
    found = _entries("code", flat(a), flat(b), _CODE)
    if a.get("layers") and b.get("layers"):
        found += _entries("code", {f"sources of {k}": v for k, v in a["layers"].items()},
                          {f"sources of {k}": v for k, v in b["layers"].items()})
    return found


def _of_environment(a: Mapping, b: Mapping) -> list[Difference]:
    """Facts and versions; packages that only one of both had loaded are no difference (another job came before)."""
    both = {*a.get("packages", {})} & {*b.get("packages", {})}
    versions = ({f"package {name}": record.get("packages", {})[name] for name in both} for record in (a, b))
    variables = ({f"variable {name}": record.get("variables", {}).get(name) for name in _VARIABLES} for record in (a, b))
    return [*_entries("environment", a, b, _ENVIRONMENT), *_entries("environment", *versions),
            *_entries("environment", *variables)]


def _inputs(record: Mapping) -> dict[str, str]:
    """Digests of inputs by the names of the files, wherever they lay."""
    return {Path(path).name: digest for path, digest in record.get("inputs", {}).items()}


def _of_data(a: Subject, b: Subject) -> Iterable[Difference]:
    if len(a.runs) == len(b.runs) == 1:
        pairs = [(*a.runs.values(), *b.runs.values())]
    else:
        pairs = [(a.runs[run_id], b.runs[run_id]) for run_id in a.runs if run_id in b.runs]
    for one, other in pairs:
        digests = one.get("digests", {}), other.get("digests", {})
        prefix = f"run {one['run_id']}: " if len(pairs) > 1 else ""
        for name in sorted({*digests[0], *digests[1]}):
            if digests[0].get(name) != digests[1].get(name):
                note = _how(a.path, b.path, name) if a.kind == b.kind == "run" and all(name in d for d in digests) else ""
                yield Difference("data", f"{prefix}{name}", digests[0].get(name), digests[1].get(name), note)


def _how(a: Path, b: Path, name: str) -> str:
    """In what two arrays of run stores differ, in a few words."""
    try:
        with RunFile(a) as one, RunFile(b) as other:
            values, others = one.read(name), other.read(name)
    except StoreError as error:
        return error.message
    if values.shape != others.shape or values.dtype != others.dtype:
        return f"{values.dtype}{list(values.shape)} and {others.dtype}{list(others.shape)}"
    unlike = values != others
    if values.dtype.kind == "f":
        unlike &= ~(np.isnan(values) & np.isnan(others))
    at = tuple(int(i) for i in np.argwhere(unlike)[0]) if unlike.any() else ()
    largest = f", at most by {np.nanmax(np.abs(values[unlike] - others[unlike])):.3g}" if values.dtype.kind in "fiu" and \
        unlike.any() else ""
    return f"{int(unlike.sum())} of {unlike.size} values{largest}, first at {at}"


def _verdict(a: Subject, b: Subject, found: list[Difference]) -> str:
    """One sentence on what the difference means."""
    data = [d for d in found if d.section == "data"]
    shared = {*a.runs} & {*b.runs} or (len(a.runs) == len(b.runs) == 1)
    if not shared:
        return "no run is in both: there are no arrays to compare"
    if not data:
        which = " of the runs that are in both" if any(d.section == "runs" for d in found) else ""
        return f"the arrays{which} are the same" + ("" if not found else ", whatever else differs")
    why = [section for section in ("parameters", "code", "environment") if any(d.section == section for d in found)]
    sources = any(d.name == "source_digest" for d in found)
    if why == ["code"] and not sources:
        return "the arrays differ, but the sources that make arrays do not: see environment and machine"
    return f"the arrays differ; so do {' and '.join(why)}" if why else \
        "the arrays differ, and nothing that is recorded explains it"
