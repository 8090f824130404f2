"""Detailed cells: the same bits on any number of ranks, with any assignment, in one run or several, saved or not."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simcore.engine.balance import MODES
from simcore.engine.cable_costs import assign, cell_tree
from simcore.engine.cable_simulation import CableSimulation
from simcore.errors import StoreError
from simcore.store.cable_state import load_state, save_state
from tests.mpi import cables
from tests.mpi.launch import mpiexec

pytestmark = pytest.mark.mpi


@pytest.fixture(scope="module")
def alone():
    simulation = cables.simulation()
    simulation.run(25.0)
    recording = simulation.recording()
    assert np.unique(recording.spikes.gid).size >= 6, "many cells must fire"
    return recording.spikes.step.size, cables.digest(recording)


@pytest.mark.parametrize(("n_ranks", "assignment"), [(1, "round_robin"), (2, "round_robin"), (3, "round_robin"), (2, "reversed"), (3, "blocks"), (2, "half")])
def test_any_ranks_and_assignment_give_the_same_bits(alone, n_ranks, assignment):
    done = mpiexec(n_ranks, cables.__file__, 25, assignment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), str(alone[0]), alone[1]]


@pytest.mark.parametrize("n_ranks", [1, 3])
def test_recordings_that_went_to_files_are_the_same_bits(alone, tmp_path, n_ranks):
    done = mpiexec(n_ranks, cables.__file__, 25, "round_robin", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), str(alone[0]), alone[1], "in", "files"]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("mode", MODES)
def test_every_load_balance_mode_gives_the_same_bits(alone, mode):
    done = mpiexec(2, cables.__file__, 25, mode)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", str(alone[0]), alone[1]]


@pytest.mark.parametrize("mode", ["whole_cell", "multi_split"])
def test_costs_spread_evenly(mode):
    roots = [cell.root for cell in cables.network().cells.values()]
    load = np.bincount(assign(roots, 3, mode), [cell_tree(root).cost.sum() for root in roots], 3)
    assert load.max() < 1.25 * load.mean()      # cells stay whole


def test_the_interpreter_gives_the_same_bits():
    """Without numba: the same files, the same arithmetic."""
    simulation = cables.simulation()
    simulation.run(4.0)
    done = subprocess.run([sys.executable, cables.__file__, "4", "blocks"], env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, text=True,
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[2] == cables.digest(simulation.recording())


def test_two_runs_equal_one(alone):
    simulation = cables.simulation()
    for duration in (0.05, 7.3, 0.0, 17.65):
        simulation.run(duration)
    assert cables.digest(simulation.recording()) == alone[1]


@pytest.mark.parametrize("width", [1, 8, None])
def test_a_saved_state_continues_bit_for_bit(tmp_path, width):
    """Saved while spikes are on their way, restored into blocks of another width."""
    whole = CableSimulation(cables.network(), dt=0.05)
    whole.run(9.0)
    path = save_state(tmp_path / "state.npz", whole.state())
    assert len(whole.state()["spike_step"]) > 0
    whole.run(16.0)
    again = CableSimulation(cables.network(), dt=0.05, width=width)
    again.restore(load_state(path))
    assert again.now == 9.0
    again.run(16.0)
    assert again.state()["values"].tobytes() == whole.state()["values"].tobytes()
    steps = whole.recording().spikes.step
    late = steps >= again.recording().spikes.step.min()
    assert (again.recording().spikes.step == steps[late]).all()


def test_a_state_of_something_else_is_refused(tmp_path):
    simulation = CableSimulation(cables.network(), dt=0.05)
    state = simulation.state()
    with pytest.raises(StoreError, match=r"dt = 0\.05, this run has 0\.025"):
        CableSimulation(cables.network(), dt=0.025).restore(state)
    with pytest.raises(StoreError, match="another network: cell 0"):
        simulation.restore(state | {"size": state["size"] - 1})
    (tmp_path / "no.npz").write_text("nothing")
    for name in ("no.npz", "missing.npz"):
        with pytest.raises(StoreError, match="cannot read the saved state"):
            load_state(tmp_path / name)


def test_a_rank_that_raises_ends_all(tmp_path):
    program = tmp_path / "fails.py"
    program.write_text(f"import sys\nsys.path.insert(0, {str(Path(cables.__file__).parents[2])!r})\nfrom mpi4py import MPI\nfrom tests.mpi import cables\nfrom simcore.engine.cable_simulation import CableSimulation\n"
                       "net = cables.network()\n"
                       "if MPI.COMM_WORLD.rank == 1:\n    del net.cells[3]\n"
                       "CableSimulation(net, dt=0.05, comm=MPI.COMM_WORLD).run(10.0)\n")
    done = mpiexec(2, program)
    assert done.returncode != 0
    assert "must describe cell 3" in done.stderr + done.stdout
