"""What is looked at while a network runs: weights over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simcore.api.pynn.world import World


class Sampler:
    """Something that is looked at every `interval` [ms] while the network runs; take() gives an array."""

    def __init__(self, world: World, interval: float, take: Callable[[], np.ndarray]):
        self.steps, self.take = max(1, round(interval / world.dt)), take
        self.times: list[int] = []
        self.values: list[np.ndarray] = []
        self.clear()

    def clear(self) -> None:
        """Forget all samples."""
        self.times, self.values = [], []

    def sample(self, step: int) -> None:
        """Look, if it is time."""
        if step % self.steps == 0 and (not self.times or self.times[-1] != step):
            self.times.append(step)
            self.values.append(self.take())

    def next_step(self, step: int) -> int:
        """The first step after this one at which it wants to look."""
        return (step // self.steps + 1) * self.steps
