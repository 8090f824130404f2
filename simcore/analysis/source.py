"""Read a trajectory block of runs by block of runs: never all spikes at once.

Spikes of all runs lie end to end (CF contiguous ragged array), so those of some runs in a row are one slice. A block
is as many runs as have BLOCK_SPIKES spikes together, at least one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np
import xarray as xr

from simcore.analysis.activity import Activity, Run, Samples
from simcore.errors import StoreError
from simcore.provenance.agreement import together

BLOCK_SPIKES = 4_000_000        # 48 MB as ticks and cells of a block, and as much again while they are read
BLOCK_RUNS = 100                # so that many small runs keep all threads busy
BLOCK_CELLS = 4_000_000         # counts of spikes, (run, cell), that are read at once


class TrajectorySource:
    """A trajectory opened for reading: what all runs share, and runs in blocks. Arrays are read when asked for."""

    def __init__(self, path: str | os.PathLike):
        self.path = os.fspath(path)
        try:
            self.tree = xr.open_datatree(self.path, engine="zarr", zarr_format=3, decode_timedelta=False)
        except (FileNotFoundError, ValueError, KeyError) as error:
            raise StoreError(f"{self.path} is no trajectory that can be opened: {error}", name=self.path) from error
        if "run" not in self.tree.sizes:
            raise StoreError(f"{self.path} has no dimension 'run': it is not a trajectory (merge the runs first)",
                             name=self.path)
        self.attrs: dict = self.tree.attrs
        self.n_runs: int = self.tree.sizes["run"]
        self.coords = self._coordinates()
        self.run_ids = [str(run_id) for run_id in self.coords["run_id"].values]

    def _coordinates(self) -> dict[str, xr.Variable]:
        """Coordinates of runs, explored parameters in the order of the experiment (a store has them by alphabet)."""
        there = {str(name): coord.variable.load() for name, coord in self.tree.to_dataset().coords.items()
                 if coord.dims == ("run",)}
        ordered = ["run", "run_id", *(axis["name"] for axis in self.attrs.get("experiment", {}).get("axes", ()))]
        return {name: there[name] for name in dict.fromkeys([*ordered, *there]) if name in there}

    @cached_property
    def digest(self) -> str:
        """Digest of all arrays of the trajectory: of the digests that merging noted; "" if it noted none."""
        noted = self.attrs.get("digests")
        return hashlib.blake2b(json.dumps(noted, sort_keys=True).encode(), digest_size=32).hexdigest() if noted else ""

    @property
    def axes(self) -> list[str]:
        """Names of the explored parameters."""
        return [name for name in self.coords if name not in ("run", "run_id")]

    @cached_property
    def populations(self) -> list[str]:
        """Populations of which spikes or traces of at least one cell were recorded in some run."""
        return [name for name, there in self._recorded.items() if there] + [
            name for name in dict.fromkeys(population for population, _ in self._trace_groups)
            if not self._recorded.get(name)]

    @property
    def has_spikes(self) -> bool:
        """Whether spikes of any cell were recorded."""
        return self._spikes is not None

    def has_trace(self, variable: str) -> bool:
        """Whether traces of this variable were recorded of any population."""
        return any(name == variable for _, name in self._trace_groups)

    def blocks(self) -> Iterator[range]:
        """Runs in a row whose spikes are read together."""
        first, n_spikes = 0, 0
        for run, n in enumerate(np.diff(self._offsets)):
            n_runs = run - first
            too_many = n_runs >= BLOCK_RUNS or n_runs * self._n_cells >= BLOCK_CELLS
            if n_runs and (too_many or n_spikes + n > BLOCK_SPIKES):
                yield range(first, run)
                first, n_spikes = run, 0
            n_spikes += n
        if self.n_runs:
            yield range(first, self.n_runs)

    def read(self, block: range) -> Iterator[Run]:
        """The runs of a block, one after the other."""
        offsets = self._offsets[block.start : block.stop + 1]
        if self._spikes is None:
            counts, ticks = np.zeros((len(block), 0), np.int64), np.zeros(0, np.int64)
        else:
            counts = self._spikes["n_spikes"][block.start : block.stop].values
            ticks = self._spikes["spike_time"][offsets[0] : offsets[-1]].values
        for i, run in enumerate(block):
            yield self._run(run, counts[i], ticks[offsets[i] - offsets[0] : offsets[i + 1] - offsets[0]])

    def _run(self, index: int, n_spikes: np.ndarray, ticks: np.ndarray) -> Run:
        about = self._about(index)
        dt, duration = float(about["dt"]), float(about["duration"])
        if ticks.dtype.kind == "f":                 # runs differ in dt: then times are in ms
            ticks = np.rint(ticks / dt).astype(np.int64)
        explored = {name: self.coords[name].values[index] for name in self.axes}
        activities = dict(self._activities(index, n_spikes, ticks, dt, duration))
        results = self.tree.children["results"].data_vars.items() if "results" in self.tree.children else ()
        values = {str(name): result[index].values for name, result in results}
        return Run(index, self.run_ids[index], explored, dt, 0.0, duration, activities, values)

    def _activities(self, index: int, n_spikes: np.ndarray, ticks: np.ndarray, dt: float,
                    duration: float) -> Iterator[tuple[str, Activity]]:
        """Activity of each population; its cells need not be neighbours."""
        population = self._population_of(index)
        for name in self.populations:
            number = self._names.index(name) if name in self._names else -2
            mine = np.flatnonzero(population == number)
            if len(mine) and mine[-1] - mine[0] + 1 == len(mine):
                start = n_spikes[: mine[0]].sum()
                own = ticks[start : start + n_spikes[mine].sum()]
            else:
                own = ticks[np.repeat(population == number, n_spikes)]
            cell = np.repeat(np.arange(len(mine), dtype=np.int32), n_spikes[mine])
            yield name, Activity(name, len(mine), own, cell, dt, 0.0, duration, self._reader(index))

    def _reader(self, index: int) -> Callable[[str, str], Samples | None]:
        def read(population: str, variable: str) -> Samples | None:
            path = self._trace_groups.get((population, variable))
            if path is None:
                return None
            group = self.tree[path].dataset
            n_times = int(group["n_times"][index]) if "n_times" in group else group.sizes["time"]
            time = group["sample_time"][index] if "sample_time" in group else group["time"]
            trace = group[variable]
            places = {}
            if "section" in group:
                places = {field: group[name][index].values if "run" in group[name].dims else group[name].values
                          for field, name in (("cells", "gid"), ("sections", "section"), ("positions", "position"))}
            return Samples(time.values[:n_times], trace[index, :n_times].values, trace.attrs.get("units", ""), **places)

        return read

    def _about(self, index: int) -> Mapping:
        """Root attributes of one run as far as merging kept them: those in common, and its own."""
        if "dt" in self.attrs and "duration" in self.attrs:
            return self.attrs
        return together(self.attrs.get("common", {}), json.loads(str(self._records[index])))

    def _population_of(self, index: int) -> np.ndarray:
        """Number of the population of each cell of a run; -1 for none."""
        if self._populations is None:
            return np.zeros(0, int)
        return self._populations[index] if self._populations.ndim == 2 else self._populations

    @cached_property
    def _records(self) -> np.ndarray:
        """What each run has in attributes beyond those in common, as JSON (n_runs,): one chunk, so read once."""
        return self.tree.children["runs"].data_vars["record"].values

    @cached_property
    def _spikes(self) -> xr.Dataset | None:
        """The group of spikes, as stored: ticks."""
        if "spikes" not in self.tree.children:
            return None
        return xr.open_dataset(self.path, group="spikes", engine="zarr", zarr_format=3, mask_and_scale=False,
                               decode_times=False)

    @cached_property
    def _populations(self) -> np.ndarray | None:
        return None if self._spikes is None else self._spikes["population"].values

    @cached_property
    def _names(self) -> list[str]:
        return [] if self._spikes is None else self._spikes["population"].attrs["flag_meanings"].split()

    @cached_property
    def _recorded(self) -> dict[str, bool]:
        there = set() if self._populations is None else set(np.unique(self._populations).tolist())
        return {name: number in there for number, name in enumerate(self._names)}

    @cached_property
    def _n_cells(self) -> int:
        return 0 if self._spikes is None else self._spikes.sizes["cell"]

    @cached_property
    def _offsets(self) -> np.ndarray:
        """Where the spikes of each run begin, and where the last end (n_runs + 1,)."""
        if self._spikes is None:
            return np.zeros(self.n_runs + 1, np.int64)
        step = max(1, BLOCK_CELLS // max(self._n_cells, 1))
        totals = [self._spikes["n_spikes"][i : i + step].values.sum(axis=1, dtype=np.int64)
                  for i in range(0, self.n_runs, step)]
        return np.concatenate([[0], np.cumsum(np.concatenate([*totals, np.zeros(0, np.int64)]))])

    @cached_property
    def _trace_groups(self) -> dict[tuple[str, str], str]:
        """Path of the group that has a variable of a population; the first, if there are several."""
        groups: dict[tuple[str, str], str] = {}
        for name, node in self.tree["traces"].children.items() if "traces" in self.tree.children else ():
            population = "_".join(node.attrs.get("population", name.split(".")[0]).split())    # as CF flags have it
            for variable, values in node.data_vars.items():
                if values.dims == ("run", "time", "cell"):
                    groups.setdefault((population, str(variable)), f"traces/{name}")
        return groups
