"""The zarr 3 format as far as stores use it: array and group documents, chunks of bytes → zstd, content
digests.

Writing one store through zarr-python takes three to four times as long as writing the same documents and
chunks here, and importing it costs each simulation process 0.3 s more (docs/store.md has the measurement); reading
goes through zarr-python and xarray like that of any other store. Source: zarr specification 3.0,
https://zarr-specs.readthedocs.io.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numcodecs import zstd

from simcore.errors import StoreError

LEVEL = 1  # of zstd: 1 compresses membrane potentials as well as 3 in about half the time
TEXT = "string"  # zarr's name of variable-length UTF-8; every other data type is named as numpy names it
_BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
_ZSTD = {"name": "zstd", "configuration": {"level": LEVEL, "checksum": True}}
_TEXT_CODECS = [{"name": "vlen-utf8", "configuration": {}}, _ZSTD]
_NUMBER_CODECS = [_BYTES, _ZSTD]
_KINDS = "biufc"  # bool, signed, unsigned, float, complex


@dataclass(frozen=True)
class ArrayDocument:
    """Metadata of one array: what its `zarr.json` says.

    shards: shape of a shard (a multiple of chunks), or None for one file per chunk. fill stands for missing
    chunks.
    """

    shape: tuple[int, ...]
    dtype: str
    chunks: tuple[int, ...]
    dims: tuple[str, ...]
    attrs: dict = field(default_factory=dict)
    fill: object = None
    shards: tuple[int, ...] | None = None

    def to_json(self) -> dict:
        """The document as the specification wants it."""
        codecs = _TEXT_CODECS if self.dtype == TEXT else _NUMBER_CODECS
        if self.shards:
            inner = {
                "chunk_shape": list(self.chunks),
                "codecs": codecs,
                "index_location": "end",
                "index_codecs": [_BYTES, {"name": "crc32c"}],
            }
            codecs = [{"name": "sharding_indexed", "configuration": inner}]
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": list(self.shape),
            "data_type": self.dtype,
            "chunk_grid": {
                "name": "regular",
                "configuration": {"chunk_shape": list(self.shards or self.chunks)},
            },
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": _fill_json(self.dtype, self.fill),
            "codecs": codecs,
            "attributes": self.attrs,
            "dimension_names": list(self.dims),
            "storage_transformers": [],
        }

    @classmethod
    def from_json(cls, document: Mapping, *, where: str = "") -> ArrayDocument:
        """The inverse, for arrays that this package wrote (unsharded); StoreError for other codecs."""
        if document["codecs"] not in (_NUMBER_CODECS, _TEXT_CODECS):
            raise StoreError(
                f"array is not compressed as stores of this version are: {document['codecs']}", where=where
            )
        chunks = tuple(document["chunk_grid"]["configuration"]["chunk_shape"])
        return cls(
            tuple(document["shape"]),
            document["data_type"],
            chunks,
            tuple(document["dimension_names"]),
            document["attributes"],
            document["fill_value"],
        )

    @property
    def grid(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return tuple(math.ceil(n / c) for n, c in zip(self.shape, self.chunks, strict=True))


def group_json(attrs: Mapping | None = None, members: Mapping[str, Mapping] | None = None) -> dict:
    """Document of a group; members {path: document} are consolidated into it, so that opening reads one
    document.
    """
    document = {"zarr_format": 3, "node_type": "group", "attributes": dict(attrs or {})}
    if members is not None:
        document["consolidated_metadata"] = {
            "kind": "inline",
            "must_understand": False,
            "metadata": dict(members),
        }
    return document


def dumps(document: object, *, where: str = "") -> bytes:
    """Strict JSON as UTF-8 bytes; numpy numbers become plain ones; StoreError for NaN and unknown objects."""
    try:
        return json.dumps(document, allow_nan=False, default=_plain, ensure_ascii=False).encode()
    except (ValueError, TypeError) as error:
        raise StoreError(f"this cannot be kept as JSON: {error}", where=where) from error


def canonical(array: object, *, name: str = "array", where: str = "") -> np.ndarray:
    """The array as it is stored: C-contiguous, little-endian numbers or text; StoreError for other types."""
    array = np.asarray(array)
    if array.dtype.kind in "US" or (array.dtype.kind in "TO" and all(isinstance(text, str) for text in array.flat)):
        return np.array(array.tolist(), str).reshape(array.shape)
    if array.dtype.kind not in _KINDS or array.dtype.itemsize > 16:
        raise StoreError(
            f"{name} must be numbers, booleans or text, got {array.dtype}",
            name=name,
            got=array.dtype,
            where=where,
        )
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def data_type(dtype: np.dtype) -> str:
    """Zarr's name of a numpy data type."""
    return TEXT if dtype.kind == "U" else dtype.name


def encode(chunk: np.ndarray) -> bytes:
    """One chunk as stored bytes (zstd frame with checksum); `chunk` has the full chunk shape."""
    return zstd.compress(
        _packed_text(chunk) if chunk.dtype.kind == "U" else np.ascontiguousarray(chunk), LEVEL, True
    )


def decode(stored: bytes, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """The chunk of `shape` in stored bytes; a damaged chunk raises RuntimeError from its checksum."""
    raw = zstd.decompress(stored)
    if dtype == TEXT:
        return np.array(_unpacked_text(raw)).reshape(shape)
    return np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).reshape(shape)


class Digest:
    """BLAKE2b-256 of an array: its values in C order, then its data type and shape. Compression does not
    matter.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=32)

    def update(self, block: np.ndarray) -> None:
        """Add the next values."""
        self._hash.update(
            b"".join(_sized(block)) if block.dtype.kind == "U" else np.ascontiguousarray(block).data
        )

    def hexdigest(self, dtype: str, shape: Iterable[int]) -> str:
        """The digest, for an array of this type and shape."""
        whole = self._hash.copy()
        whole.update(json.dumps([dtype, list(shape)]).encode())
        return whole.hexdigest()


def digest(array: np.ndarray) -> str:
    """BLAKE2b-256 of data type, shape and values of a canonical array, as hexadecimal text."""
    whole = Digest()
    whole.update(array)
    return whole.hexdigest(data_type(array.dtype), array.shape)


def _plain(value: object) -> object:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} is neither a number nor text, list or mapping")


def _fill_json(dtype: str, fill: object) -> object:
    if dtype == TEXT:
        return ""
    value = np.asarray(0 if fill is None else fill, dtype)[()]
    if dtype.startswith("complex"):
        return [float(value.real), float(value.imag)] if np.isfinite(value) else ["NaN", "NaN"]
    return value.item() if dtype == "bool" or np.isfinite(value) else "NaN"


def _packed_text(texts: np.ndarray) -> bytes:
    """The vlen-utf8 codec: their number, then length and bytes of each; numbers are uint32, little-endian."""
    return texts.size.to_bytes(4, "little") + b"".join(_sized(texts))


def _sized(texts: np.ndarray) -> list[bytes]:
    encoded = (str(text).encode() for text in texts.ravel())
    return [len(text).to_bytes(4, "little") + text for text in encoded]


def _unpacked_text(raw: bytes) -> list[str]:
    texts, at = [], 4
    for _ in range(int.from_bytes(raw[:4], "little")):
        end = at + 4 + int.from_bytes(raw[at : at + 4], "little")
        texts.append(raw[at + 4 : end].decode())
        at = end
    return texts
