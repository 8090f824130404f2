"""Recordings that went to files are the same for any number of ranks, and the same as those in memory."""

import os
from pathlib import Path

import pytest

from tests.mpi import spilled
from tests.mpi.launch import mpiexec

pytestmark = pytest.mark.mpi


@pytest.mark.parametrize("n_ranks", [2, 3])
def test_spilled_recordings_of_several_ranks_are_those_of_one_in_memory(tmp_path, n_ranks):
    (tmp_path / "held").mkdir()
    held = spilled.run(tmp_path / "held", 1 << 30, None)
    assert held[0] is False
    done = mpiexec(n_ranks, Path(spilled.__file__), tmp_path, 1000)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", *held[1:]]
    assert os.listdir(tmp_path / "spill") == []
