"""Capabilities of models of single cells. Times in ms, currents in nA, potentials in mV, conductances in uS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simcore.validation.capabilities.base import Capability


class Response(NamedTuple):
    """What a cell does: times (n,) [ms], membrane potential (n,) [mV], times of spikes (m,) [ms]."""

    t: np.ndarray
    v: np.ndarray
    spikes: np.ndarray


class RespondsToCurrent(Capability):
    """Responds to a step of current."""

    def inject_current(self, amplitude: float, start: float, stop: float, duration: float) -> Response:
        """The response to `amplitude` [nA] from start to stop, recorded from 0 to duration [ms]."""
        self.unimplemented()


class RespondsToSpike(Capability):
    """Responds to a presynaptic spike."""

    def receive_spike(self, time: float, duration: float) -> Response:
        """The response to one excitatory spike that arrives at `time`, recorded from 0 to duration [ms]."""
        self.unimplemented()


class ProducesSpikeTimes(Capability):
    """Produces spike times of repeated presentations of a stimulus."""

    def produce_spike_times(self) -> Sequence[np.ndarray]:
        """Spike times of each trial [ms], relative to the stimulus."""
        self.unimplemented()


class ProducesSample(Capability):
    """Produces a sample of some number: of cells, spikes, connections."""

    def produce_sample(self, name: str, population: str | None = None) -> np.ndarray:
        """The values (n,) of what `name` says."""
        self.unimplemented()
