"""numba's cache must never serve old equations, and equations must stay plain Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import simcore
from simcore import _jit
from simcore.models.cells import if_curr_delta

SPIKES_OF_ONE_CELL = """
from simcore.engine.simulation import run_network
from simcore.network import Network
net = Network()
net.population("cell", 1, "IF_curr_delta", {"i_offset": 1.0, "tau_refrac": 2.0})
print(run_network(net, duration=200.0, dt=0.1, seed=1).spikes.step.tolist())
"""


def spikes(package_parent: Path, cache: Path) -> str:
    """Spike steps of one driven cell in a fresh process with this copy of the package and this cache."""
    environment = os.environ | {"PYTHONPATH": str(package_parent), "SIMCORE_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", SPIKES_OF_ONE_CELL], env=environment, cwd=package_parent, text=True,
                          capture_output=True, timeout=120, check=True)
    return done.stdout


def test_an_edited_equation_is_in_force_at_once_and_the_old_one_comes_back(tmp_path):
    """The loop that calls `step` is cached on disk; it must follow an edit of the file that `step` stands in."""
    copy = tmp_path / "simcore"
    shutil.copytree(Path(simcore.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    cell = copy / "models" / "cells" / "if_curr_delta.py"
    original = cell.read_text()
    before = spikes(tmp_path, tmp_path / "cache")
    cell.write_text(original.replace("* P_vv + dv_offset", "* P_vv + 0.9 * dv_offset"))
    assert cell.read_text() != original
    edited = spikes(tmp_path, tmp_path / "cache")
    cell.write_text(original)
    again = spikes(tmp_path, tmp_path / "cache")
    assert edited != before
    assert again == before
    assert len(list((tmp_path / "cache").iterdir())) == 2, "one folder of compiled code a version of the source"


def test_an_equation_outside_the_package_makes_a_new_module(tmp_path, monkeypatch):
    """A user's own cell: the rendered loop is named by the text of its equations too."""
    same = [_jit.rendered_module("unit_test", "x = 1\n", depends).__name__ for depends in ((), ("a",), ("b",), ("a",))]
    assert same[1] == same[3]
    assert len(set(same)) == 3


def test_equations_are_plain_python():
    """Called without numba, `step` gives what its docstring says."""
    constants = if_curr_delta.prepare(0.1, v_rest=0.0, cm=1.0, tau_m=20.0, tau_refrac=2.0, v_thresh=20.0, v_reset=10.0,
                                      i_offset=0.0)
    v, refractory, fired = if_curr_delta.step(19.0, 0.0, 1.5, 0.0, **constants)
    assert (v, refractory, fired) == (10.0, 20.0, True)
    v, refractory, fired = if_curr_delta.step(v, refractory, 100.0, 0.0, **constants)
    assert (v, refractory, fired) == (10.0, 19.0, False), "input during the refractory period is lost"


def test_bits_go_there_and_back():
    for x in (0.0, -0.0, 1.0, -1.5, 5e-324, float("inf")):
        assert np.float64(_jit.float_from_bits(_jit.bits_from_float(x))).tobytes() == np.float64(x).tobytes()
