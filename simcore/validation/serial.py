"""Objects of validation as JSON and back.

Two forms. For people and other programs (`exact=False`): arrays are lists, quantities are {"value", "units"}, objects
are their class and their state. Exact: everything carries its type under a key with "$", so that `decode` makes an
equal object; arrays keep dtype and bits. Decoding imports the modules that the text names: read only files you trust.
"""

from __future__ import annotations

import base64
import importlib
import math
import types
from collections.abc import Mapping
from pathlib import PurePath

import numpy as np

from simcore.validation.dimension import is_quantity, units_of
from simcore.validation.errors import Error


class Encoder:
    """Turns values into what `json` can write.

    exact: keep types. refs: write an object once and refer to it by number afterwards. props: with the values of
    properties, in the form for people.
    """

    def __init__(self, *, exact: bool = False, refs: bool = False, props: bool = False):
        self.exact, self.refs, self.props = exact, refs or exact, props
        self._seen: dict[int, int] = {}
        self._open: list[object] = []
        self._kept: list[object] = []

    def encode(self, value: object) -> object:
        """The value as None, bool, number, text, list or dict."""
        if value is None or isinstance(value, (bool, str)) or type(value) is int:
            return value
        if isinstance(value, (float, np.generic)):
            return self._number(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._sequence(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        return self._object(value)

    def _number(self, value: float | np.generic) -> object:
        if isinstance(value, np.generic) and self.exact and type(value) is not np.float64:
            return self._array(np.asarray(value))
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, float) and not math.isfinite(value):
            return {"$float": repr(value)} if self.exact else None if math.isnan(value) else repr(value)
        return value if isinstance(value, (bool, int, float, str)) else str(value)

    def _sequence(self, value: list | tuple | set | frozenset) -> object:
        items = [self.encode(item) for item in value]
        if isinstance(value, (set, frozenset)):
            items.sort(key=repr)
        return items if not self.exact or type(value) is list else {f"${type(value).__name__}": items}

    def _mapping(self, value: Mapping) -> object:
        if not self.exact:
            return {key if isinstance(key, str) else str(key): self.encode(item) for key, item in value.items()}
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: self.encode(item) for key, item in value.items()}
        return {"$dict": [[self.encode(key), self.encode(item)] for key, item in value.items()]}

    def _array(self, value: np.ndarray) -> object:
        if not self.exact or value.dtype.hasobject:
            items = self.encode(value.tolist())
            return {"$objects": items, "shape": list(value.shape)} if self.exact else items
        content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"$array": content, "dtype": value.dtype.str, "shape": list(value.shape)}

    def _object(self, value: object) -> object:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if is_quantity(value):
            number = self.encode(np.asarray(value.magnitude) if np.ndim(value.magnitude) else float(value.magnitude))
            return {"$quantity": number, "units": units_of(value)} if self.exact else {
                "value": number, "units": units_of(value)}
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return self._named(value)
        if isinstance(value, PurePath):
            return {"$path": str(value)} if self.exact else str(value)
        if isinstance(value, BaseException) and not hasattr(value, "json_state"):
            return self._exception(value)
        if hasattr(value, "dims") and hasattr(value, "to_dict"):
            return {"$xarray": type(value).__name__, "dict": self.encode(value.to_dict(data="array"))} if self.exact \
                else self.encode(value.to_dict())
        return self._state(value)

    def _named(self, value: type | types.FunctionType) -> object:
        name = f"{value.__module__}:{value.__qualname__}"
        if self.exact and "<" in name:
            raise Error(f"{name} has no name that it could be found by again: give it one at the top of a module")
        return {"$name": name} if self.exact else name.replace(":", ".")

    def _exception(self, value: BaseException) -> object:
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"$error": kind, "message": str(value)} if self.exact else f"{type(value).__name__}: {value}"

    def _state(self, value: object) -> object:
        if id(value) in self._seen and self.refs:
            return {"$ref": self._seen[id(value)]}
        if not self.exact and any(value is other for other in self._open):
            return {"$name": str(getattr(value, "name", value))}
        if not hasattr(value, "json_state"):
            if self.exact:
                raise Error(f"{value!r} cannot be kept as JSON", got=value)
            return repr(value)
        self._seen[id(value)] = len(self._seen)
        self._kept.append(value)            # so that no other object gets its id
        self._open.append(value)
        try:
            state = {key: self.encode(item) for key, item in value.json_state(exact=self.exact).items()}
            if self.exact:
                return {"$object": f"{type(value).__module__}:{type(value).__qualname__}", "state": state}
            return {"_class": self.encode(value.described_class), **state,
                    **({key: self.encode(item) for key, item in value.properties().items()} if self.props else {})}
        finally:
            self._open.pop()


class Decoder:
    """Makes objects of what an exact Encoder wrote."""

    def __init__(self) -> None:
        self._made: list[object] = []

    def decode(self, tree: object) -> object:
        """The value that the tree stands for; Error for one that no Encoder wrote."""
        if isinstance(tree, list):
            return [self.decode(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        mark = next((key for key in tree if key.startswith("$")), None)
        if mark is None:
            return {key: self.decode(item) for key, item in tree.items()}
        try:
            return self._marked(mark, tree[mark], tree)
        except (LookupError, AttributeError, ImportError, ValueError, TypeError) as error:
            raise Error(f"cannot make an object of {mark} {str(tree[mark])[:80]}: {error}", name=mark) from error

    def _marked(self, mark: str, content: object, tree: dict) -> object:
        if mark == "$ref":
            return self._made[content]
        if mark == "$object":
            return self._object(content, tree["state"])
        if mark == "$array":
            flat = np.frombuffer(base64.b64decode(content), np.dtype(tree["dtype"])).reshape(tree["shape"])
            return flat.copy() if tree["shape"] else flat[()]
        if mark == "$objects":
            array = np.empty(tree["shape"], object)
            flat = np.asarray(self.decode(content), object).reshape(-1)
            array.reshape(-1)[:] = flat
            return array
        return _MARKS[mark](self, content, tree)

    def _object(self, name: str, state: dict) -> object:
        cls = find(name)
        made = cls.__new__(cls)
        self._made.append(made)
        made.restore_state({key: self.decode(item) for key, item in state.items()})
        return made


def _quantity(decoder: Decoder, content: object, tree: dict) -> object:
    from simcore.units import registry

    return registry().Quantity(decoder.decode(content), tree["units"])


def _error(_: Decoder, content: str, tree: dict) -> BaseException:
    cls = find(content)
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        raise TypeError(f"{content} is no exception")
    error = cls.__new__(cls, tree["message"])
    error.args = (tree["message"],)
    return error


def _xarray(decoder: Decoder, content: str, tree: dict) -> object:
    import xarray as xr

    return getattr(xr, content).from_dict(decoder.decode(tree["dict"]))


_MARKS = {
    "$float": lambda _, content, __: float(content),
    "$tuple": lambda decoder, content, _: tuple(map(decoder.decode, content)),
    "$set": lambda decoder, content, _: set(map(decoder.decode, content)),
    "$frozenset": lambda decoder, content, _: frozenset(map(decoder.decode, content)),
    "$dict": lambda decoder, content, _: {decoder.decode(key): decoder.decode(item) for key, item in content},
    "$path": lambda _, content, __: PurePath(content),
    "$name": lambda _, content, __: find(content),
    "$quantity": _quantity,
    "$error": _error,
    "$xarray": _xarray,
}


def find(name: str) -> object:
    """The object of a name "module:qualified.name"."""
    module, _, path = name.partition(":")
    found = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found
