"""What populations and views share to record their cells, and to get, count and write what was recorded.

Rows of a group are numbered by the cells of the group from 0; with compatible_output=False by global id. gather=True
gives the rows of all ranks on every rank, and one file; gather=False those of this rank's cells, and a file `name.<rank>`
each. All of them are collective: every rank calls them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from simcore.api.pynn.errors import RecordingError
from simcore.api.pynn.files import BaseFile, StandardTextFile
from simcore.api.pynn.recording import chosen_cells


class Results:
    """record*, get*, print* and counts of a group: needs population, indices, size, dim, world, label."""

    def can_record(self, variable: str) -> bool:
        """Whether the cells have this variable: spikes, v, gsyn, or any of `celltype.recordable`."""
        return self.celltype.can_record(variable)

    def record(self, record_from: object = None, rng: object = None, to_file: bool | str = True,
               sampling_interval: float | None = None) -> None:
        """Record spikes of all cells, of a number of them (chosen at random), or of a list of ids.

        As in later PyNN, record("v") or record(["spikes", "gsyn"], sampling_interval=1.0) records variables of all cells.
        to_file: a name makes `end` write that file. RecordingError if the cells do not have the variable.
        """
        names = [record_from] if isinstance(record_from, str) else record_from
        if isinstance(names, list | tuple) and names and all(isinstance(n, str) for n in names):
            for name in names:
                self.record_variable(name, None, None, to_file, sampling_interval)
        else:
            self.record_variable("spikes", record_from, rng, to_file)

    def record_v(self, record_from: object = None, rng: object = None, to_file: bool | str = True,
                 sampling_interval: float | None = None) -> None:
        """Record membrane potentials [mV], at every time step or every sampling_interval [ms]."""
        self.record_variable("v", record_from, rng, to_file, sampling_interval)

    def record_gsyn(self, record_from: object = None, rng: object = None, to_file: bool | str = True,
                    sampling_interval: float | None = None) -> None:
        """Record synaptic conductances [uS]."""
        self.record_variable("gsyn", record_from, rng, to_file, sampling_interval)

    def record_variable(self, variable: str, record_from: object = None, rng: object = None, to_file: bool | str = True,
                        sampling_interval: float | None = None) -> None:
        """Record any variable of `celltype.recordable`: w, u, i_syn, gsyn_exc, …"""
        if not self.can_record(variable):
            raise RecordingError(variable, self.celltype, self.celltype.recordable)
        addresses = chosen_cells(self, record_from, rng, lambda n: np.random.RandomState(151985012).random_sample(n))
        self.population.recorder.record(variable, addresses, sampling_interval)
        if isinstance(to_file, str):
            self.world.files.append(lambda compatible: self.print_variable(variable, to_file, True, compatible))

    def getSpikes(self, gather: bool = True, compatible_output: bool = True) -> np.ndarray:
        """(n, 2): id, time [ms], ordered by time. NothingToWriteError if no spikes are recorded."""
        cells, times = self.population.recorder.spike_rows()
        return self._rows(cells, (times,), gather, compatible_output)

    def get_v(self, gather: bool = True, compatible_output: bool = True) -> np.ndarray:
        """(n, 3): id, time [ms], v [mV], cell after cell, the present moment included."""
        return self.get_samples("v", gather, compatible_output)

    def get_gsyn(self, gather: bool = True, compatible_output: bool = True) -> np.ndarray:
        """(n, 4): id, time [ms], excitatory and inhibitory conductance [uS]."""
        return self.get_samples("gsyn", gather, compatible_output)

    def get_samples(self, variable: str, gather: bool = True, compatible_output: bool = True) -> np.ndarray:
        """(n, 3): id, time [ms] and value of a recorded variable; gsyn and i_syn have two values."""
        parts = self._parts(variable)
        first, *others = [self.population.recorder.sample_rows(state) for state in parts]
        return self._rows(first[0], (first[1], first[2], *(o[2] for o in others)), gather, compatible_output)

    def get_spike_counts(self, gather: bool = True) -> dict:
        """Number of spikes by global id, of all recorded cells, also those that never fired."""
        cells = self._recorded("spikes", gather)
        found = self.getSpikes(gather, compatible_output=False)[:, 0].astype(np.int64)
        counts = np.bincount(found - self.population.first_gid, minlength=self.population.size) if found.size else (
            np.zeros(self.population.size, dtype=np.int64))
        return {self.population.id_at(a): int(counts[a]) for a in cells}

    def meanSpikeCount(self, gather: bool = True) -> float:
        """Spikes per recorded cell; NaN where a rank has none."""
        counts = self.get_spike_counts(gather)
        return sum(counts.values()) / len(counts) if counts else float("nan")

    mean_spike_count = meanSpikeCount

    def printSpikes(self, file: str | BaseFile, gather: bool = True, compatible_output: bool = True) -> None:
        """Write lines `time id`, below a header with dimensions, first_id, last_id, dt, n (number of lines)."""
        self.print_variable("spikes", file, gather, compatible_output)

    def print_v(self, file: str | BaseFile, gather: bool = True, compatible_output: bool = True) -> None:
        """Write lines `v id`; n of the header is the number of samples of each cell."""
        self.print_variable("v", file, gather, compatible_output)

    def print_gsyn(self, file: str | BaseFile, gather: bool = True, compatible_output: bool = True) -> None:
        """Write lines `g_exc g_inh id`."""
        self.print_variable("gsyn", file, gather, compatible_output)

    def print_variable(self, variable: str, file: str | BaseFile, gather: bool = True,
                       compatible_output: bool = True) -> None:
        """Write what was recorded of a variable. file: a name (text) or a File object.

        compatible_output=False writes rows as get… gives them with global ids: id, time, values.
        """
        get = self.getSpikes if variable == "spikes" else lambda *a: self.get_samples(variable, *a)
        rows = get(gather, compatible_output)
        n_cells = len(self._recorded(variable, gather))
        data = rows
        if compatible_output:
            columns = rows[:, 1:] if variable == "spikes" else rows[:, 2:]
            data = np.column_stack([columns, rows[:, 0]])
        n = len(rows) if variable == "spikes" else len(rows) // max(1, n_cells)
        metadata = {"variable": variable, "dimensions": self.dim if len(self.dim) > 1 else self.dim[0], "first_id": 0,
                    "last_id": self.size - 1, "dt": self.world.dt, "n": n}
        if gather and self.world.rank:
            return
        if isinstance(file, str):
            alone = gather or self.world.n_ranks == 1
            file = StandardTextFile(file if alone else f"{file}.{self.world.rank}", "w")
        file.write(data, metadata, integers=(data.shape[1] - 1 if compatible_output else 0,))
        file.flush()

    def _parts(self, variable: str) -> Sequence[str]:
        from simcore.api.pynn.cells import SYNTHETIC

        return SYNTHETIC.get(variable, (variable,))

    def _recorded(self, variable: str, gather: bool) -> list[int]:
        """Addresses of the recorded cells of the group; gather=False: of this rank."""
        inside = set(self.indices.tolist())
        cells: Iterable[int] = (a for a in self.population.recorder.recorded(variable) if a in inside)
        return [a for a in cells if gather or self.population.is_local(a)]

    def _rows(self, cells: np.ndarray, columns: tuple[np.ndarray, ...], gather: bool, compatible: bool) -> np.ndarray:
        index = np.full(self.population.size, -1, dtype=np.int64)
        index[self.indices] = np.arange(self.size)
        keep = index[cells] >= 0
        if not gather:
            keep &= self.population.is_local(cells)
        ids = index[cells] if compatible else cells + self.population.first_gid
        return np.column_stack([ids[keep], *(c[keep] for c in columns)]).astype(np.float64)
