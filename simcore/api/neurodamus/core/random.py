"""neurodamus.core.random: streams that are NEURON's bit for bit, each with a seed of its own.

In neurodamus a seed of Random123 changed the global index of the whole process, and with it all other streams. Here a
seed belongs to its stream; `set_global_index` says explicitly what streams made without a seed get from then on.
"""

from __future__ import annotations

import contextvars
import warnings
from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import ConfigurationError, nearest
from simcore.rng import generators
from simcore.rng.picks import Random

if TYPE_CHECKING:
    from simcore.api.neurodamus.core.configuration import Mode

_global_index: contextvars.ContextVar[int] = contextvars.ContextVar("Random123_globalindex", default=0)
_STIMULI = {"ornstein_uhlenbeck": (2997, 291204, 123), "shot_noise": (2997, 19216, 123), "noise": (100, 500, 300)}
_N_IDS = {"RANDOM123": 3, "UPMCELLRAN4": 1}


def set_global_index(index: int) -> int:
    """Set the seed of Random123 streams that are made without one, in this thread; returns the former value."""
    before = _global_index.get()
    _global_index.set(generators.word(index, "global index"))
    return before


class RNG(Random):
    """The default stream, NEURON 9's: Random123(seed or 0, 55, 0).

    Ids are not used, as in neurodamus; here a warning says so. Methods: see simcore.rng.picks.Random.
    """

    def __init__(self, *ids: int, seed: int | None = None):
        if ids:
            warnings.warn(f"RNG{ids} does not use its ids; write seed=, or Random123(id1, id2, id3)", stacklevel=2)
        super().__init__(generators.Random123(0 if seed is None else seed, 55, 0, seed=_global_index.get()))

    @classmethod
    def create(cls, rng_mode: Mode | str | None, ids: tuple, seed: int | None = None) -> RNG:
        """The stream of a mode (a member of RNGConfig.Modes, or its name): RANDOM123 takes three ids, UPMCELLRAN4 one.

        COMPATIBILITY and None make the default stream with this seed (neurodamus dropped the seed). Raises
        ConfigurationError for an unknown mode or a wrong number of ids.
        """
        name = str(getattr(rng_mode, "name", rng_mode or "COMPATIBILITY")).upper()
        if name not in ("COMPATIBILITY", *_N_IDS):
            raise ConfigurationError(f"there is no mode of random numbers {rng_mode!r}"
                                     f"{nearest(name, ('COMPATIBILITY', *_N_IDS))}", name="rng_mode", got=rng_mode)
        if name in _N_IDS and len(ids) != _N_IDS[name]:
            raise ConfigurationError(f"{name} takes {_N_IDS[name]} id(s), got {tuple(ids)!r}", name="ids", got=ids)
        if name == "RANDOM123":
            return Random123(ids[0], ids[1], ids[2], seed)
        return MCellRan4(ids[0], seed) if name == "UPMCELLRAN4" else RNG(seed=seed)


class Random123(RNG):
    """NEURON's Random123(id1, id2, id3) whose global index is `seed` (None: that of `set_global_index`, at first 0)."""

    def __init__(self, id1: int, id2: int, id3: int, seed: int | None = None):
        key = _global_index.get() if seed is None else seed
        Random.__init__(self, generators.Random123(id1, id2, id3, seed=key))


class MCellRan4(RNG):
    """NEURON's MCellRan4(high, low). `seed` is the low index when `low_i` is 0, as mcell_ran4_init(seed) sets it.

    A high index of 0 is refused: NEURON replaces it by a count of the process's streams, so no run would be repeatable.
    """

    def __init__(self, high_i: int, seed: int | None = None, low_i: int = 0):
        if high_i == 0:
            raise ConfigurationError("MCellRan4 needs a high index of at least 1; 0 would be another stream in every "
                                     "program", name="high_i", got=0)
        Random.__init__(self, generators.MCellRan4(high_i, low_i or (0 if seed is None else seed)))


class ACG(RNG):
    """NEURON 8's ACG(seed, size); NEURON 9 has none."""

    def __init__(self, size: int | None = None, seed: int | None = None):
        Random.__init__(self, generators.ACG(0 if seed is None else seed, 55 if size is None else size))


def gamma(rng: RNG, a: float, b: float, N: int = 1) -> np.ndarray:
    """N gamma variates of shape a and scale b, (N,) float64, with the draws of neurodamus (Marsaglia & Tsang 2000).

    Raises InvalidParameterValueError unless a > 0.
    """
    return rng.gamma(a, b, N)


def stimulus_stream(kind: str, gid: int, *, block: int = 0, stimulus_seed: int = 0, base_seed: int = 0,
                    own_seed: int | None = None) -> Random123:
    """The stream that neurodamus gives to a stimulus of one cell in a circuit, so that traces can be compared.

    kind: "ornstein_uhlenbeck", "shot_noise" or "noise"; block: how many stimuli of this kind come before this one; gid
    as neurodamus counts it (from 1); stimulus_seed, base_seed: StimulusSeed and BaseSeed of the simulation; own_seed:
    the stimulus's own Seed (not for "noise"), which takes the place of gid. Raises ConfigurationError for another kind.
    """
    if kind not in _STIMULI:
        raise ConfigurationError(f"there is no kind of stimulus {kind!r}{nearest(kind, _STIMULI)}", name="kind", got=kind)
    first, second, third = _STIMULI[kind]
    last = gid + third if own_seed is None or kind == "noise" else own_seed
    return Random123(block + first, stimulus_seed + second, last, seed=base_seed)
