"""Parameters: a value, and when explored a range of values of which one is current."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from simcore.errors import InvalidParameterValueError
from simcore.trajectory.constants import MAX_VALUE_LENGTH
from simcore.trajectory.errors import ParameterLockedException
from simcore.trajectory.nodes import NNLeafNode
from simcore.trajectory.values import fingerprint, supported


class UnsupportedValueError(InvalidParameterValueError, TypeError):
    """A value whose type the parameter does not take."""


class BaseParameter(NNLeafNode):
    """What all parameters have: a lock, and whether they are explored."""

    _is_parameter = True

    def __init__(self, full_name: str, comment: str = ""):
        self._locked = False
        self._full_copy = False
        self._explored = False
        super().__init__(full_name, comment)

    @property
    def v_locked(self) -> bool:
        """Whether the value cannot be changed. Reading a parameter locks it."""
        return self._locked

    @property
    def v_explored(self) -> bool:
        """Whether there is a range of values, also if this copy does not have it."""
        return self._explored

    @property
    def v_full_copy(self) -> bool:
        """Whether pickling keeps the range, not only the current value."""
        return self._full_copy

    @v_full_copy.setter
    def v_full_copy(self, val: bool) -> None:
        self._full_copy = bool(val)

    def f_lock(self) -> None:
        """Refuse changes from now on."""
        self._locked = True

    def f_unlock(self) -> None:
        """Allow changes again. At your own risk: runs may have been made with the old value."""
        self._locked = False

    def f_supports_fast_access(self) -> bool:
        """Parameters support fast access."""
        return True

    def _refuse_if_locked(self) -> None:
        if self._locked:
            raise ParameterLockedException(
                f"parameter {self._full_name!r} is locked, since it has been read or runs depend on it; "
                "f_unlock() allows to change it",
                name=self._full_name,
            )


class Parameter(BaseParameter):
    """The standard parameter: any value that can be stored without pickle (see values.py).

    Parameter('group.name', data=42, comment='…'). Reading the value (f_get) locks the parameter.
    """

    def __init__(self, full_name: str, data: Any = None, comment: str = ""):
        self._value: Any = None
        self._default: Any = None
        self._range: list = []
        self._strict = True
        super().__init__(full_name, comment)
        if data is not None:
            self.f_set(data)

    def f_supports(self, data: Any) -> bool:
        """Whether the value is of a type that this parameter takes."""
        return data is not None and supported(data)

    def f_set(self, data: Any) -> None:
        """Set the value. ParameterLockedException if locked or explored, TypeError for a type that is not taken."""
        self._refuse_if_locked()
        if self._explored:
            raise ParameterLockedException(
                f"parameter {self._full_name!r} is explored: change its range with f_expand, "
                "or remove it with f_shrink",
                name=self._full_name,
            )
        self._checked(data)
        self._value = self._default = self._convert(data)

    def f_get(self) -> Any:
        """The current value; locks the parameter. TypeError if it is empty."""
        self._fetch()
        if self.f_is_empty():
            raise TypeError(f"parameter {self._full_name!r} is empty: it has no value, or it has not been loaded yet")
        self._locked = True
        return self._value

    def f_get_default(self) -> Any:
        """The value outside of runs; locks the parameter."""
        self.f_get()
        return self._default

    def f_has_range(self) -> bool:
        """Whether the range of values is here."""
        self._fetch()
        return bool(self._range)

    f_is_array = f_has_range

    def f_get_range(self, copy: bool = True) -> list:
        """Values of all runs as a list; TypeError if the parameter is not explored."""
        self._fetch()
        if not self._range:
            raise TypeError(
                f"parameter {self._full_name!r} has no range: it is not explored"
                if not self._explored
                else f"the range of {self._full_name!r} is not here: it stays with "
                "the trajectory unless v_full_copy is set"
            )
        self._locked = True
        return list(self._range) if copy else self._range

    f_get_array = f_get_range

    def f_is_empty(self) -> bool:
        """Whether there is no value."""
        return self._pending is None and self._default is None

    def f_empty(self) -> None:
        """Forget value and range in memory. ParameterLockedException if locked."""
        self._refuse_if_locked()
        self._forget()

    def _forget(self) -> None:
        self._pending, self._value, self._default = None, None, None
        self._range, self._explored = [], False

    def f_val_to_str(self) -> str:
        """The value as a short text."""
        if self._pending is not None or self._default is None:
            return ""
        text = str(self._value) + (f", range of {len(self._range)}" if self._range else "")
        return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 3] + "..."

    @property
    def data(self) -> Any:
        """The current value, as f_get."""
        return self.f_get()

    @data.setter
    def data(self, value: Any) -> None:
        self.f_set(value)

    @property
    def default(self) -> Any:
        """The value outside of runs, as f_get_default."""
        return self.f_get_default()

    def __len__(self) -> int:
        """Number of values in the range; 1 if not explored, 0 if empty."""
        self._fetch()
        return len(self._range) or int(not self.f_is_empty())

    def __iter__(self) -> Iterator:
        return iter(self.f_get_range(copy=False))

    def __getitem__(self, key: int | str) -> Any:
        if key in ("data", "default"):
            return getattr(self, str(key))
        if not isinstance(key, int):
            raise KeyError(f"a parameter has `data` and, by number, the values of its range; not {key!r}")
        return self.f_get_range(copy=False)[key]

    def __getstate__(self) -> dict:
        """What goes to another process: without the range unless v_full_copy is set."""
        self._fetch()
        state = dict(self.__dict__, _parent=None)
        if self._explored and not self._full_copy:
            state["_range"] = []
        return state

    # --- what the trajectory calls -----------------------------------------------------------------------------

    def _explore(self, values: Iterable) -> None:
        """Take a range of values; TypeError if their type is not that of the value."""
        self._refuse_if_locked()
        self._range = self._checked_range(values)
        self._explored = True

    def _expand(self, values: Iterable) -> None:
        """Add values to the range."""
        self._refuse_if_locked()
        self._range = self._range + self._checked_range(values)

    def _shrink(self) -> None:
        """Remove the range."""
        self._refuse_if_locked()
        self._range, self._explored, self._value = [], False, self._default

    def _set_parameter_access(self, idx: int) -> None:
        if self._range:
            self._value = self._range[idx]

    def _restore_default(self) -> None:
        self._value = self._default

    def _store(self) -> dict[str, Any]:
        return {} if self._default is None else {"data": self._default}

    def _load(self, load_dict: dict[str, Any]) -> None:
        if "data" in load_dict:
            self._value = self._default = load_dict["data"]

    def _convert(self, value: Any) -> Any:
        """A private copy of what could be changed from outside."""
        return value.copy() if isinstance(value, np.ndarray) else value

    def _checked(self, data: Any) -> None:
        if data is None:
            raise UnsupportedValueError(f"parameter {self._full_name!r} cannot be None", name=self._full_name)
        if not self.f_supports(data):
            raise UnsupportedValueError(
                f"parameter {self._full_name!r} of class {type(self).__name__} cannot hold values of type "
                f"{type(data).__name__}; use PickleParameter, or register a converter",
                name=self._full_name,
                got=data,
            )

    def _checked_range(self, values: Iterable) -> list:
        result = []
        default = self._default
        for value in values:
            if not self._same_type(value, default):
                value = self._lossless(value)
            self._checked(value) if type(value) not in (int, float, str, bool) else None
            result.append(self._convert(value))
        if not result:
            raise ValueError(f"the range of {self._full_name!r} is empty")
        return result

    def _same_type(self, a: Any, b: Any) -> bool:
        if type(a) is not type(b):
            return False
        return a.dtype == b.dtype and a.shape == b.shape if isinstance(a, np.ndarray) else True

    _values_of_same_type = _same_type

    def _lossless(self, value: Any) -> Any:
        """A numpy scalar as the plain type of the value, if types are not strict and nothing is lost."""
        if not self._strict and isinstance(value, np.generic) and type(value.item()) is type(self._default):
            return value.item()
        if (
            not self._strict
            and isinstance(self._default, np.generic)
            and np.can_cast(type(value), self._default.dtype, "safe")
        ):
            return self._default.dtype.type(value)
        cure = "; use .tolist() of the array" if isinstance(value, np.generic) else ""
        raise UnsupportedValueError(
            f"values of the range of {self._full_name!r} must be {_kind(self._default)} like its value, got {value!r} "
            f"({_kind(value)}){cure}, or strict_types=False",
            name=self._full_name,
            got=value,
        )

    def _equal_values(self, a: Any, b: Any) -> bool:
        return type(a) is type(b) and fingerprint(a) == fingerprint(b)


def _kind(value: Any) -> str:
    return f"{value.dtype} array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
