"""What a new process pays before its first step."""

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from simcore.kernels.draw import count_by

counts = np.zeros(3, dtype=np.int64)
count_by(np.array([0, 1, 1]), counts)
assert counts.tolist() == [0, 1, 2]
print(*sorted({"scipy.linalg", "xarray", "dask", "pint", "pydantic", "zarr"} & sys.modules.keys()))

import numba
square = numba.njit(lambda x: x @ x)
assert (square(2.0 * np.eye(2)) == 4.0 * np.eye(2)).all()
"""


def test_compiled_code_runs_without_libraries_that_it_does_not_use():
    """scipy.linalg only comes where numba multiplies matrices, which still works."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
