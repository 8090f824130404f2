"""The same script on any number of ranks: the same spikes, weights, random numbers; the same tests pass; one error ends all."""

from pathlib import Path

import pytest

from tests.api.pynn import everything
from tests.mpi.launch import mpiexec

HERE = Path(__file__).parent
PROGRAM = HERE / "everything.py"
LIST = ("test_control.py", "test_populations.py", "test_projections.py", "test_recording.py", "test_cells_and_plasticity.py",
        "test_connectors.py", "test_space.py", "test_random.py", "test_utility.py", "test_names.py")
pytestmark = pytest.mark.mpi


@pytest.fixture(scope="module")
def alone():
    """Digest of the script for n cells, in this process."""
    return {n: everything.main(n) for n in (8, 3)}


@pytest.mark.parametrize(("n_ranks", "n"), [(1, 8), (2, 8), (5, 8), (7, 3)])
def test_any_number_of_ranks_gives_the_same_bits(alone, n_ranks, n):
    """Also more ranks than cells of any population."""
    done = mpiexec(n_ranks, PROGRAM, n)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(n_ranks), alone[n]]


@pytest.mark.parametrize("n_ranks", [2, 5])
def test_the_tests_of_the_face_pass_on_several_ranks(n_ranks):
    """On one rank they run anyway; a rank that fails ends all with its message."""
    quick = ("-k", "not vonmises")              # 20 s of statistics on one rank; they ask nothing of the others
    done = mpiexec(n_ranks, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *quick, *(HERE / name for name in LIST), timeout=600)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert done.stdout.count(" passed") == n_ranks


def test_a_rank_that_raises_ends_all(tmp_path):
    """Started as a plain script, without mpi4py's own runner."""
    program = tmp_path / "fails.py"
    program.write_text("from simcore.api import pynn as sim\nsim.setup()\np = sim.Population(4, sim.IF_curr_exp)\np.record()\n"
                       "sim.run(1.0)\nif sim.rank() == 1:\n    raise ValueError('the message of rank 1')\nsim.run(1000.0)\n")
    done = mpiexec(2, program, runner=())
    assert done.returncode != 0
    assert "the message of rank 1" in done.stderr
