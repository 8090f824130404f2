"""Philox4x32-10 and Philox4x64-10 as the paper describes them, on Python's unlimited integers, without numpy.

Salmon, Moraes, Dror & Shaw (2011), SC'11, section 5.2. The 64-bit sibling is here because numpy has it: a twin
that agrees with numpy's 64-bit generator and with the published vectors of the 32-bit one has the right structure.
"""

MULTIPLIERS = {32: (0xD2511F53, 0xCD9E8D57), 64: (0xD2E7470EE14C6C93, 0xCA5A826395121157)}
WEYL = {32: (0x9E3779B9, 0xBB67AE85), 64: (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)}


def philox4(counter, key, width=32, rounds=10):
    """Four words of `width` bits from a counter of four words and a key of two."""
    mask = (1 << width) - 1
    x = [int(word) for word in counter]
    k = [int(word) for word in key]
    for number in range(rounds):
        if number > 0:
            k = [(k[0] + WEYL[width][0]) & mask, (k[1] + WEYL[width][1]) & mask]
        product0 = MULTIPLIERS[width][0] * x[0]
        product1 = MULTIPLIERS[width][1] * x[2]
        high0, low0 = product0 >> width, product0 & mask
        high1, low1 = product1 >> width, product1 & mask
        x = [high1 ^ x[1] ^ k[0], low1, high0 ^ x[3] ^ k[1], low0]
    return tuple(x)
