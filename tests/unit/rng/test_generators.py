"""Words of generators against naive twins, at any place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simcore.rng.generators import ACG, MCellRan4, Random123
from tests.naive.philox import philox4

word = st.integers(0, 2**32 - 1)


@given(id1=word, id2=word, id3=word, seed=word, place=st.integers(0, 2**34), n=st.integers(0, 9))
def test_words_of_random123_are_philox_blocks_in_order(id1, id2, id3, seed, place, n):
    generator = Random123(id1, id2, id3, seed=seed)
    generator.position = place
    blocks = range(place // 4, (place + n) // 4 + 1)
    expected = [w for b in blocks for w in philox4((b % 2**32, id3, id1, id2), (seed, 0))][place % 4:][:n]
    assert generator.words(n).tolist() == expected and generator.position == place + n


@given(high=word, low=word, n=st.integers(1, 9))
def test_mcellran4_goes_from_high_to_high(high, low, n):
    several, single = MCellRan4(high, low), [MCellRan4((high + k) % 2**32, low) for k in range(n)]
    assert several.words(n).tolist() == [int(one.words(1)[0]) for one in single]


def test_acg_words_do_not_depend_on_how_many_are_drawn_at_once():
    whole, parts = ACG(5, 20), ACG(5, 20)
    assert whole.words(100).tolist() == np.concatenate([parts.words(n) for n in (1, 0, 60, 39)]).tolist()


def test_doubles_are_strictly_within_the_unit_interval_for_random123():
    u = Random123(1, 2, 3).doubles(100000)
    assert u.min() > 0 and u.max() < 1 and abs(u.mean() - 0.5) < 0.005
