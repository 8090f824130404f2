"""An error of one rank is raised by all of them, and nobody waits for ever."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from simcore.engine.agreement import together
from simcore.engine.ranks import MPICH_SETTINGS, world
from simcore.errors import ConfigurationError
from tests.mpi.launch import command, mpiexec

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


FAILS = """
import pathlib, sys, time
from mpi4py import MPI
from simcore.engine.simulation import Simulation
from simcore.network import Network
Simulation(Network(), dt=0.1, seed=1, comm=MPI.COMM_WORLD)
if MPI.COMM_WORLD.rank == 1:
    ready, go = map(pathlib.Path, sys.argv[1:])
    ready.touch()
    while not go.exists():
        time.sleep(0.01)
    raise ValueError("the message of rank 1")
MPI.COMM_WORLD.Barrier()
"""


@pytest.mark.mpi
@pytest.mark.parametrize("held", [False, True], ids=["launcher-waits", "launcher-is-behind"])
def test_an_uncaught_error_on_one_rank_ends_all_with_its_message(tmp_path, held):
    """A plain script, without mpi4py's own runner. MPICH's launcher drops what it has not passed on when a rank aborts."""
    program, ready, go = tmp_path / "fails.py", tmp_path / "ready", tmp_path / "go"
    program.write_text(FAILS)
    with subprocess.Popen(command(2, program, ready, go), env=os.environ | MPICH_SETTINGS, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as launcher:
        deadline = time.monotonic() + 60.0
        while not ready.exists() and launcher.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if held:
            launcher.send_signal(signal.SIGSTOP)
        go.touch()
        time.sleep(1.0)                             # rank 1 has raised meanwhile; if not, this is the other case
        if held:
            launcher.send_signal(signal.SIGCONT)
        _, told = launcher.communicate(timeout=60.0)
    assert launcher.returncode != 0 and "Traceback" in told and "the message of rank 1" in told


@pytest.mark.mpi
@pytest.mark.parametrize(("limit", "code"), [("0.001", 1), ("60", 0)])
def test_a_rank_whose_mpi_does_not_start_in_time_ends(monkeypatch, limit, code):
    """Starting takes 50 ms here; a launcher that has lost a message would let it wait for ever."""
    monkeypatch.setenv("SIMCORE_MPI_START", limit)
    done = subprocess.run(command(2, "-c", "from simcore.engine.ranks import world; world()"), text=True, capture_output=True,
                          timeout=60.0, check=False)
    assert (done.returncode != 0) == code and ("Timeout" in done.stderr) == code


@pytest.mark.parametrize("limit", ["soon", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(monkeypatch, limit):
    monkeypatch.setenv("SIMCORE_MPI_START", limit)
    with pytest.raises(ConfigurationError, match=f"must be a number of seconds > 0, got '{limit}'"):
        world()
