"""exp and log of whole arrays with the same bits on every machine."""

from __future__ import annotations

from simcore import _math
from simcore._jit import kernel


@kernel
def fill_exp(x, out):
    """out[i] = e**x[i]."""
    for i in range(x.size):
        out[i] = _math.exp(x[i])


@kernel
def fill_log(x, out):
    """out[i] = the natural logarithm of x[i]."""
    for i in range(x.size):
        out[i] = _math.log(x[i])
