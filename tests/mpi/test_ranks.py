"""A run does not know how it was made: the same bits from any number of ranks, and from the interpreter."""

from pathlib import Path

import numpy as np
import pytest

from simcore.engine.simulation import Simulation, run_network
from tests.mpi.launch import mpiexec
from tests.mpi.networks import RECORD, digest, everything, volleys

PROGRAM = Path(__file__).with_name("networks.py")
pytestmark = pytest.mark.mpi


@pytest.fixture(scope="module")
def alone():
    """Number of spikes and digest of 60 ms on one rank, in this process."""
    result = run_network(everything(60), duration=60.0, dt=0.1, seed=3, record=RECORD)
    assert {"delta", "cond", "curr", "given", "poisson"} <= firing(result), "every population must take part"
    return result.spikes.step.size, digest(result)


def firing(result):
    """Names of the populations that fired."""
    return {p.name for p in result.populations
            if ((result.spikes.gid >= p.first_gid) & (result.spikes.gid < p.first_gid + p.size)).any()}


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 5])
def test_any_number_of_ranks_gives_the_same_bits(alone, n_ranks):
    done = mpiexec(n_ranks, PROGRAM, 60, 60, "everything")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), str(alone[0]), alone[1]]


def test_more_ranks_than_cells_of_a_population(alone):
    """Seven ranks: populations of 3 and 5 cells leave ranks without any; collective calls must not depend on that."""
    done = mpiexec(7, PROGRAM, 5, 6, "everything")
    expected = run_network(everything(6), duration=5.0, dt=0.1, seed=3, record=RECORD)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["7", str(expected.spikes.step.size), digest(expected)]


def test_running_twice_gives_the_same_bits(alone):
    again = run_network(everything(60), duration=60.0, dt=0.1, seed=3, record=RECORD)
    assert digest(again) == alone[1]


def test_two_runs_equal_one(alone):
    simulation = Simulation(everything(60), dt=0.1, seed=3, record=RECORD)
    for duration in (0.1, 12.3, 0.0, 47.6):
        simulation.run(duration)
    assert digest(simulation.recording()) == alone[1]


def test_another_seed_or_trial_gives_other_spikes(alone):
    for seed, trial in ((4, 0), (3, 1)):
        other = run_network(everything(60), duration=60.0, dt=0.1, seed=seed, trial=trial, record=RECORD)
        assert digest(other) != alone[1]


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_more_spikes_than_fit_into_a_message(n_ranks):
    """Some epochs have none, some a few, some 1,000 a rank, which take a second call."""
    expected = run_network(volleys(2000), duration=30.0, dt=0.1, seed=3, record=RECORD)
    assert np.bincount(expected.spikes.step).max() >= 2000
    done = mpiexec(n_ranks, PROGRAM, 30, 2000, "volleys")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), str(expected.spikes.step.size), digest(expected)]


@pytest.mark.parametrize("n_ranks", [1, 2])
def test_the_interpreter_gives_the_same_bits(n_ranks, monkeypatch):
    """Without numba: the same file, the same arithmetic, one loop iteration after the other."""
    expected = run_network(everything(12), duration=12.0, dt=0.1, seed=3, record=RECORD)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    done = mpiexec(n_ranks, PROGRAM, 12, 12, "everything", timeout=300.0)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), str(expected.spikes.step.size), digest(expected)]
