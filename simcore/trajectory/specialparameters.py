"""Parameters of pypet's other classes: for large arrays, sparse matrices, and anything that can be pickled."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from simcore.trajectory.parameters import Parameter
from simcore.trajectory.pickles import allow_pickle, loaded


class ArrayParameter(Parameter):
    """A parameter for large arrays. The standard parameter takes them as well; the name is pypet's."""

    def _same_type(self, a: Any, b: Any) -> bool:
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            return a.dtype == b.dtype and a.ndim == b.ndim  # shapes may differ
        return super()._same_type(a, b)


class SparseParameter(ArrayParameter):
    """A parameter for scipy's sparse matrices."""


class PickleParameter(Parameter):
    """A parameter for anything that can be pickled. Only programs that have its class can read it again."""

    def __init__(self, full_name: str, data: Any = None, comment: str = "", protocol: int = pickle.HIGHEST_PROTOCOL):
        self.v_protocol = protocol
        if data is not None:
            allow_pickle()              # it was asked for by name
        super().__init__(full_name, data, comment)

    def f_supports(self, data: Any) -> bool:
        """Everything but None."""
        return data is not None

    def _same_type(self, a: Any, b: Any) -> bool:
        return True

    _values_of_same_type = _same_type

    def _store(self) -> dict[str, Any]:
        return {} if self._default is None else {"data": pickle.dumps(self._default, self.v_protocol)}

    def _load(self, load_dict: dict[str, Any]) -> None:
        if "data" in load_dict:
            self._value = self._default = loaded(load_dict["data"], self.v_full_name)

    def _range_to_store(self) -> list:
        return [pickle.dumps(value, self.v_protocol) for value in self._range]

    def _range_from_store(self, values: list) -> list:
        return [loaded(value, self.v_full_name) for value in values]

    def _equal_values(self, a: Any, b: Any) -> bool:
        return pickle.dumps(a, self.v_protocol) == pickle.dumps(b, self.v_protocol)
