"""Generators with the words that NEURON's have, bit for bit: Random123, MCellRan4 and ACG.

Each has `position` (how many words were drawn), `words(n)` and `doubles(n)`; Random123 and MCellRan4 are functions of a
position, so they can be set to any place; ACG is a recursion.
"""

from __future__ import annotations

import numpy as np

from simcore.errors import InvalidParameterValueError
from simcore.rng.counter import philox_blocks

WORD = 0xFFFFFFFF


def word(value: float | str, name: str) -> int:
    """A whole number in [0, 2**32); InvalidParameterValueError otherwise."""
    if isinstance(value, float | np.floating) and not float(value).is_integer():
        raise InvalidParameterValueError(f"{name} must be a whole number, got {value!r}", name=name, got=value)
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidParameterValueError(f"{name} must be a whole number, got {value!r}", name=name,
                                         got=value) from None
    if not 0 <= number <= WORD:
        raise InvalidParameterValueError(f"{name} must be in [0, 2**32), got {number}", name=name, got=value)
    return number


class Random123:
    """Philox4x32-10 with the counter (sequence, id3, id1, id2) and the key (seed, 0); Salmon et al. (2011), SC'11.

    A block of four words is used in order 0, 1, 2, 3. A double is (word + 1) / (2**32 + 1), strictly within (0, 1).
    """

    words_per_double = 1

    def __init__(self, id1, id2=0, id3=0, *, seed=0):
        self._others = (word(id3, "id3"), word(id1, "id1"), word(id2, "id2"))
        self._key = (word(seed, "seed"), 0)
        self.position = 0

    def words(self, n: int) -> np.ndarray:
        """The next n words, (n,) int64."""
        first, skip = divmod(self.position, 4)
        blocks = philox_blocks(first, -(-(skip + n) // 4), self._others, self._key)
        self.position += n
        return blocks.ravel()[skip:skip + n]

    def doubles(self, n: int) -> np.ndarray:
        """The next n numbers in (0, 1), (n,) float64."""
        return (self.words(n) + 1.0) * (1.0 / 4294967297.0)


class MCellRan4:
    """Two rounds of the pseudo-DES hash of (high, low); high goes up by one each word, and is the position.

    Press et al., Numerical Recipes, `psdes`, cut to two rounds. A double is word / 2**32, which may be 0.
    """

    words_per_double = 1
    _ROUNDS = ((0xBAA96887, 0x4B0F3B58), (0x1E17D32C, 0xE874F0C3))

    def __init__(self, high, low=0):
        self.position, self._low = word(high, "high_i"), word(low, "low_i")

    def words(self, n: int) -> np.ndarray:
        """The next n words, (n,) uint64."""
        right = (np.arange(n, dtype=np.uint64) + np.uint64(self.position)) & np.uint64(WORD)
        left = np.full(n, self._low, dtype=np.uint64)
        for first, second in self._ROUNDS:
            a = right ^ np.uint64(first)
            lo, hi = a & np.uint64(0xFFFF), a >> np.uint64(16)
            b = (lo * lo + ((hi * hi) ^ np.uint64(WORD))) & np.uint64(WORD)
            swapped = (b >> np.uint64(16)) | ((b & np.uint64(0xFFFF)) << np.uint64(16))
            left, right = right, left ^ (((swapped ^ np.uint64(second)) + lo * hi) & np.uint64(WORD))
        self.position = (self.position + n) & WORD
        return right

    def doubles(self, n: int) -> np.ndarray:
        """The next n numbers in [0, 1), (n,) float64."""
        return self.words(n) * 2.0**-32


class ACG:
    """Additive congruential generator with shuffled bytes, as in NEURON up to 8 (NEURON 9 has none).

    A Fibonacci generator over `size` words picks from a table of LCG words and one of 16 orders of bytes. A double takes
    two words: the first is its low 32 bits, 20 bits of the second the high ones. Written from a description, not from
    the text of libg++.
    """

    words_per_double = 2
    # short lag, long lag (the size of the state), size of the shuffle table
    _LAGS = ((3, 7, 16), (4, 9, 32), (3, 10, 32), (1, 11, 32), (1, 15, 64), (3, 17, 128), (7, 18, 128), (3, 20, 128),
             (2, 21, 128), (1, 22, 128), (5, 23, 128), (3, 25, 128), (2, 29, 128), (3, 31, 128), (13, 33, 256),
             (2, 35, 256), (11, 36, 256), (14, 39, 256), (3, 41, 256), (9, 49, 256), (3, 52, 256), (24, 55, 256),
             (7, 57, 256), (19, 58, 256), (38, 89, 512), (17, 95, 512), (6, 97, 512), (11, 98, 512))
    # byte p (most significant first) of a word comes from byte d, p-th digit
    _ORDERS = tuple(tuple(8 * int(d) for d in order) for order in (
        "3210", "2310", "3120", "1230", "3201", "2301", "3102", "2103",
        "3012", "2013", "1032", "1023", "0321", "0213", "0132", "0123"))
    # constants that are mixed into a seed, found from the first words of seeds 0 … 31
    _SEEDS = (3184281573, 1420731485, 3960338521, 3666109307, 3368471375, 894913281, 673581949, 218627519,
              2678779568, 1631441257, 1558370328, 2243553030, 2871290331, 3657609436, 1170607470, 4293172496,
              1915027107, 4184362953, 4236173428, 845998378, 913118133, 397059889, 3951273589, 2004994866,
              1321716013, 2132309281, 754140852, 2903716111, 3097296683, 303451617, 2825197197, 850750687)

    def __init__(self, seed=0, size=55):
        seed, size = word(seed, "seed"), word(size, "size")
        short, n, n_aux = next((lags for lags in self._LAGS if lags[1] >= size), self._LAGS[-1])
        u = self._SEEDS[seed] if seed < 32 else seed ^ self._SEEDS[seed & 31]
        drawn = []
        for _ in range(n + n_aux):
            u = self._congruential(u)
            drawn.append(u)
        self._state, self._aux, self._last = drawn[:n], drawn[n:], u
        self._k = u % n
        self._j = (self._k - (n - short)) % n
        self.position = 0

    @staticmethod
    def _congruential(x: int) -> int:
        return (x * 66049 + 3907864577) & WORD

    def _word(self) -> int:
        state = self._state
        r = state[self._k] = (state[self._k] + state[self._j]) & WORD
        self._j, self._k = (self._j - 1) % len(state), (self._k - 1) % len(state)
        i = (r >> 24) & (len(self._aux) - 1)
        a = self._aux[i]
        self._aux[i] = self._last = self._congruential(self._last)
        s0, s1, s2, s3 = self._ORDERS[(r & 0x3C) >> 2]
        return (a >> s0 & 255) << 24 | (a >> s1 & 255) << 16 | (a >> s2 & 255) << 8 | a >> s3 & 255

    def words(self, n: int) -> np.ndarray:
        """The next n words, (n,) uint64."""
        self.position += n
        return np.array([self._word() for _ in range(n)], dtype=np.uint64)

    def doubles(self, n: int) -> np.ndarray:
        """The next n numbers in [0, 1), (n,) float64."""
        low, high = self.words(2 * n).reshape(n, 2).T
        return ((high & np.uint64(0xFFFFF)) << np.uint64(32) | low) * 2.0**-52
