"""What tests that also run under mpiexec need: one folder for all ranks, and an end for all when one fails."""

from pathlib import Path

import pytest

from simcore.api import pynn as sim
from simcore.api.pynn import ranks
from simcore.engine.ranks import end_all


@pytest.fixture
def folder(tmp_path):
    """An empty folder, the same on all ranks."""
    comm = ranks.world_communicator()
    return tmp_path if comm is None else Path(comm.bcast(str(tmp_path)))


@pytest.fixture
def world():
    """A new network, dt 0.1 ms; returns the module."""
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=10.0, rng_seed=7)
    return sim


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Under mpiexec a test that fails on one rank leaves the others waiting: end them all, with its message."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and ranks.world_communicator() is not None:
        end_all(f"rank {ranks.world_communicator().rank}: {item.nodeid}\n{report.longreprtext}\n")
