"""Every cell model in one network: the same bits on one rank and on three."""

from pathlib import Path

import numpy as np
import pytest

from simcore.engine.simulation import run_network
from tests.mpi.launch import mpiexec
from tests.mpi.networks import digest
from tests.unit.models.every_cell import CELLS, RECORD, every_cell


@pytest.mark.mpi
def test_three_ranks_give_the_bits_of_one():
    alone = run_network(every_cell(), duration=25.0, dt=0.1, seed=5, record=RECORD)
    fired = {p.name for p in alone.populations
             if np.any((alone.spikes.gid >= p.first_gid) & (alone.spikes.gid < p.first_gid + p.size))}
    assert fired == {"noise", "gamma", *(m.name for m in CELLS)}
    done = mpiexec(3, Path(__file__).with_name("every_cell.py"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3", digest(alone)]
