"""Assembly: several populations and views together."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn.groups import CellGroup
from simcore.api.pynn.ids import ID

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population


class Assembly:
    """Several populations and views, to set, record and inject into together."""

    def __init__(self, *groups: CellGroup, label: str = "assembly"):
        self.groups: list[CellGroup] = []
        for group in groups:
            self.groups += group.groups if isinstance(group, Assembly) else [group]
        self.label = label

    populations = property(operator.attrgetter("groups"), doc="The groups.")

    @property
    def size(self) -> int:
        """Number of cells."""
        return sum(g.size for g in self.groups)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[ID]:
        return (i for g in self.groups for i in g)

    def all(self) -> Iterator[ID]:
        """Ids of all cells, on all ranks."""
        return (i for g in self.groups for i in g.all())

    def __repr__(self) -> str:
        return f"Assembly({', '.join(map(repr, self.groups))}, label={self.label!r})"

    def __add__(self, other: CellGroup | Assembly) -> Assembly:
        return Assembly(self, other, label=self.label)

    def parts(self) -> list[tuple[Population, np.ndarray]]:
        """The populations and addresses it is made of."""
        return [part for g in self.groups for part in g.parts()]

    def inject(self, current_source: object) -> None:
        """Inject a current into all cells."""
        current_source.inject_into(self)

    def get_spike_counts(self, gather: bool = True) -> dict:
        """Number of spikes by global id."""
        return {i: n for g in self.groups for i, n in g.get_spike_counts(gather).items()}

    def meanSpikeCount(self, gather: bool = True) -> float:
        """Spikes per recorded cell."""
        counts = self.get_spike_counts(gather)
        return sum(counts.values()) / len(counts) if counts else float("nan")

    def __getattr__(self, name: str) -> object:
        if name not in ("set", "rset", "randomInit", "initialize", "record", "record_v", "record_gsyn", "record_variable"):
            raise AttributeError(f"an Assembly has no {name}: use its groups one by one")
        return lambda *args, **kwargs: [getattr(g, name)(*args, **kwargs) for g in self.groups] and None
