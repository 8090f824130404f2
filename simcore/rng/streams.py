"""Which key and which counter a draw uses: (seed, trial) is the key; purpose, owner and index are the counter.

    key     = blake2b(seed, trial), 64 bits
    counter = (index, owner, purpose | number << 8, index >> 32)

owner is a gid (or any other id that does not depend on the partition), number tells apart several things of one
purpose (projections, state variables). Two draws with different coordinates are independent.
"""

from __future__ import annotations

import hashlib

POISSON = 1             # spikes of SpikeSourcePoisson: owner = gid, index = step
CONNECT = 2             # which pairs a connector makes: owner = post gid (or pre gid), number = projection
WEIGHT = 3              # weights of connections: owner = post gid, number = projection
DELAY = 4
INITIAL = 5             # initial values: owner = gid, number = state variable
PARAMETER = 6           # parameters that differ among cells: owner = gid, number = parameter
NOISE = 7               # noisy currents: owner = source, index = step
COUNT = 8               # how many partners a cell gets: owner = its gid, number = projection
RENEWAL = 9             # intervals of SpikeSourceInhGamma: owner = gid, index = number of the interval


def key(seed: int, trial: int = 0) -> tuple[int, int]:
    """The two 32-bit words of the generator's key."""
    return _halves(hashlib.blake2b(f"{int(seed)}/{int(trial)}".encode(), digest_size=8))


def lane(purpose: int, number: int = 0) -> int:
    """The counter word that tells purposes and their numbers apart; number < 2**24."""
    if not 0 <= number < 1 << 24:
        raise OverflowError(f"at most {1 << 24} projections can draw random numbers, got number {number}")
    return purpose | number << 8


def branch(key: tuple[int, int], label: object) -> tuple[int, int]:
    """A further key of a simulation, for draws that have a seed or a name of their own."""
    return _halves(hashlib.blake2b(f"{key[0]}/{key[1]}/{label}".encode(), digest_size=8, person=b"branch"))


def _halves(digest: hashlib.blake2b) -> tuple[int, int]:
    words = digest.digest()
    return int.from_bytes(words[:4], "little"), int.from_bytes(words[4:], "little")
