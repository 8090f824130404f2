"""Any value as a form and arrays, and back again with type, bits and labels.

A form is a short text that says what to make of the parts; a part is a numpy array of numbers or a text. Numbers,
text and arrays are one part each, so that they become plain arrays in a store that any tool reads. Tables, labelled
arrays, quantities and sparse matrices (`converters.py`) have several. Dictionaries, mixed lists and None become JSON.
Nothing is ever pickled, except by PickleParameter and PickleResult, which are chosen by name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Part = np.ndarray | str
Parts = dict[str, Part]  # by suffix; "" is the main one
TEXT = "text"  # in the place of a data type
_EXACT = {bool: "bool", int: "int", float: "float", complex: "complex"}
_OF_FORM = {"bool": bool, "int": int, "float": float, "complex": complex}
_DTYPE = {bool: np.bool_, int: np.int64, float: np.float64, complex: np.complex128}
_NUMBERS = frozenset("?bBhHiIlLqQefdFD")  # dtype.char; dtype.name takes 8 µs. Not long double: no other machine has it
_CONVERTERS: dict[str, tuple[Callable, Callable]] = {}
_OF_CLASS: dict[str, str] = {}  # "module.Class" → name of converter


def register_converter(
    cls: type | str, name: str, encode: Callable[[Any], tuple[Any, Parts]], decode: Callable[[Any, Parts], Any]
) -> None:
    """Make a class storable: encode(value) → (JSON-able description, parts), decode of these → value.

    cls: the class, or its `module.name` if it should not be imported for that. The name is what stores remember.
    """
    _OF_CLASS[cls if isinstance(cls, str) else f"{cls.__module__}.{cls.__qualname__}"] = name
    _CONVERTERS[name] = encode, decode


def encode(value: Any) -> tuple[str, Parts]:
    """Form and parts of a value. Raises TypeError, naming the cure, for a type that has no converter."""
    kind = type(value)
    if kind in _EXACT and (kind is not int or -(2**63) <= value < 2**63):
        return _EXACT[kind], {"": np.asarray(value, _DTYPE[kind])}
    if kind is np.ndarray and value.dtype.char in _NUMBERS:
        return "array", {"": _little(value)}
    if kind is str:
        return "str", {"": value}
    if isinstance(value, np.generic) and value.dtype.char in _NUMBERS:
        return "scalar", {"": _little(np.asarray(value))}
    if kind in (list, tuple) and (inner := _one_kind(value)) is not None:
        return f"{kind.__name__}:{_EXACT[inner]}", {"": np.array(value, _DTYPE[inner])}
    if kind is bytes:
        return "bytes", {"": np.frombuffer(value, np.uint8)}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "mM" and kind is not np.matrix:
        scalar = "s" if isinstance(value, np.generic) else ""
        return f"time{scalar}:{value.dtype.str}", {"": np.array(value).view(np.int64)}
    if kind is np.str_:
        return "npstr", {"": str(value)}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind not in "OUST" + "biufc" * (kind is np.matrix):
        raise TypeError(
            f"arrays of {value.dtype} cannot be stored: convert to 64-bit numbers, or store each field as an array"
        )
    converted = _converted(value)
    return converted if converted else ("json", {"": json.dumps(to_json(value))})


def decode(form: str, parts: Mapping[str, Part]) -> object:
    """The value of a form and its parts."""
    main: Any = parts.get("")
    if form in _OF_FORM:
        return main.item()
    if form == "array":
        return main
    if form == "str":
        return main
    if form == "scalar":
        return main[()]
    kind, _, rest = form.partition(":")
    if kind in ("list", "tuple"):
        return main.tolist() if kind == "list" else tuple(main.tolist())
    if form == "bytes":
        return main.tobytes()
    if kind in ("time", "times"):
        return main.view(rest)[() if kind == "times" else ...]
    if form == "npstr":
        return np.str_(main)
    if form == "json":
        return from_json(json.loads(main))
    if kind not in _CONVERTERS:
        import simcore.trajectory.converters  # noqa: F401 - fills the table; heavy packages only when met
    if kind not in _CONVERTERS:
        raise TypeError(f"a stored value has the form {kind!r}: register its converter first (register_converter)")
    return _CONVERTERS[kind][1](json.loads(rest) if rest else None, dict(parts))


def supported(value: object) -> bool:
    """Whether the value can be stored without pickle."""
    kind = type(value)
    if kind in _EXACT or (kind is np.ndarray and value.dtype.char in _NUMBERS):  # type: ignore[attr-defined]
        return True  # nearly always, at a tenth of the cost
    try:
        encode(value)
    except (TypeError, ValueError):
        return False
    return True


def to_json(value: Any) -> object:
    """The value as JSON; what JSON does not have becomes a list that begins with a tag, such as ["tuple", …]."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if np.isfinite(value) else ["float", repr(value)]
    if kind is complex:
        return ["complex", repr(value)]
    if kind in (list, tuple, set, frozenset):
        items = [to_json(v) for v in (sorted(value, key=repr) if kind in (set, frozenset) else value)]
        return [kind.__name__, *items]
    if kind is dict:
        if all(type(key) is str for key in value):
            return {key: to_json(v) for key, v in value.items()}
        return ["dict", *([to_json(key), to_json(v)] for key, v in value.items())]
    if kind is np.ndarray and value.dtype.kind in "OUST":
        dtype = "O" if value.dtype.kind in "OT" else value.dtype.str
        return ["objects", list(value.shape), dtype, *(to_json(v) for v in value.ravel().tolist())]
    form, parts = ("json", {}) if not isinstance(value, (np.ndarray, np.generic, bytes)) else encode(value)
    if not parts:
        converted = None if isinstance(value, (np.ndarray, np.generic)) else _converted(value)
        if converted is None:
            raise TypeError(
                f"values of type {kind.__module__}.{kind.__qualname__} cannot be stored: convert it to numbers, text, "
                "arrays or tables, register a converter (simcore.trajectory.register_converter), or ask for pickle by "
                "name (PickleParameter, PickleResult)"
            )
        form, parts = converted
    return ["value", form, {suffix: part_to_json(part) for suffix, part in parts.items()}]


def from_json(value: object) -> Any:
    """The inverse of to_json."""
    if isinstance(value, dict):
        return {key: from_json(v) for key, v in value.items()}
    if not isinstance(value, list):
        return value
    tag, *rest = value
    if tag in ("list", "tuple", "set", "frozenset"):
        return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[tag](map(from_json, rest))
    if tag == "dict":
        return {from_json(key): from_json(v) for key, v in rest}
    if tag in ("float", "complex"):
        return {"float": float, "complex": complex}[tag](rest[0])
    if tag == "objects":
        objects = np.empty(len(rest) - 2, object)
        for i, v in enumerate(rest[2:]):
            objects[i] = from_json(v)
        return objects.reshape(rest[0]).astype(rest[1])
    return decode(rest[0], {suffix: part_from_json(part) for suffix, part in rest[1].items()})


def part_to_json(part: Any) -> object:
    """A part as JSON: plain for text and finite numbers, else data type, shape and base64 of the bytes."""
    if isinstance(part, str):
        return part
    if part.shape == () and part.dtype.str in ("<i8", "<f8", "|b1") and np.isfinite(part):
        return part.item()
    return {"dtype": part.dtype.str, "shape": list(part.shape), "base64": base64.b64encode(part.tobytes()).decode()}


def part_from_json(part: object) -> Part:
    """The inverse of part_to_json."""
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        return np.frombuffer(base64.b64decode(part["base64"]), part["dtype"]).reshape(part["shape"]).copy()
    return np.asarray(part, _DTYPE[type(part)])


def fingerprint(value: object) -> bytes:
    """Bytes that are equal for equal values of equal type: what duplicates of points are found by."""
    form, parts = encode(value)
    pieces = [form.encode()]
    for suffix, part in parts.items():
        head = TEXT if isinstance(part, str) else f"{part.dtype.str}{part.shape}"
        pieces += [suffix.encode(), head.encode(), part.encode() if isinstance(part, str) else part.tobytes()]
    return b"\0".join(pieces)


def _one_kind(values: list | tuple) -> type | None:
    """The plain type of number that all values have; None if they differ or do not fit."""
    kind = type(values[0]) if values else None
    if kind not in _EXACT or any(type(v) is not kind for v in values):
        return None
    return None if kind is int and not all(-(2**63) <= v < 2**63 for v in values) else kind


def _converted(value: object) -> tuple[str, Parts] | None:
    """Form and parts by a registered converter of the class or one above it; None if there is none."""
    for cls in type(value).__mro__[:-1]:
        name = _OF_CLASS.get(f"{cls.__module__}.{cls.__qualname__}")
        if name is None and cls.__module__.partition(".")[0] in ("pandas", "xarray", "pint", "scipy", "numpy"):
            import simcore.trajectory.converters  # noqa: F401 - fills the table; heavy packages only when met

            name = _OF_CLASS.get(f"{cls.__module__}.{cls.__qualname__}")
        if name is not None:
            about, parts = _CONVERTERS[name][0](value)
            return (f"{name}:{json.dumps(about)}" if about is not None else name), parts
    return None


def _little(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")
