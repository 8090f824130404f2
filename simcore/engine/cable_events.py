"""Events of detailed cells: which spikes reach which receptors, and when.

A spike of step k (it has the time (k + 1) dt) that travels d steps acts from the beginning of step k + 1 + d. Spikes are
remembered as long as the longest delay; the events of an epoch are read off them, so there is no queue to save.
Events of one receptor come in the order of arrival step, then given events, then spikes by (step, gid), then order of
connecting: a function of the network alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simcore.engine.exchange import SpikeLog
from simcore.kernels.cable import due


@dataclass(frozen=True)
class Wires:
    """Connections onto this rank, by source, then delay, then order of connecting.

    ptr: (n_sources + 1,); delay: steps; site: where it ends; weight [uS]. given: events known beforehand, (step, site,
    weight) by step. begin: (n_blocks + 1,) the first site of each block.
    """

    ptr: np.ndarray
    delay: np.ndarray
    site: np.ndarray
    weight: np.ndarray
    given: tuple[np.ndarray, np.ndarray, np.ndarray]
    begin: np.ndarray

    def events(self, log: SpikeLog, first: int, n_steps: int) -> list[tuple]:
        """For each block (step, receptor, weight) of its events in steps first … first + n_steps, by step."""
        low, high = np.searchsorted(self.given[0], [first, first + n_steps])
        parts = [tuple(column[low:high] for column in self.given)]
        if self.delay.size and log.n:
            steps, sources = log.since(log.first_step)
            found = due(steps, sources, first, n_steps, self.ptr, self.delay)
            which, when = _expand(*found, steps, self.delay)
            parts.append((when, self.site[which], self.weight[which]))
        step, site, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        block = np.searchsorted(self.begin, site, side="right") - 1
        order = np.lexsort((step, block))
        step, block, site, weight = (x[order] for x in (step, block, site, weight))
        cuts = np.searchsorted(block, np.arange(self.begin.size))
        return [(step[a:b], site[a:b] - start, weight[a:b])
                for (a, b), start in zip(pairwise(cuts), self.begin, strict=False)]


def wires(source: np.ndarray, delay: np.ndarray, site: np.ndarray, weight: np.ndarray, given: Sequence[tuple],
          n_sources: int, begin: np.ndarray) -> Wires:
    """From (n,) columns in order of connecting, and given (step, site, weight)."""
    order = np.lexsort((delay, source))
    ptr = np.searchsorted(source[order], np.arange(n_sources + 1))
    columns = list(zip(*given, strict=True)) or [()] * 3
    known = [np.array(c, dtype=k) for c, k in zip(columns, (np.int64, np.int64, np.float64), strict=True)]
    by_step = np.argsort(known[0], kind="stable")
    return Wires(ptr, delay[order].astype(np.int32), site[order].astype(np.int32), weight[order],
                 tuple(k[by_step] for k in known), begin)


def _expand(begin: np.ndarray, end: np.ndarray, steps: np.ndarray, delay: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Connections begin[k]:end[k] of all spikes k, one after the other, and their arrival steps."""
    count = end - begin
    spike = np.repeat(np.arange(count.size), count)
    which = np.arange(spike.size) - np.repeat(np.cumsum(count) - count, count) + begin[spike]
    return which, steps[spike] + 1 + delay[which]
