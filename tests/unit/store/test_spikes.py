"""Spikes sorted by cell, then time, in memory and through a file."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.recording import SpikeRecord
from simcore.errors import StoreError
from simcore.store import spikes


def naive(record):
    """Ticks of each cell as they came, cell after cell."""
    return [int(s) + 1 for cell in record.cells for s, g in zip(record.step, record.gid, strict=True) if g == cell]


@settings(max_examples=80, deadline=None)
@given(n_spikes=st.integers(0, 200), at_once=st.sampled_from([1, 2, 7, 50, 10_000]), n_cells=st.integers(1, 12),
       gaps=st.booleans(), favourite=st.booleans(), seed=st.integers(0, 99))
def test_any_number_at_once_gives_the_same_order(tmp_path_factory, n_spikes, at_once, n_cells, gaps, favourite, seed):
    """Also where one cell alone has more than are sorted at once."""
    rng = np.random.default_rng(seed)
    cells = (np.arange(n_cells) * (3 if gaps else 1) + 5).astype(np.int32)
    gid = rng.choice(cells, n_spikes)
    gid[rng.random(n_spikes) < (0.7 if favourite else 0.0)] = cells[-1]
    record = SpikeRecord(np.sort(rng.integers(0, 40, n_spikes)), gid.astype(np.int32), cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spikes, "SORTED_AT_ONCE", at_once)
        counts, ticks = spikes.ticks_by_cell(record, tmp_path_factory.getbasetemp())
        found = list(ticks)
    assert counts.tolist() == [int((gid == c).sum()) for c in cells]
    assert [int(t) for block in found for t in block] == naive(record)
    assert max(map(len, found), default=0) <= max(2 * at_once, n_spikes if n_spikes <= at_once else 0)


@pytest.mark.parametrize(("step", "gid", "cells", "message"), [
    ([2**31], [1], [1], "spike times must be 1 … 2147483647 steps of dt, got 1 … 2147483649"),
    ([-1], [1], [1], "got 0 … 1"),
    ([1], [7], [1, 2], r"not recorded: gid \[7\]"),
    ([1], [7], [], r"not recorded: gid \[7\]")])
@pytest.mark.parametrize("at_once", [0, 10])
def test_spikes_that_no_store_can_have_are_refused(monkeypatch, tmp_path, step, gid, cells, message, at_once):
    monkeypatch.setattr(spikes, "SORTED_AT_ONCE", max(1, at_once))
    record = SpikeRecord(np.array(step * 3), np.array(gid * 3, np.int32), np.array(cells, np.int32))
    with pytest.raises(StoreError, match=message):
        spikes.ticks_by_cell(record, tmp_path)


SORTED = """if True:
    import sys
    from pathlib import Path
    import numpy as np
    from simcore.engine.recording import SpikeRecord
    from simcore.engine.spill import Rows, Spill, spilling
    from simcore.store import spikes
    folder, n, at_once = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with spilling(folder, 1 << 20):
        spill = Spill()
    steps, gids = Rows(np.int64, (), spill), Rows(np.int32, (), spill)
    for i in range(n // 100_000):
        steps.append(np.arange(i * 100_000, (i + 1) * 100_000))
        gids.append((np.arange(100_000) * 7919 % 1000).astype(np.int32))
    def peak():
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
    before = peak()
    spikes.SORTED_AT_ONCE = at_once
    counts, ticks = spikes.ticks_by_cell(SpikeRecord(steps.array(), gids.array(), np.arange(1000, dtype=np.int32)), folder)
    assert sum(len(t) for t in ticks) == n == counts.sum()
    print(peak() - before)
"""


def test_memory_does_not_grow_with_the_number_of_spikes(tmp_path):
    """Six million spikes from files, 72 MB, that take 200 MB to sort at once: less than 40 MB."""
    def growth(at_once):
        return float(subprocess.run([sys.executable, "-c", SORTED, tmp_path, "6000000", str(at_once)], text=True,
                                    capture_output=True, check=True).stdout)

    assert growth(300_000) < 40 and growth(10_000_000) > 100
    assert list(tmp_path.iterdir()) == []
