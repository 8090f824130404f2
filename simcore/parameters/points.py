"""Point: one parameter set of an experiment, and the digest that names its run."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_FIELDS = ("model", "parameters", "duration", "dt", "seed", "trial", "record")


@dataclass(frozen=True, eq=False)
class Point:
    """What a run is, in canonical units: everything that its bytes depend on besides the source.

    model: dotted name; parameters: nested, complete; duration, dt [ms]; seed, trial: whole numbers; record: what is
    kept. explored: axis -> value, for people; it is part of no digest.
    """

    model: str
    parameters: Mapping
    duration: float
    dt: float
    seed: int
    trial: int
    record: Mapping
    explored: Mapping = field(default_factory=dict)

    def to_dict(self) -> dict:
        """The fields that make the digest, as JSON-able values."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_dict(cls, fields: Mapping, explored: Mapping | None = None) -> Point:
        """The point whose `to_dict` gave these fields."""
        return cls(**{name: fields[name] for name in _FIELDS}, explored=explored or {})

    @functools.cached_property
    def digest(self) -> str:
        """BLAKE2b-256 of the canonical JSON of the fields, 64 hex digits."""
        return hashlib.blake2b(canonical_json(self.to_dict()).encode(), digest_size=32).hexdigest()

    @property
    def run_id(self) -> str:
        """First 12 hex digits of the digest: the name of the run."""
        return self.digest[:12]


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces, floats by repr (as RFC 8785 orders it); -0.0 is 0.0; nan is refused."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value + 0.0 if isinstance(value, float) else value
