import json
import zipfile

import pytest

from simcore.errors import StoreError
from simcore.store import reader, zarr3
from simcore.store.archive import ArchiveWriter
from simcore.store.writer import write_run
from tests.unit.store.recordings import make_recording


@pytest.fixture
def store(tmp_path):
    write_run(path := tmp_path / "a.zarr.zip", make_recording(), {"seed": 1}, {"k": "v"})
    return path


def test_attributes_are_read_without_arrays(store):
    attrs = reader.read_attrs(store)
    assert attrs["provenance"] == {"k": "v"} and attrs["dt"] == 0.1 and len(attrs["digests"]) == 8


def test_a_missing_store_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"there is no store .*x\.zarr\.zip"):
        reader.read_attrs(tmp_path / "x.zarr.zip")
    assert not reader.is_whole(tmp_path / "x.zarr.zip")


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99, -1])
def test_a_truncated_store_is_not_whole(store, keep):
    content = store.read_bytes()
    store.write_bytes(content[:int(keep * len(content)) if isinstance(keep, float) else keep])
    assert not reader.is_whole(store)
    with pytest.raises(StoreError, match="not a whole store"):
        reader.open_run(store)


def test_a_store_of_another_layout_is_refused_with_both_versions(tmp_path):
    path = tmp_path / "a.zarr.zip"
    with path.open("wb") as stream, ArchiveWriter(stream) as archive:
        archive.add("zarr.json", zarr3.dumps(zarr3.group_json({"simcore_layout": 99}, {})))
    with pytest.raises(StoreError, match="has layout 99; this version reads layout 1"):
        reader.read_attrs(path)


def test_other_zips_are_refused(tmp_path):
    for name, content in (("other.txt", "x"), ("zarr.json", "no json"), ("zarr.json", json.dumps({"a": 1}))):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as other:
            other.writestr(name, content)
        with pytest.raises(StoreError, match=r"a\.zip"):
            reader.read_attrs(tmp_path / "a.zip")


def test_a_flipped_bit_in_a_chunk_is_noticed(store):
    content = bytearray(store.read_bytes())
    at = content.index(b"traces/exc/v/c/0/0") + 2000
    content[at] ^= 1
    store.write_bytes(content)
    with reader.RunFile(store) as run, pytest.raises(StoreError, match="traces/exc/v is damaged"):
        run.read("traces/exc/v")


def test_an_array_that_is_not_there_is_named(store):
    with reader.RunFile(store) as run, pytest.raises(StoreError, match="no array 'traces/exc/w'"):
        run.read("traces/exc/w")
