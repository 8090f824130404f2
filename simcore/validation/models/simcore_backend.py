"""A backend that runs points of this simulator. Its cache on disk is the run store of the workflow.

A run has one file, `results/<experiment>/runs/<run id>.zarr.zip`, whoever made it: a suite judges what Snakemake has
made, and starts only what is missing. A store that was made by other sources of the simulation is made again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.errors import NonExistentParameterError, StoreError, nearest
from simcore.parameters.experiments import Experiment, load_experiment, load_model
from simcore.parameters.modules import declarations
from simcore.parameters.points import Point
from simcore.provenance import sources
from simcore.store.reader import open_run, read_attrs
from simcore.units import Param
from simcore.validation.cache import alone
from simcore.validation.errors import BackendException, BadParameterValueError
from simcore.validation.models.backends import Backend, register_backends

if TYPE_CHECKING:
    import xarray as xr

_LENGTHS = {"duration": Param(0.0, "ms", "length of the run", low=0.0),
            "dt": Param(0.1, "ms", "time step", low=0.0, low_open=True)}
_WHOLE = {"seed": Param(1, "", "seed"), "trial": Param(0, "", "trial", low=0)}


class SimcoreBackend(Backend):
    """Runs points of simcore.

    Settings: experiment, a file of params/ or an Experiment, whose points all have what is not set on the model;
    runs, the
    folder of run stores, by default that of the experiment; f, a function (point, path) that simulates in this process
    (such as simcore.steps.simulate), by default `python -m simcore point` is started. Attributes of the model are
    parameters (dotted names or nested); run parameters are duration, dt, seed, trial. Results are the run as
    xarray.DataTree, opened anew for each run.
    """

    name = "Simcore"
    state_hide = ("experiment", "base", "runs", "beside", "f")

    def init_backend(self, *args: Any, experiment: str | os.PathLike | Experiment | None = None,
                     runs: str | os.PathLike | None = None, f: Callable[[Point, Path], object] | None = None,
                     code: str = "source", **kwargs: Any) -> None:
        """Read the experiment; attributes that the model was given are checked."""
        if experiment is None:
            raise BackendException("the Simcore backend needs an experiment: RunnableModel(name, "
                                   "backend=('Simcore', {'experiment': 'params/….yaml'}))", name="experiment")
        self.experiment = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
        self.base: Point = next(iter(self.experiment.points.values()))
        self.beside = (Path(self.experiment.source).resolve().parent,) if self.experiment.source else ()
        self.runs = Path(runs) if runs is not None else Path("results", self.experiment.name, "runs")
        self.f = f
        super().init_backend(*args, code=code, **kwargs)
        self.use_memory_cache, self.use_disk_cache = False, str(self.runs)

    def point(self) -> Point:
        """The point of the model's attributes and run parameters; errors of simcore for what is not declared."""
        declared = declarations(load_model(self.base.model, self.beside), self.base.parameters)
        model = self.model
        parameters = _replaced(self.base.parameters, _flat(getattr(model, "attrs", {})), declared)
        found: dict[str, Any] = {}
        for name, value in getattr(model, "run_params", {}).items():
            known = {**_LENGTHS, **_WHOLE}
            if name not in known:
                raise BadParameterValueError(name, value, f"{name!r} is no run parameter{nearest(name, known)}")
            found[name] = known[name].parse(value, name=name)
        return dataclasses.replace(self.base, parameters=parameters, explored={}, **found)

    def path(self) -> Path:
        """Where the store of the point is."""
        return self.runs / f"{self.point().run_id}.zarr.zip"

    def is_known(self) -> bool:
        """Whether there is a whole store of the point, made by the sources of now (unless code="ignore")."""
        try:
            made_by = read_attrs(self.path())["provenance"].get("code", {}).get("source_digest")
        except (StoreError, KeyError):
            return False
        if self.code == "ignore":
            return True
        return made_by == sources.source_digest(self.base.model, beside=self.beside)

    def backend_run(self) -> xr.DataTree:
        """The run of the model's point: from its store, which one process makes first if it is missing."""
        path = self.path()
        if not self.is_known():
            with alone(path.with_name(f".{path.name}.lock")):
                if not self.is_known():
                    self._backend_run()
        self.results = open_run(path)
        return self.results

    def _backend_run(self) -> None:
        """Simulate the point into its store; BackendException with what the process printed if that fails."""
        point, path = self.point(), self.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.f is not None:
            self.f(point, path)
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "point.json")
            file.write_text(json.dumps(point.to_dict()))
            command = [sys.executable, "-m", "simcore", "point", str(file), "--out", str(path),
                       "--beside", os.pathsep.join(map(str, self.beside))]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BackendException(f"run {point.run_id} failed: {done.stderr.strip()[-2000:]}", name=point.run_id,
                                   where=" ".join(command))

    def model_state(self) -> dict[str, Any]:
        """Parameters of the model that are no attributes; these and run parameters are in the point."""
        return {"params": self.model.params}

    def identity_state(self) -> dict[str, Any]:
        """The digest of the point, and of the sources that make it."""
        source = sources.source_digest(self.base.model, beside=self.beside) if self.code == "source" else ""
        return {"point": self.point().digest, "source": source}


def _flat(nested: Mapping, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat.update(_flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value})
    return flat


def _replaced(parameters: Mapping, changes: Mapping[str, Any], declared: Mapping) -> dict:
    """Parameters with the changes by dotted name, parsed by their declarations."""
    result = json.loads(json.dumps(parameters))
    known = [name for name, _ in _leaves(declared)]
    for name, value in changes.items():
        if name not in known:
            raise NonExistentParameterError(f"the model has no parameter {name!r}{nearest(name, known)}", name=name,
                                            valid=known)
        *groups, last = name.split(".")
        inner, place = result, declared
        for group in groups:
            inner, place = inner[group], place[group]
        inner[last] = place[last].parse(value, name=name)
    return result


def _leaves(declared: Mapping, prefix: str = "") -> list[tuple[str, Param]]:
    found: list[tuple[str, Param]] = []
    for key, value in declared.items():
        found += [(f"{prefix}{key}", value)] if isinstance(value, Param) else _leaves(value, f"{prefix}{key}.")
    return found


register_backends({"SimcoreBackend": SimcoreBackend})
