"""An error of one rank is raised by all of them, and nobody waits for ever."""

from pathlib import Path

import pytest

from simcore.engine.agreement import together
from simcore.errors import ConfigurationError
from tests.mpi.launch import mpiexec

PROGRAM = Path(__file__).with_name("raising.py")


@pytest.mark.mpi
@pytest.mark.parametrize("rank", [0, 2])
def test_every_rank_raises_what_one_rank_found(rank):
    done = mpiexec(3, PROGRAM, "own", rank, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().split("|") == ["ConfigurationError: no such cell (here)"] * 3


@pytest.mark.mpi
def test_an_error_that_is_not_ours_arrives_as_a_simulation_error():
    done = mpiexec(2, PROGRAM, "foreign", 1, timeout=60)
    assert done.stdout.strip().split("|") == ["SimulationError: ZeroDivisionError: x", "ZeroDivisionError: x"], done.stderr


@pytest.mark.mpi
def test_of_several_errors_all_raise_that_of_the_lowest_rank():
    done = mpiexec(3, PROGRAM, "each", 1, timeout=60)
    assert done.stdout.strip().split("|") == ["ConfigurationError: no such cell as 1 (here)"] * 3, done.stderr


@pytest.mark.mpi
def test_without_an_error_all_go_on():
    assert mpiexec(2, PROGRAM, "own", 7, timeout=60).stdout.strip() == "nothing|nothing"


def test_alone_an_error_passes_as_it_is():
    with pytest.raises(ConfigurationError, match="a"), together(None):
        raise ConfigurationError("a")
    with together(None):
        pass
