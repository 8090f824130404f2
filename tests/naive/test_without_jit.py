"""The same tests once more with everything interpreted: compiled and plain Python both equal the twins, bit for bit."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
IS_OFF = """
from simcore.engine.simulation import Simulation
from simcore.network import Network
net = Network()
net.population("cell", 2, "IF_cond_exp", {"i_offset": 1.0})
simulation = Simulation(net, dt=0.1, seed=1)
simulation.run(1.0)
print(type(simulation.machine.loop.drive).__name__)
"""


def interpreted(*arguments):
    """Run Python with numba's compiler switched off."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=600, check=False)


def test_the_switch_really_leaves_plain_functions():
    assert interpreted("-c", IS_OFF).stdout.strip() == "function"
    compiled = subprocess.run([sys.executable, "-c", IS_OFF], cwd=ROOT, capture_output=True, text=True, check=True,
                              env={k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"})
    assert compiled.stdout.strip() == "CPUDispatcher"


def test_the_analytic_and_naive_tests_pass_without_jit():
    result = interpreted("-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:randomly", "tests/naive", "tests/analytic",
                         f"--ignore={Path(__file__).relative_to(ROOT)}")
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
    assert int(re.search(r"(\d+) passed", result.stdout).group(1)) > 150
