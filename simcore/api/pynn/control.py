"""setup, run, reset, end, and what can be asked of the present world."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from simcore.api.pynn import world
from simcore.api.pynn.world import Callback, World
from simcore.errors import ConfigurationError

DEFAULT_MIN_DELAY = 0.1
_REFUSED = {"mindelay": "min_delay", "maxdelay": "max_delay", "dt": "timestep"}


def setup(timestep: float = 0.1, min_delay: float = DEFAULT_MIN_DELAY, max_delay: float = 10.0,
          **extra_params: object) -> int:
    """Begin a new, empty network; returns the rank. All times in ms.

    min_delay "auto" (and 0.1 ms under longer time steps) is the time step, max_delay "auto" no limit (then plastic delays
    cannot grow after the first run). Of the extra parameters rng_seed (also rng_seeds, seed) is used: the seed of all
    random streams of the engine; the others are those of other simulators.
    Raises ConfigurationError: timestep <= 0, min_delay > max_delay, min_delay < timestep.
    """
    for name, meant in _REFUSED.items():
        if name in extra_params:
            raise ConfigurationError(f"setup has no argument {name!r}; did you mean {meant!r}?", name=name)
    low = timestep if min_delay == "auto" or timestep > min_delay == DEFAULT_MIN_DELAY else min_delay
    high = float("inf") if max_delay == "auto" else max_delay
    if not timestep > 0:
        raise ConfigurationError(f"timestep must be > 0 ms, got {timestep} ms", name="timestep", got=timestep)
    if low > high:
        raise ConfigurationError(f"min_delay must be <= max_delay = {high:g} ms, got {low:g} ms", name="min_delay", got=low)
    if low < timestep * (1 - 1e-9):
        raise ConfigurationError(f"min_delay must be >= timestep = {timestep:g} ms, got {low:g} ms", name="min_delay",
                                 got=low)
    given = next((extra_params[n] for n in ("rng_seed", "rng_seeds", "seed") if extra_params.get(n) is not None), None)
    seed, trial = world.base_seed()
    if given is not None:
        seed = operator.index(given if not hasattr(given, "__len__") else given[0])
    return world.replace(World(timestep, low, high, seed=seed, trial=trial)).rank


def end(compatible_output: bool = True) -> None:
    """Write the files that record(…, filename) asked for. All ranks call it; afterwards all files are there for all."""
    files, world.current().files = world.current().files, []
    for write in files:
        write(compatible_output)
    if world.current().comm:
        world.current().comm.Barrier()


def run(simtime: float, callbacks: Sequence[Callback] | None = None) -> float:
    """Advance by simtime [ms]; returns the time. Two runs equal one of the sum.

    callbacks: each is called with the time, and returns the time when it wants to be called next (None: never again).
    Times are rounded to time steps (RoundingWarning).
    """
    return world.current().run_until(world.current().end + simtime, tuple(callbacks or ()))


run_for = run


def run_until(time_point: float, callbacks: Sequence[Callback] | None = None) -> float:
    """Advance to a time [ms]; returns the time. ConfigurationError if it has passed."""
    return world.current().run_until(time_point, tuple(callbacks or ()))


def reset() -> None:
    """Time 0, states and weights as set (plastic weights too); recorded data deleted, what to record kept."""
    world.current().reset()


def get_time_step() -> float:
    """Time step [ms]."""
    return world.current().dt


def get_current_time() -> float:
    """Time [ms]."""
    return world.current().now


def get_min_delay() -> float:
    """Smallest delay allowed [ms]."""
    return world.current().min_delay


def get_max_delay() -> float:
    """Largest delay allowed [ms]."""
    return world.current().max_delay


def rank() -> int:
    """Rank of this process."""
    return world.current().rank


def num_processes() -> int:
    """Number of processes."""
    return world.current().n_ranks
