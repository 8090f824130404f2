"""Results: values by name."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from typing import Any

from simcore.trajectory.constants import MAX_VALUE_LENGTH
from simcore.trajectory.nodes import NNLeafNode
from simcore.trajectory.parameters import UnsupportedValueError
from simcore.trajectory.pickles import allow_pickle, loaded
from simcore.trajectory.values import supported

log = logging.getLogger("simcore.trajectory")


class BaseResult(NNLeafNode):
    """What all results have."""


class Result(BaseResult):
    """Values by name: Result('group.name', 1666, x=3, comment='…').

    The first positional value has the name of the result, the next `name_1`, … Values are attributes: result.x. Raises
    TypeError for a value that cannot be stored without pickle.
    """

    def __init__(self, full_name: str, *args: Any, **kwargs: Any):
        self.__dict__.update(_items={}, _no_data_string=False)
        super().__init__(full_name, kwargs.pop("comment", ""))
        self.f_set(*args, **kwargs)

    @property
    def _data(self) -> dict[str, Any]:
        self._fetch()
        return self._items

    @_data.setter
    def _data(self, data: dict[str, Any]) -> None:
        self._pending, self._items = None, data

    @property
    def v_no_data_string(self) -> bool:
        """Whether f_val_to_str names the values only, for data that is costly to show."""
        return self._no_data_string

    @v_no_data_string.setter
    def v_no_data_string(self, boolean: bool) -> None:
        self._no_data_string = bool(boolean)

    def f_set(self, *args: Any, **kwargs: Any) -> None:
        """Set values: positional ones as name, name_1, …; others by their own names."""
        for i, value in enumerate(args):
            self.f_set_single(self._named(i), value)
        for name, value in kwargs.items():
            self.f_set_single(name, value)

    def f_set_single(self, name: str, item: Any) -> None:
        """Set one value; TypeError if it cannot be stored."""
        if not self._supports(item):
            raise UnsupportedValueError(
                f"result {self._full_name!r} of class {type(self).__name__} cannot hold {name!r} of type "
                f"{type(item).__name__}; use PickleResult, or register a converter",
                name=self._full_name,
                got=item,
            )
        if self._stored:
            log.warning(
                "%s is stored already: the change of %r is lost unless stored with overwrite", self._full_name, name
            )
        self._data[name] = item

    def f_get(self, *args: str | int) -> Any:
        """One value by name or number, several as a list; without a name the only one there is.

        AttributeError if there is none of this name; ValueError if no name is given and there are several.
        """
        data = self._data
        if not args:
            if len(data) > 1:
                raise ValueError(f"result {self._full_name!r} has several values ({', '.join(data)}): say which")
            if not data:
                raise AttributeError(f"result {self._full_name!r} is empty")
            return next(iter(data.values()))
        found = [self._one(self._named(name) if isinstance(name, int) else name) for name in args]
        return found[0] if len(args) == 1 else found

    def _one(self, name: str) -> Any:
        data = self._data
        if name in data:
            return data[name]
        if name == "data" and len(data) == 1:
            return next(iter(data.values()))
        raise AttributeError(f"result {self._full_name!r} has no value {name!r}; it has: {', '.join(data) or 'none'}")

    def f_to_dict(self, copy: bool = True) -> dict[str, Any]:
        """All values by name; copy=False gives the dictionary itself."""
        return dict(self._data) if copy else self._data

    def f_is_empty(self) -> bool:
        """Whether there are no values (in memory)."""
        return self._pending is None and not self._items

    def f_empty(self) -> None:
        """Forget the values in memory."""
        self._data = {}

    def f_supports_fast_access(self) -> bool:
        """Whether there is exactly one value, of the name of the result."""
        self._fetch()
        return len(self._items) == 1 and self._name in self._items

    def f_val_to_str(self) -> str:
        """The values as a short text."""
        if self._pending is not None:
            return ""
        shown = (
            sorted(self._items) if self._no_data_string else [f"{k}={self._items[k]!s}" for k in sorted(self._items)]
        )
        text = ", ".join(shown)
        return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 3] + "..."

    def _named(self, i: int) -> str:
        return f"{self._name}_{i}" if i else self._name

    def _rename(self, full_name: str) -> None:
        old = getattr(self, "_name", None)
        super()._rename(full_name)
        if old and old != self._name and old in self._items:  # positional values follow the name of the result
            self._items = {self._name if k == old else k: v for k, v in self._items.items()}

    def _supports(self, item: Any) -> bool:
        return supported(item)

    def _store(self) -> dict[str, Any]:
        return dict(self._data)

    def _load(self, load_dict: dict[str, Any]) -> None:
        self._pending = None
        self._items.update(load_dict)

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str | int) -> Any:
        return self.f_get(name)

    def __setitem__(self, name: str | int, value: Any) -> None:
        setattr(self, self._named(name) if isinstance(name, int) else name, value)

    def __delitem__(self, name: str | int) -> None:
        del self._data[self._named(name) if isinstance(name, int) else name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.f_get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            self.f_set_single(name, value)

    def __delattr__(self, name: str) -> None:
        if name.startswith("_"):
            object.__delattr__(self, name)
        elif name in self._data:
            del self._data[name]
        else:
            raise AttributeError(f"result {self._full_name!r} has no value {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._items]

    def __getstate__(self) -> dict:
        self._fetch()
        return dict(self.__dict__, _parent=None)

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)


class SparseResult(Result):
    """A result that may hold scipy's sparse matrices. The standard result does as well; the name is pypet's."""


class PickleResult(Result):
    """A result for anything that can be pickled. Only programs that have the classes can read it again."""

    def __init__(self, full_name: str, *args: Any, **kwargs: Any):
        self._protocol = kwargs.pop("protocol", pickle.HIGHEST_PROTOCOL)
        if args or {*kwargs} - {"comment"}:
            allow_pickle()              # it was asked for by name
        super().__init__(full_name, *args, **kwargs)

    @property
    def v_protocol(self) -> int:
        """Version of the pickle protocol."""
        return self._protocol

    @v_protocol.setter
    def v_protocol(self, protocol: int) -> None:
        self._protocol = protocol

    def _supports(self, item: Any) -> bool:
        return True

    def _store(self) -> dict[str, Any]:
        return {name: pickle.dumps(value, self._protocol) for name, value in self._data.items()}

    def _load(self, load_dict: dict[str, Any]) -> None:
        super()._load({name: loaded(value, self.v_full_name) for name, value in load_dict.items()})
