"""Philox4x32-10: a counter-based generator. The same (key, counter) gives the same four words on every machine.

Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC'11. Plain integer arithmetic in
int64 whose lower 32 bits count, so that interpreted and compiled draws agree and loops over it become SIMD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore._jit import equations

if TYPE_CHECKING:
    import numpy as np

_M0, _M1 = 0xD2511F53, 0xCD9E8D57               # multipliers
_W0, _W1 = 0x9E3779B9, 0xBB67AE85               # Weyl increments of the key
_LOW = 0xFFFFFFFF


@equations
def _round(c0, c1, c2, c3, k0, k1):
    p0 = _M0 * c0
    p1 = _M1 * c2
    return ((p1 >> 32) & _LOW) ^ c1 ^ k0, p1 & _LOW, ((p0 >> 32) & _LOW) ^ c3 ^ k1, p0 & _LOW


@equations
def philox(c0, c1, c2, c3, k0, k1):
    """Four words in [0, 2**32), as int64, from four counter words and two key words in [0, 2**32)."""
    c0, c1, c2, c3 = int(c0), int(c1), int(c2), int(c3)         # interpreted: Python's integers, which never overflow
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + _W0) & _LOW, (k1 + _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 2 * _W0) & _LOW, (k1 + 2 * _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 3 * _W0) & _LOW, (k1 + 3 * _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 4 * _W0) & _LOW, (k1 + 4 * _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 5 * _W0) & _LOW, (k1 + 5 * _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 6 * _W0) & _LOW, (k1 + 6 * _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 7 * _W0) & _LOW, (k1 + 7 * _W1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + 8 * _W0) & _LOW, (k1 + 8 * _W1) & _LOW)
    return _round(c0, c1, c2, c3, (k0 + 9 * _W0) & _LOW, (k1 + 9 * _W1) & _LOW)


@equations
def unit(high, low):
    """A float in [0, 1) with 53 random bits, from two words."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) * (1.0 / 9007199254740992.0)


@equations
def open_unit(high, low):
    """A float in (0, 1), symmetric about 1/2, with 52 random bits, from two words."""
    return ((high >> 6) * 67108864.0 + (low >> 6) + 0.5) * (1.0 / 4503599627370496.0)


@equations
def below(word, n):
    """A whole number in [0, n), n <= 2**31, from one word; bias below n / 2**32 (Lemire 2019 without rejection)."""
    return (word * n) >> 32


def philox_blocks(first: int, n: int, others: tuple[int, int, int], key: tuple[int, int]) -> np.ndarray:
    """(n, 4) int64: the words of the n blocks whose first counter words are first, first + 1, … (modulo 2**32).

    others: the other three counter words, the same for all blocks. 25 ns a word, without compiled code.
    """
    import numpy as np

    start = int(first) & _LOW
    c = [(np.arange(n, dtype=np.int64) + start) & _LOW, *(np.full(n, int(word), dtype=np.int64) for word in others)]
    for number in range(10):
        c = _round(*c, (key[0] + number * _W0) & _LOW, (key[1] + number * _W1) & _LOW)
    return np.stack(c, axis=1)
