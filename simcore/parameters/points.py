"""Point: one complete set of parameters of one run. What it is gives it its name."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.errors import NonExistentParameterError
from simcore.parameters.canonical import canonical, digest_of_text, encoded

FIELDS = ("model", "parameters", "duration", "dt", "seed", "trial", "record")
RUN_ID_DIGITS = 12


class Frozen(dict):
    """A mapping that does not change: points share what they have in common. `dict(frozen)` is a copy to change."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> None:
        raise TypeError("the parameters of a point do not change: change a copy, dict(parameters)")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __reduce__(self):
        return Frozen, (dict(self),)

    def __copy__(self) -> Frozen:
        return self

    def __deepcopy__(self, memo: dict) -> Frozen:
        return self


@dataclass(frozen=True, eq=False)
class Point:
    """One run: model (dotted name), parameters (nested, complete, canonical units), duration and dt [ms], seed, trial,
    record (what is recorded). explored: {name: value} of what varies in the experiment; not part of the identity.
    """

    model: str
    parameters: Mapping[str, Any]
    duration: float
    dt: float
    seed: int
    trial: int = 0
    record: Mapping[str, Any] = field(default_factory=lambda: {"spikes": True, "traces": []})
    explored: Mapping[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def to_dict(self) -> dict:
        """All that the run depends on, in plain types of one's own: canonical floats, text keys."""
        return canonical({name: getattr(self, name) for name in FIELDS})

    @functools.cached_property
    def digest(self) -> str:
        """blake2b-256 (64 hex digits) of the canonical JSON of `to_dict`."""
        return digest_of_text(encoded(self.to_dict()))

    @property
    def run_id(self) -> str:
        """The first 12 hex digits of the digest."""
        return self.digest[:RUN_ID_DIGITS]

    @classmethod
    def from_dict(cls, content: Mapping) -> Point:
        """The point of `to_dict`, also as read from JSON; "explored" is taken along if it is there.

        NonExistentParameterError if a field is missing.
        """
        missing = [name for name in FIELDS if name not in content]
        if missing:
            raise NonExistentParameterError(f"a point needs {', '.join(FIELDS)}; {missing[0]} is missing", name=missing[0])
        plain = canonical({name: content[name] for name in FIELDS})
        plain["parameters"] = frozen(plain["parameters"])
        for name in ("duration", "dt"):
            plain[name] = float(plain[name])
        return cls(**plain, explored=dict(content.get("explored", {})))


def frozen(tree: Mapping) -> Frozen:
    """Nested mappings as Frozen."""
    return Frozen({k: frozen(v) if isinstance(v, Mapping) else v for k, v in tree.items()})
