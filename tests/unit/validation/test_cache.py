"""Caches: any value, nobody can change what is kept, damaged files are no values, one process at a time makes a value."""

import pickle
import threading
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simcore.validation.cache import MISSING, DiskCache, MemoryCache
from simcore.validation.errors import BackendException
from simcore.validation.frozen import read_only

LEAVES = (st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
          | arrays(st.sampled_from(["f8", "i4", "U3", "?"]), st.tuples(st.integers(0, 3), st.integers(0, 3))))
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner, max_size=3),
                      max_leaves=6)
FALSY = [0, 0.0, False, None, [], {}, (), "", b"", np.zeros(0), np.zeros(3), np.float64(0), set()]


@pytest.fixture(params=["memory", "disk"])
def cache(request, tmp_path):
    return MemoryCache() if request.param == "memory" else Adapter(DiskCache(tmp_path))


class Adapter:
    """A DiskCache with the face of a MemoryCache."""

    def __init__(self, disk):
        self.disk, self.get = disk, disk.get

    def __setitem__(self, key, value):
        self.disk.set(key, value)


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b) and a.shape == b.shape
    if isinstance(a, dict):
        return type(a) is type(b) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("value", FALSY, ids=repr)
def test_falsy_results_are_found(cache, value):
    cache["k"] = value
    assert same(cache.get("k", MISSING), value)


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_what_comes_out_is_what_went_in(tmp_path_factory, value):
    for cache in (MemoryCache(), Adapter(DiskCache(tmp_path_factory.mktemp("cache")))):
        cache["k"] = value
        assert same(cache.get("k"), value)


def test_changing_a_result_does_not_change_what_is_kept(cache):
    mine = {"list": [1, {"deep": [2]}], "array": np.arange(3.0), "object": xr.DataArray([1.0])}
    cache["k"] = mine
    mine["list"].append(3)                      # after it was kept
    mine["array"][0] = 7
    found = cache.get("k")
    found["list"][1]["deep"].append(5)          # after it was handed out
    with suppress(ValueError):                  # from disk it cannot be changed at all
        found["object"][0] = 7
    found["new"] = 1
    with pytest.raises(ValueError, match="read-only"):
        found["array"][0] = 9
    again = cache.get("k")
    assert again["list"] == [1, {"deep": [2]}]
    assert again["array"].tolist() == [0, 1, 2]
    assert float(again["object"][0]) == 1
    assert "new" not in again


def test_read_only_views_share_memory():
    array = np.arange(3)
    assert np.shares_memory(read_only({"a": [array]})["a"][0], array)


def test_the_memory_cache_forgets_what_was_used_longest_ago():
    cache = MemoryCache(entries=2)
    cache["a"], cache["b"] = 1, 2
    cache.get("a")
    cache["c"] = 3
    assert [key in cache for key in "abc"] == [True, False, True]


def test_the_memory_cache_keeps_its_size():
    cache = MemoryCache(total_bytes=3000)
    for i in range(10):
        cache[str(i)] = np.zeros(125)           # 1000 bytes
    assert len(cache) == 3
    cache["9"] = np.zeros(125)                  # again: it does not count twice
    assert len(cache) == 3


@pytest.mark.parametrize("damage", [lambda b: b[:10], lambda b: b"", lambda b: b[:-1], lambda b: b + b"x", lambda b: b"X" + b[1:],
                                    lambda b: b[:-50] + bytes([b[-50] ^ 1]) + b[-49:]])
def test_a_damaged_file_is_no_value_and_goes_away(tmp_path, damage):
    cache = DiskCache(tmp_path)
    cache.set("k", {"a": np.arange(1e5)})
    path = cache.path("k")
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("k", MISSING) is MISSING
    assert not path.exists()


def test_what_cannot_be_pickled_is_an_error_on_disk_and_a_copy_in_memory(tmp_path):
    with pytest.raises(BackendException, match="cannot be kept on disk"):
        DiskCache(tmp_path).set("k", lambda: 1)
    cache = MemoryCache()
    cache["k"] = [threading.current_thread, {"f": lambda: 3}]
    assert cache.get("k")[1]["f"]() == 3


def test_keys_of_any_text_are_files_of_their_own(tmp_path):
    cache = DiskCache(tmp_path)
    for key in ("key1", "a/b", "../x", "x" * 500, "ä"):
        cache.set(key, key)
    assert [cache.get(key) for key in ("key1", "a/b", "../x", "x" * 500, "ä")] == ["key1", "a/b", "../x", "x" * 500, "ä"]
    assert len(list(tmp_path.rglob("*.cache"))) == 5
    cache.clear()
    assert cache.get("key1") is None


def test_a_pickled_memory_cache_still_works():
    cache = MemoryCache()
    cache["a"] = [1]
    assert pickle.loads(pickle.dumps(cache)).get("a") == [1]


def test_old_values_stay_readable_while_new_ones_are_written(tmp_path):
    cache = DiskCache(tmp_path)
    cache.set("k", np.arange(1e5))
    old = cache.get("k")
    cache.set("k", np.zeros(100000))
    assert old[-1] == 99999
    assert cache.get("k")[-1] == 0


def _make(folder, n_keys, number):
    """Get each key, making (and counting) what is missing; each value must be whole."""
    cache = DiskCache(folder)
    for i in np.random.default_rng(number).permutation(n_keys):
        key = f"{i:032x}"
        with cache.alone(key):
            if cache.get(key, MISSING) is MISSING:
                Path(folder, f"made-{i}-{number}-{time.monotonic_ns()}").touch()
                time.sleep(0.002)
                cache.set(key, np.full(20_000, i))
        assert (cache.get(key) == i).all()


def test_eight_processes_make_each_value_once(tmp_path):
    processes = [get_context("fork").Process(target=_make, args=(str(tmp_path), 12, number)) for number in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(list(tmp_path.glob("made-*"))) == 12
    assert not list(tmp_path.rglob("*.lock"))


def _die(folder):
    import os

    cache = DiskCache(folder)
    with cache.alone("k"):
        os._exit(1)


def test_a_process_that_dies_leaves_no_lock(tmp_path):
    process = get_context("fork").Process(target=_die, args=(str(tmp_path),))
    process.start()
    process.join()
    with DiskCache(tmp_path).alone("k"):            # would wait for ever
        assert process.exitcode == 1
