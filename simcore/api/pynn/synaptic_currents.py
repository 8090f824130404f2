"""i_syn of cells with conductances: nothing that is integrated, but what was recorded of v and the conductances gives it.

isyn_exc = gsyn_exc (e_rev_E - v), isyn_inh = gsyn_inh (e_rev_I - v), in nA, uS, mV: what depolarises is positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population

OF = {"isyn_exc": ("gsyn_exc", "e_rev_E"), "isyn_inh": ("gsyn_inh", "e_rev_I")}
MEANING = {"isyn_exc": "excitatory synaptic current", "isyn_inh": "inhibitory synaptic current"}
_FIXED = {"e_rev_E": 0.0}                           # mV; of IF_facets_hardware1, where it is no parameter


def states_of(variable: str, population: Population) -> tuple[str, ...]:
    """The states that must be recorded to know a variable: itself, or those that make it."""
    return (variable,) if variable in population.native.model.states else ("v", OF[variable][0])


class Reversals:
    """The reversal potentials of a population's cells in time: samples keep those of their own time."""

    def __init__(self, population: Population):
        self._population = population
        self._known: list[tuple[float, dict[str, np.ndarray]]] = []

    def note(self, *, anew: bool = False) -> None:
        """Take the present values for all samples from now on; anew: time began again."""
        population = self._population
        now = population.world.now
        found = {name: np.array(population.values_of(name, range(population.size)) if name in population.native.parameters
                                else [_FIXED[name]] * population.size, dtype=np.float64) for _, name in OF.values()}
        kept = [] if anew else [(time, values) for time, values in self._known if time < now]
        self._known = [*kept, (now if kept else 0.0, found)]

    def current(self, variable: str, cells: np.ndarray, times: np.ndarray, v: np.ndarray,
                conductance: np.ndarray) -> np.ndarray:
        """(n,) nA of samples of this rank's cells at times [ms] with v [mV] and conductance [uS]."""
        began = np.array([time for time, _ in self._known]) - 1e-9
        table = np.array([values[OF[variable][1]] for _, values in self._known])
        return conductance * (table[np.searchsorted(began, times, "right") - 1, cells] - v)


def matching(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positions in two lists of samples (cells, times [ms], …) of those of the same cell at the same time."""
    keys = [np.rec.fromarrays([cells, np.round(times * 1e6).astype(np.int64)]) for cells, times, *_ in (one, other)]
    _, first, second = np.intersect1d(*keys, return_indices=True)
    order = np.argsort(first)
    return first[order], second[order]
