"""The same bits on another machine: here one whose processor has no AVX and no fused multiply-add.

numba compiles for it, numpy does without the instructions that this processor has beyond it, and the C library takes the
functions that it takes there.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

HERE = Path(__file__).parent
PROGRAMS = {"every connector, source and distribution": (HERE / "networks.py", 60, 60, "everything"),
            "every cell": (HERE.parent / "unit" / "models" / "every_cell.py",),
            "detailed cells": (HERE / "cables.py", 20, "blocks"),
            "detailed and point cells": (HERE / "hybrids.py", 20)}
BEYOND = [f for f in __cpu_dispatch__ if __cpu_features__[f]]


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """The environment of a process on the other machine."""
    return {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "SIMCORE_CACHE": str(tmp_path_factory.mktemp("there")),
            "NPY_DISABLE_CPU_FEATURES": " ".join(BEYOND), "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-FMA,-FMA4"}


def said(program, environment):
    """What a program prints in an environment."""
    done = subprocess.run([sys.executable, *map(str, program)], text=True, capture_output=True, timeout=600, check=False,
                          env=os.environ | environment, cwd=HERE.parents[1])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_run_has_the_same_bits(program, there):
    assert said(program, there) == said(program, {})


def test_numbers_made_before_a_run_have_the_same_bits(there):
    """And the other machine is another one: functions of libraries have other bits there."""
    (ours, libraries), (theirs, libraries_there) = (said([HERE / "prepared.py"], e) for e in ({}, there))
    assert ours == theirs
    if platform.machine() == "x86_64" and BEYOND:
        assert libraries != libraries_there
