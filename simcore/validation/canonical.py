"""Digest of any value, by what it is: the same in every process and on every machine, and no two values alike.

Type and structure count (1, 1.0, True and "1" differ; so do a list and a tuple); the order of keys and of
sets does not. Arrays count with dtype, shape and bytes; classes and functions with their source; objects of SciUnit
with class and state; any other object with its class and its attributes.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import struct
import types
from collections.abc import Mapping
from pathlib import PurePath

import numpy as np

from simcore.validation.dimension import is_quantity, units_of

SIZE = 20       # bytes; 160 bits


def digest(*values: object) -> str:
    """BLAKE2b of the values as 40 hexadecimal digits. TypeError for what has no lasting identity (open files …)."""
    try:
        return hashlib.blake2b(b"".join(map(_bytes, values)), digest_size=SIZE).hexdigest()
    except RecursionError:
        raise TypeError("a value that holds itself has no digest") from None


def _framed(tag: bytes, content: bytes) -> bytes:
    return tag + len(content).to_bytes(8, "little") + content


def _bytes(value: object) -> bytes:
    write = _WRITERS.get(type(value))
    return write(value) if write else _other(value)


def _text(value: str) -> bytes:
    return _framed(b"s", value.encode("utf-8", "surrogatepass"))


def _mapping(value: Mapping) -> bytes:
    return _framed(b"d", b"".join(sorted(_bytes(k) + _bytes(v) for k, v in value.items())))


def _array(value: np.ndarray) -> bytes:
    if value.dtype.hasobject:
        return _framed(b"O", repr(value.shape).encode() + b"".join(map(_bytes, value.ravel().tolist())))
    head = f"{value.dtype.str}{value.dtype.names or ''}{value.shape}".encode()
    content = np.ascontiguousarray(value)
    buffer = content.reshape(-1).view(np.uint8).data if content.size else b""
    return _framed(b"a", head + hashlib.blake2b(buffer, digest_size=SIZE).digest())


_WRITERS = {
    type(None): lambda _: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: lambda value: _framed(b"i", str(value).encode()),
    float: lambda value: b"f" + struct.pack("<d", value),
    complex: lambda value: b"c" + struct.pack("<dd", value.real, value.imag),
    str: _text,
    bytes: lambda value: _framed(b"b", value),
    tuple: lambda value: _framed(b"t", b"".join(map(_bytes, value))),
    list: lambda value: _framed(b"l", b"".join(map(_bytes, value))),
    dict: _mapping,
    set: lambda value: _framed(b"S", b"".join(sorted(map(_bytes, value)))),
    frozenset: lambda value: _framed(b"S", b"".join(sorted(map(_bytes, value)))),
    np.ndarray: _array,
}


def _other(value: object) -> bytes:
    if isinstance(value, np.generic):
        return _array(np.asarray(value))
    if is_quantity(value):
        return _framed(b"q", _bytes(np.asarray(value.magnitude)) + _text(units_of(value)))
    if isinstance(value, (type, types.FunctionType, types.MethodType, functools.partial)):
        return _callable(value)
    if isinstance(value, PurePath):
        return _framed(b"p", _text(str(value)))
    if isinstance(value, Mapping):
        return _framed(b"M", _name(value) + _mapping(value))
    if hasattr(value, "dims") and hasattr(value, "to_dict"):        # xarray: Variable, DataArray, Dataset
        return _framed(b"x", _name(value) + _bytes(value.to_dict(data="array")))
    return _framed(b"o", _name(value) + _bytes(_state(value)))


def _callable(value: object) -> bytes:
    from simcore.validation.sources import source_digest_of

    if isinstance(value, functools.partial):
        return _framed(b"P", _bytes(value.func) + _bytes(value.args) + _bytes(value.keywords))
    if isinstance(value, types.MethodType):
        return _framed(b"m", _bytes(value.__self__) + _callable(value.__func__))
    return _framed(b"C", _text(f"{value.__module__}.{value.__qualname__}") + _text(source_digest_of(value)))


def _name(value: object) -> bytes:
    return _text(f"{type(value).__module__}.{type(value).__qualname__}")


def _state(value: object) -> object:
    """What an object is made of; TypeError if it cannot be told."""
    identity = getattr(type(value), "identity_state", None)
    if identity is not None:
        return value.identity_state()
    if isinstance(value, BaseException):
        return str(value)
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple, set, dict, str, int, float, bytes)):       # subclasses
        base = next(base for base in type(value).__mro__ if base in _WRITERS)
        return base(value)
    if inspect.ismodule(value):
        return value.__name__
    try:
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):    # a global, such as a builtin function: it is its name
            return [getattr(value, "__module__", ""), reduced]
        _, arguments, *rest = reduced
        return [arguments, *(part if index == 0 or part is None else list(part) for index, part in enumerate(rest))]
    except TypeError:                   # what cannot be pickled
        pass
    raise TypeError(f"{value!r} ({type(value).__module__}.{type(value).__qualname__}) has no lasting identity and "
                    "cannot be part of the key of a cache: keep it out of attributes and run parameters, or list its "
                    "name in state_hide")
