"""Spikes of all ranks become one list, ordered by (step, gid)."""

import numpy as np
import pytest

from simcore.kernels.exchange import merge, merge_runs


@pytest.mark.parametrize("n_runs", [0, 1, 2, 3, 7, 64, 1000])
def test_runs_are_merged_into_one(n_runs):
    random = np.random.default_rng(n_runs)
    runs = [np.sort(random.integers(0, 50, random.integers(1, 9))).astype(np.int32) for _ in range(n_runs)]
    values = np.concatenate([np.empty(0, np.int32), *runs])
    expected = np.sort(values)
    merge_runs(values, np.empty_like(values), np.cumsum([r.size for r in runs], dtype=np.int64), n_runs)
    assert (values == expected).all()


@pytest.mark.parametrize(("n_ranks", "inline"), [(1, 4), (2, 0), (3, 2), (65, 1)])
def test_spikes_of_ranks_are_ordered_by_step_and_gid(n_ranks, inline):
    """Also where a part of them comes with a second call, and behind spikes that are there already."""
    random = np.random.default_rng(n_ranks)
    n_steps, room = 4, 5
    spikes = [[np.sort(random.choice(40, random.integers(0, 4), replace=False)) * n_ranks + r for _ in range(n_steps)]
              for r in range(n_ranks)]
    gids = [np.concatenate(of) for of in spikes]
    blocks = np.zeros((n_ranks, room + inline), dtype=np.int32)
    rest = np.zeros((n_ranks, max(g.size for g in gids)), dtype=np.int32)
    for r in range(n_ranks):
        blocks[r, :n_steps] = [x.size for x in spikes[r]]
        blocks[r, room:room + min(inline, gids[r].size)] = gids[r][:inline]
        rest[r, :max(0, gids[r].size - inline)] = gids[r][inline:]
    n = sum(g.size for g in gids)
    heard, ptr = np.full(n + 2, -1, dtype=np.int32), np.array([0, 2, 0, 0, 0, 0], dtype=np.int64)
    work = np.empty(n_ranks, dtype=np.int64), np.empty(n_ranks, dtype=np.int64), np.empty(n, dtype=np.int32)
    merge(blocks, rest, n_steps, room, 1, heard, ptr, work)
    expected = [np.sort(np.concatenate([spikes[r][s] for r in range(n_ranks)])) for s in range(n_steps)]
    assert (heard == np.concatenate([[-1, -1], *expected])).all()
    assert (np.diff(ptr[1:]) == [x.size for x in expected]).all()
