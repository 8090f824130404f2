"""Values as Python-literal text that gives them again, with all digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simcore.errors import ParameterTypeError
from simcore.parameters.values import Parameter, ParameterRange


def as_text(value: Any) -> str:
    """Python-literal text of a value; reading it gives an equal value. TypeError for what has no text."""
    if type(value) is float and value - value == 0.0:
        return repr(value)              # by far the most frequent
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (int, float, complex)):
        return _number(value)
    if isinstance(value, ParameterRange):
        return _call("ParameterRange", list(value.values), value.units, value.name)
    if isinstance(value, Parameter):
        return _call("Parameter", value.value, value.units, value.name)
    if any(hasattr(value, name) for name in ("dist_name", "reference_path", "schema_text")):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(as_text, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(as_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, (set, frozenset)):
        return _set(value)
    if hasattr(value, "table_string"):
        return f"ParameterTable({as_text(value.as_dict())})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{as_text(k)}: {as_text(v)}' for k, v in value.items())}}}"
    return _of_numpy(value)


def quoted(value: str) -> str:
    """Text in double quotes, with every character that could be lost escaped."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    inner = repr("'" + value)[2:-1]     # a ' inside makes repr choose double quotes where it can
    if repr("'" + value)[0] == "'":     # both kinds of quotes
        inner = repr("'" + value)[3:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def _number(value: complex) -> str:
    if hasattr(value, "dtype"):         # numpy's numbers are numbers
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    if isinstance(value, complex):
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    return repr(value)


def _call(name: str, value: Any, units: str | None, parameter_name: str) -> str:
    parts = [as_text(value)]
    if units is not None or parameter_name:
        parts.append(as_text(units))
    if parameter_name:
        parts.append(as_text(parameter_name))
    return f"{name}({', '.join(parts)})"


def _set(value: set | frozenset) -> str:
    inner = ", ".join(sorted(map(as_text, value)))
    if isinstance(value, frozenset):
        return f"frozenset([{inner}])"
    return f"{{{inner}}}" if value else "set()"


def _of_numpy(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    if dtype is None or dtype.hasobject or dtype.names:
        raise ParameterTypeError(f"a {type(value).__name__} cannot be written as text of parameters", got=value)
    if value.ndim == 0 and not hasattr(value, "__setitem__"):
        return as_text(value.item())
    return f"array({as_text(value.tolist())}, {quoted(dtype.str if dtype.kind in 'SU' else dtype.name)})"
