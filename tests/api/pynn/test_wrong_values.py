"""A value that is wrong for one pair or cell raises on all ranks, with one message, and nobody waits for ever."""

from pathlib import Path

import pytest

from tests.mpi.launch import mpiexec

PROGRAM = Path(__file__).with_name("wrong_values.py")
SAID = {"gap": "ConfigurationError: an array of weights or delays must have a number for each connection, got NaN",
        "nan": "InvalidWeightError: weights must be finite, got nan",
        "infinite": "InvalidWeightError: weights must be finite, got inf",
        "function": "InvalidWeightError: weights of conductances must be >= 0, got -0.1",
        "delay": "ConfigurationError: a delay must be at least one step (dt = 0.1 ms), got -0.6 ms",
        "set": "InvalidParameterValueError: the matrix has no value for 1 connections",
        "set list": "InvalidWeightError: weights must be finite, got nan",
        "set delays": "ConnectionError: delays must be between min_delay = 0.1 ms and max_delay = 10 ms, got nan ms",
        "cell": "InvalidParameterValueError: v_reset must be < v_thresh = -50 mV, got -40 mV"}


@pytest.mark.mpi
@pytest.mark.parametrize("kind", SAID)
def test_all_ranks_raise_the_same(kind):
    done = mpiexec(3, PROGRAM, kind, timeout=100)
    messages = done.stdout.strip().split("|")
    assert len(messages) == 3 and len(set(messages)) == 1, done.stdout + done.stderr
    assert messages[0].startswith(SAID[kind])


@pytest.mark.mpi
def test_initial_values_of_one_ranks_cells_keep_nobody_waiting():
    """More ranks than such cells: what one rank changes is not waited for by the others."""
    assert mpiexec(3, PROGRAM, "initial", timeout=100).stdout.strip() == "nothing|nothing|nothing"
