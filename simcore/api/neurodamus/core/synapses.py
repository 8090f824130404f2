"""neurodamus.core.synapses: receptors on segments, sources of spikes, and connections.

The equations are in simcore.models.mechanisms. A synapse class called without a place is a bag of values; with a
segment (or a section: its middle) it puts a receptor there and returns it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, ClassVar

import numpy as np

from simcore.api.neurodamus.core.random import Random123
from simcore.errors import InvalidParameterValueError, ParameterTypeError
from simcore.models.mechanisms import POINT_PROCESSES, PointProcess
from simcore.models.mechanisms.netstim import PARAMETERS as NETSTIM
from simcore.models.mechanisms.netstim import spike_times
from simcore.morphology.attachments import Receptor, add_receptor
from simcore.morphology.sections import Section, Segment, finite, number_of

DEFAULT_THRESHOLD, DEFAULT_DELAY = 10.0, 1.0            # mV, ms: NEURON's NetCon


class Connection:
    """Spikes of a source to a receptor, in the manner of NEURON's NetCon: `.weight[0]` [uS], `.delay` [ms], `.threshold`.

    source: a VirtualSpikeSource, or the segment whose v is watched. Connections from one segment share its threshold:
    the last one set holds.
    """

    def __init__(self, source: Any, receptor: Receptor, weight: float | Mapping[int, float] | None,
                 threshold: float | None, delay: float | None) -> None:
        if not isinstance(receptor, Receptor):
            raise ParameterTypeError(f"a connection ends at a receptor, got {receptor!r}; make one with ExpSyn(segment), "
                                     "Exp2Syn(segment) or add_synaptic_receptor", name="synapse_receptor", got=receptor)
        self.source, self.receptor = source, receptor
        self.weight = [_weight(weight)]
        self.delay = DEFAULT_DELAY if delay is None else number_of(delay)
        if not 0.0 <= self.delay < math.inf:
            raise InvalidParameterValueError(f"delay must be >= 0 ms, got {delay} ms", name="delay", got=delay,
                                             where=repr(receptor))
        self.threshold = DEFAULT_THRESHOLD if threshold is None else finite(threshold, "threshold", "mV", repr(receptor))
        roots = {receptor.section.root()} | ({source.sec.root()} if isinstance(source, Segment) else set())
        for root in roots:
            root.links.append(self)


def _weight(weight: float | Mapping[int, float] | None) -> float:
    if isinstance(weight, Mapping):
        if set(weight) != {0}:
            raise InvalidParameterValueError(f"these receptors have one weight, of index 0, got {dict(weight)}",
                                             name="weight", got=dict(weight), valid="{0: weight}")
        weight = weight[0]
    if isinstance(weight, bool) or not isinstance(weight, int | float | np.number):
        raise ParameterTypeError(f"a connection needs a weight [uS]: a number or {{0: number}}, got {weight!r}",
                                 name="weight", got=weight)
    return finite(weight, "weight", "uS", "")


class _Synapse:
    process: ClassVar[str | PointProcess]                   # a declaration, or the name of one

    def __new__(cls, segment: Segment | Section | None = None, **properties: float) -> Any:
        if segment is None:
            return super().__new__(cls)
        return cls(**properties).create_on(segment)[0]

    def __init__(self, segment: None = None, **properties: float) -> None:
        self.declared().complete(properties)
        self.__dict__.update(properties)

    @classmethod
    def declared(cls) -> PointProcess:
        """The point process that this is. ParameterTypeError for CellSynapse, which is none."""
        if cls is CellSynapse:
            raise ParameterTypeError("CellSynapse is abstract: use ExpSyn, Exp2Syn, AlphaSynapse, or a subclass with "
                                     "`process` set (a simcore.models.mechanisms.PointProcess)", name="segment")
        return POINT_PROCESSES[cls.process] if isinstance(cls.process, str) else cls.process

    def as_dict(self) -> dict[str, float]:
        """The values that are set."""
        names = self.declared().parameters
        return {n: getattr(self, n) for n in names if getattr(self, n, None) is not None}

    def create_on(self, *places: Segment | Section) -> list[Receptor]:
        """Receptors with these values on segments; on the middle of sections."""
        return [add_receptor(_segment(p), self.declared(), self.as_dict()) for p in places]


def _segment(place: Segment | Section) -> Segment:
    if isinstance(place, Section):
        return place(0.5)
    if not isinstance(place, Segment):
        raise ParameterTypeError(f"a receptor sits on a segment or a section, got {place!r}", name="segment", got=place)
    return place


class CellSynapse(_Synapse):
    """Base of synapses of one's own: a subclass sets `process` to a declaration."""

    def get_netcon_conf(self) -> dict[str, float]:
        """Values for the connection: none."""
        return {}

    def get_synpase_conf(self) -> dict[str, float]:
        """Values for the receptor (spelled as in neurodamus)."""
        return self.as_dict()


class AlphaSynapse(_Synapse):
    """A conductance that is an alpha function of time: onset, tau [ms], gmax [uS], e [mV]."""

    process = "AlphaSynapse"
    onset = None
    tau = None
    gmax = None
    e = None


class ExpSyn(_Synapse):
    """A conductance that jumps and decays: tau [ms], e [mV]."""

    process = "ExpSyn"
    tau = None
    e = None


class Exp2Syn(_Synapse):
    """A conductance that rises with tau1 and decays with tau2 [ms]: e [mV]."""

    process = "Exp2Syn"
    tau1 = None
    tau2 = None
    e = None


class VirtualSpikeSource:
    """A source of spikes at intervals: NEURON's NetStim.

    interval [ms], number, start [ms], noise (0 regular to 1 exponential); manage_objs is accepted and has no effect:
    connections always live as long as their receptor. A source draws from a stream of its own: the one given by
    `noiseFromRandom123`, or Random123(1, 0, k) for the k-th source made of those in a run, as in NEURON 9.
    """

    _made: ClassVar[Iterator[int]] = count()                # order of making; only its order matters, never its value

    interval = None
    number = None
    start = None
    noise = None

    def __init__(self, interval: float | None = None, number: float | None = None, start: float | None = None,
                 noise: float | None = None, manage_objs: bool = True) -> None:
        self.order = next(self._made)
        self._ids: tuple[int, int, int, int | None] | None = None
        given = {"interval": interval, "number": number, "start": start, "noise": noise}
        for name, value in given.items():
            if value is not None:
                setattr(self, name, NETSTIM[name].parse(value, name=name, where=type(self).__name__))

    def noiseFromRandom123(self, id1: int, id2: int = 0, id3: int = 0, seed: int | None = None) -> None:
        """Draw intervals from the stream Random123(id1, id2, id3); seed: its global index (`set_global_index` if None)."""
        self._ids = (id1, id2, id3, seed)

    def spike_times(self, until: float, number: int = 1) -> list[float]:
        """Times of its spikes up to `until` [ms]: the same for every call.

        number: which of the sources of a run this is, from 1; it decides on the stream where none was given.
        """
        values = {n: p.default if getattr(self, n) is None else p.parse(getattr(self, n), name=n)
                  for n, p in NETSTIM.items()}
        id1, id2, id3, seed = self._ids or (1, 0, number, None)
        stream = Random123(id1, id2, id3, seed)
        first = [stream.negexp(1)] if values["noise"] > 0.0 else []
        return spike_times(lambda: first.pop() if first else stream.repick(), until, **values)

    def connect_to(self, synapse_receptor: Receptor, weight: float | Mapping[int, float] | None = None,
                   threshold: float | None = None, delay: float | None = None) -> Connection:
        """Connect to a receptor; weight [uS] is needed, delay [ms] is 1 unless given."""
        return Connection(self, synapse_receptor, weight, threshold, delay)


NetStim = VirtualSpikeSource
