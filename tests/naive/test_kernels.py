"""Each kernel against its obvious twin on random input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.inputs import poisson_thresholds
from simcore.kernels import draw, events
from simcore.rng import streams
from tests.naive import draws

KEY = streams.key(7, 2)
LANE = streams.lane(streams.CONNECT, 5)
SEEDS = st.integers(0, 2**31 - 1)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, n_bundles=st.integers(0, 5), step=st.integers(0, 12))
def test_deliver_adds_in_the_order_bundle_delay_gid_position(seed, n_bundles, step):
    """Weights of very different size, so that another order of addition would show in the last bits."""
    rng = np.random.default_rng(seed)
    n_cells, n_receptors, first_step = 6, 2, max(0, step - 5 - int(rng.integers(0, 3)))
    counts = rng.integers(0, 6, 14 - first_step)
    spike_ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    spike_gid = np.concatenate([np.empty(0, int), *(np.sort(rng.integers(0, 20, c)) for c in counts)]).astype(np.int32)
    inbox = rng.normal(size=(n_receptors, n_cells))
    expected = inbox.copy()
    populations = np.array([0, *np.sort(rng.choice(np.arange(1, 20), 3, replace=False)), 20])
    bounds = np.zeros((6, populations.size), dtype=np.int32)
    for s in range(max(first_step, step - 5), step):
        events.bound(s, first_step, spike_gid, spike_ptr, populations, bounds)
    columns = [[] for _ in range(7)]
    all_delays, delay_ptr, indptr, target, weights = [], [0], [], [], []
    for _ in range(n_bundles):
        number = int(rng.integers(4))
        first_gid, last_gid = populations[number:number + 2].tolist()
        delays = np.sort(rng.choice(np.arange(1, 6), rng.integers(1, 4), replace=False)).tolist()
        row, shared, weight = int(rng.integers(n_receptors)), bool(rng.integers(2)), float(rng.normal())
        fans = {(gid, d): sorted(rng.integers(0, n_cells, rng.integers(0, 5)).tolist())
                for gid in range(first_gid, last_gid) for d in delays}
        own = {key: [float(rng.normal() * 10.0 ** rng.integers(-12, 12)) for _ in fan] for key, fan in fans.items()}
        for column, x in zip(columns, (first_gid, number, row, weight, len(indptr), len(target),
                                       events.SHARED if shared else len(weights)), strict=True):
            column.append(x)
        indptr.extend(np.cumsum([0, *map(len, fans.values())]).tolist())
        target.extend(t for fan in fans.values() for t in fan)
        weights.extend([] if shared else [w for ws in own.values() for w in ws])
        all_delays.extend(delays)
        delay_ptr.append(len(all_delays))
        for d in delays:
            s = step - d - first_step
            for gid in spike_gid[spike_ptr[s]:spike_ptr[s + 1]].tolist() if step >= d else ():
                if first_gid <= gid < last_gid:
                    for t, w in zip(fans[gid, d], own[gid, d], strict=True):
                        expected[row, t] += weight if shared else w
    types = (np.int64, np.int64, np.int64, np.float64, np.int64, np.int64, np.int64)
    bundles = (*(np.array(c, dtype=t) for c, t in zip(columns, types, strict=True)), np.array(delay_ptr, np.int64),
                   np.zeros(n_bundles, np.int64),
                   np.array(all_delays, np.int64), np.array(indptr, np.uint32), np.array(target, np.uint16),
                   np.array(weights, np.float64), np.empty(rng.integers(1, 6), np.int64))
    events.deliver(step, inbox, first_step, spike_gid, spike_ptr, bounds, bundles)
    assert inbox.tobytes() == expected.tobytes()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), available=st.integers(1, 60), excluded=st.booleans())
def test_choices_without_repeats_are_those_of_the_twin(data, available, excluded):
    n = data.draw(st.integers(0, available))
    owners = np.array([3, 17, 2**32 - 1, 2**33 + 5], dtype=np.int64)
    size = available + excluded
    skip = np.array(data.draw(st.lists(st.integers(0, size - 1), min_size=4, max_size=4)), dtype=np.int64)
    skip = skip if excluded else np.full(4, -1)
    ptr = np.arange(5, dtype=np.int64) * n
    out = np.empty(4 * n, dtype=np.int64)
    draw.choose_different(ptr, size, owners, skip, LANE, *KEY, np.zeros(size + 1, dtype=np.int64), out)
    for row, owner in enumerate(owners):
        chosen = out[ptr[row]:ptr[row + 1]].tolist()
        assert chosen == draws.different(n, size, int(owner) % 2**32, skip[row], LANE, KEY)


@settings(max_examples=60, deadline=None)
@given(p=st.one_of(st.floats(1e-20, 1.0), st.just(1.0), st.floats(1e-320, 1e-10)), available=st.integers(1, 80),
       excluded=st.booleans())
def test_bernoulli_choices_are_those_of_the_twin(p, available, excluded):
    owners = np.array([3, 17, 40], dtype=np.int64)
    skip = np.array([0, 5, available - 1]) if excluded else np.full(3, -1)
    ptr = np.zeros(4, dtype=np.int64)
    out, row = np.empty(available, dtype=np.int64), 0
    with np.errstate(all="ignore"):             # as the engine calls it: IEEE arithmetic, also interpreted
        while row < 3:
            row = draw.bernoulli(p, available, owners, skip, LANE, *KEY, row, np.empty(7), ptr, out)
            out.resize(out.size + available, refcheck=False)        # room for one row at a time
    for row, owner in enumerate(owners):
        assert out[ptr[row]:ptr[row + 1]].tolist() == draws.bernoulli(p, available, int(owner), skip[row], LANE, KEY)


@pytest.mark.parametrize("mean", [0.0, 0.002, 0.9, 4.0, 60.0])
def test_poisson_counts_are_those_of_the_twin(mean):
    """Steps in any order: the words of a block of four steps are made anew when another block is asked for."""
    gids = np.array([0, 1, 5, 1000, 2**31, 2**32 + 3], dtype=np.int64)
    words, counts = np.empty((4, 6), np.uint32), np.empty(6, np.uint32)
    table, drawn = poisson_thresholds(mean), -1
    for step in (0, 1, 2, 3, 4, 9, 8, 2, 2**34 + 1):
        drawn = events.draw_counts(step, 0, 6, drawn, words, gids, streams.lane(streams.POISSON), *KEY, table, counts)
        block, low = step // 4, 2**32
        expected = []
        for gid in gids.tolist():
            four = draws.philox4((block % low, gid % low, streams.lane(streams.POISSON), block // low), KEY)
            expected.append(int((four[step % 4] >= table).sum()))
        assert counts.tolist() == expected
        if step < 2**34:
            assert expected == [draws.poisson_count(step, gid % low, mean, KEY) for gid in gids.tolist()]


def test_poisson_counts_of_several_blocks_of_sources():
    """More sources than one cache block, and a group that begins in the middle."""
    n = 2 * events.BLOCK + 100
    gids = np.arange(n, dtype=np.int64)
    words, counts = np.empty((4, n), np.uint32), np.full(n, 77, np.uint32)
    table = poisson_thresholds(0.8)
    events.draw_counts(6, 50, n, -1, words, gids, streams.lane(streams.POISSON), *KEY, table, counts)
    some = [50, 51, events.BLOCK, events.BLOCK + 49, events.BLOCK + 50, n - 1]
    assert counts[some].tolist() == [draws.poisson_count(6, k, 0.8, KEY) for k in some]
    assert counts[:50].tolist() == [77] * 50


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, stride=st.integers(1, 3))
def test_collect_writes_every_spike_in_the_order_of_its_gid(seed, stride):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 30, rng.integers(1, 5))
    n_local = int(sizes.sum())
    fired = np.zeros(-(-n_local // 8) * 8, dtype=np.uint8)
    fired[:n_local] = rng.choice([0, 0, 0, 1, 3], n_local)
    lids = np.cumsum([0, *sizes[:-1]])
    order = rng.permutation(sizes.size)                 # populations lie in memory in another order than their gids
    rows, expected, gid = [], [], int(rng.integers(0, 5))
    for k in order:
        rows.append((lids[k], sizes[k], gid))
        for i in range(sizes[k]):
            expected += [gid + i * stride] * int(fired[lids[k] + i])
        gid += int(sizes[k]) * stride
    out = np.full(len(expected) + 5, -1, dtype=np.int32)
    n = events.collect(2, fired, out, np.array(rows, dtype=np.int64), stride)
    assert n == len(expected) + 2
    assert out[2:n].tolist() == expected
    assert out[:2].tolist() == [-1, -1]


def test_array_sources_fire_at_their_steps_and_only_then():
    steps, lids = np.array([3, 3, 3, 5]), np.array([1, 1, 4, 0])
    ptr = np.searchsorted(steps, np.arange(3, 7)).astype(np.int64)
    source = (3, ptr, lids.astype(np.int64), np.zeros(2, dtype=np.int64))
    fired = np.zeros(8, dtype=np.uint8)
    for step in range(9):
        events.array_sources(step, fired, source)
        assert fired.tolist() == [int(((steps == step) & (lids == k)).sum()) for k in range(8)]


def test_sample_copies_what_is_due():
    pool = np.arange(10.0)
    out, rows = np.full(20, -1.0), np.zeros(2, dtype=np.int64)
    traces = (pool, np.array([7, 2, 5]), np.array([0, 2, 3]), np.array([2, 3]), rows, np.array([0, 12]), out)
    expected = [[], []]
    for step in range(7):
        pool += 10.0
        events.sample(step, traces)
        expected[0] += [pool[7], pool[2]] if step % 2 == 0 else []
        expected[1] += [pool[5]] if step % 3 == 0 else []
    assert rows.tolist() == [4, 3]
    assert out[:8].tolist() == expected[0]
    assert out[12:15].tolist() == expected[1]


@settings(max_examples=40, deadline=None)
@given(keys=st.lists(st.integers(0, 9), max_size=60))
def test_counting_sort_is_stable(keys):
    keys = np.array(keys, dtype=np.int64)
    indptr = np.zeros(11, dtype=np.int64)
    draw.count_by(keys, indptr)
    np.cumsum(indptr, out=indptr)
    out = np.empty(keys.size, dtype=np.int64)
    draw.place_by(keys, indptr[:-1].copy(), np.arange(keys.size), out)
    assert out.tolist() == sorted(range(keys.size), key=lambda i: keys[i])


@settings(max_examples=30, deadline=None)
@given(n_all=st.one_of(st.integers(1, 40), st.integers(2**40, 2**52)), data=st.data())
def test_distinct_numbers_are_the_first_different_ones_drawn(n_all, data):
    n = data.draw(st.integers(0, min(n_all, 40)))
    table, out = np.full(1 << (2 * n).bit_length(), -1, dtype=np.int64), np.empty(n, dtype=np.int64)
    draw.choose_distinct(n_all, LANE, *KEY, table, out)
    expected, i = {}, 0
    while len(expected) < n:
        a, b, _, _ = draws.words(i, 0, LANE, KEY)
        expected[int(draws.unit(a, b) * n_all)] = True
        i += 1
    assert out.tolist() == list(expected)
