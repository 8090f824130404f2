"""What clamps give in the steps to come, evaluated ahead: a call costs about 12 us however few steps it is for.

A clamp's value of a step does not depend on which steps are asked for with it, so neither does a run.
"""

from __future__ import annotations

import numpy as np

from simcore.engine.cable_block import Block

AHEAD = 1024                    # steps: 80 ns a clamp and step become 15 where epochs have 160 steps
MOST_VALUES = 4_000_000         # of a block, so that many clamps do not fill the memory


class ClampValues:
    """Conductances and currents of the clamps of one block. mean: over each step, else those of its middle."""

    def __init__(self, block: Block, dt: float, *, mean: bool) -> None:
        self._clamps = [attached.clamp for _, _, attached in block.clamps]
        self._places, self._dt, self._mean = block.clamp_places, dt, mean
        self._first = 0
        self._g = self._ge = np.empty((0, len(self._clamps)))

    def steps(self, first: int, n_steps: int) -> tuple:
        """What kernels.cable.clamp takes for steps first, …: (rows to clear, nodes, lanes, g, g e); (n_steps, k) uS, nA."""
        if first < self._first or first + n_steps > self._first + self._g.shape[0]:
            self._evaluate(first, max(n_steps, min(AHEAD, MOST_VALUES // max(1, len(self._clamps)))))
        rows = slice(first - self._first, first - self._first + n_steps)
        return (*self._places, self._g[rows], self._ge[rows])

    def _evaluate(self, first: int, n_steps: int) -> None:
        g, ge = np.zeros((n_steps, len(self._clamps))), np.zeros((n_steps, len(self._clamps)))
        for s, clamp in enumerate(self._clamps):
            wave = clamp.per_step(first, n_steps, self._dt, mean=self._mean)
            if clamp.reversal is None:
                ge[:, s] = wave
            else:
                g[:, s], ge[:, s] = wave, wave * clamp.reversal
        self._first, self._g, self._ge = first, g, ge
