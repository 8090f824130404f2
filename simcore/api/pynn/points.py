"""A PyNN script as the model of an experiment: its `main(parameters)` is run at a point, and its recordings become a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn import world
from simcore.api.pynn.generators import count_anew
from simcore.errors import ConfigurationError
from simcore.parameters.entries import DURATION
from simcore.parameters.points import Frozen, Point
from simcore.rng import streams

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from simcore.engine.recording import Recording


def run_script(model: ModuleType, point: Point, comm: Intracomm | None = None) -> Recording | None:
    """Run model.main(parameters); what its last network recorded, on rank 0 (None elsewhere).

    parameters: those of the point, and dt, duration, seed, trial unless the script declares such names itself. Without
    rng_seed in `setup` the streams are those of seed and trial, as are generators without a seed. What main returns, a
    mapping of names to numbers or arrays or None, is stored too. Raises ConfigurationError where the script's time step, or a
    duration that the experiment gives, is another one.
    """
    world.begin(point.seed, point.trial)
    count_anew(streams.key(point.seed, point.trial)[0] if (point.seed, point.trial) != (1, 0) else 0)
    about = {"dt": point.dt, "duration": point.duration, "seed": point.seed, "trial": point.trial}
    values = model.main(Frozen(about | dict(point.parameters)))
    made = world.current()
    if not made.populations:
        raise ConfigurationError(f"{point.model}.main made no population", name="model", got=point.model)
    if (comm.size if comm else 1) != made.n_ranks:
        raise ConfigurationError(f"{point.model}.main ran on {made.n_ranks} ranks instead of {comm.size if comm else 1}")
    _check_times(made, point)
    currents = [trace for population in made.populations for trace in population.recorder.current_traces()]
    recording = made.simulation.recording()
    if recording is None:
        return None
    return dataclasses.replace(recording, traces=(*recording.traces, *currents), results=_results(values, point))


def _check_times(made: world.World, point: Point) -> None:
    given = point.duration != DURATION.default
    for name, used, asked in (("dt", made.dt, point.dt), ("duration", made.now, point.duration if given else made.now)):
        if abs(used - asked) > 1e-9 * max(asked, point.dt):
            raise ConfigurationError(f"{point.model}.main used {name} = {used:g} ms, but the experiment says {asked:g} ms: "
                                     f"take parameters[{name!r}]", name=name, got=used, valid=asked)


def _results(values: object, point: Point) -> dict[str, np.ndarray]:
    if values is not None and not isinstance(values, Mapping):
        raise ConfigurationError(f"{point.model}.main must return nothing, or a mapping of names to numbers or arrays, got "
                                 f"{type(values).__name__}", name="model", got=values)
    return {str(name): np.asarray(value) for name, value in (values or {}).items()}
