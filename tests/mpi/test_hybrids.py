"""Point cells and detailed cells in one network: the same bits on any number of ranks, and no rank waits for one that fails."""

import pytest

from tests.mpi import hybrids
from tests.mpi.launch import mpiexec

pytestmark = pytest.mark.mpi


@pytest.fixture(scope="module")
def alone():
    hybrid = hybrids.simulation()
    hybrid.run(40.0)
    found = hybrids.digest(hybrid)
    assert found[0] > 10, "detailed cells must fire"
    heard = hybrid.points.recording().spikes
    assert (heard.gid >= hybrids.N).sum() > 50, "point cells must fire"
    return found


@pytest.mark.parametrize("n_ranks", [2, 3])
def test_any_number_of_ranks_gives_the_same_bits(alone, n_ranks):
    done = mpiexec(n_ranks, hybrids.__file__, 40)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), *map(str, alone)]


def test_two_runs_equal_one(alone):
    hybrid = hybrids.simulation()
    for duration in (0.35, 17.0, 22.65):
        hybrid.run(duration)
    assert hybrids.digest(hybrid) == alone


@pytest.mark.parametrize("unlucky", [0, 1])
def test_a_rank_whose_numbers_overflow_ends_all(unlucky):
    """In the middle of a run, while the others wait for its spikes."""
    done = mpiexec(2, hybrids.__file__, 40, unlucky, timeout=60)
    assert done.returncode != 0
    assert "must stay finite" in done.stderr + done.stdout and f"(cell {unlucky})" in done.stderr + done.stdout
