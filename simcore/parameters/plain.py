"""Values in the types of JSON, YAML and TOML, with texts of expressions for what those do not have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simcore.parameters.literals import as_text, quoted
from simcore.parameters.text import is_expression, unknown_call


def plain(value: Any) -> Any:
    """A value as JSON, YAML and TOML can hold it: what they do not have becomes the text of an expression."""
    if isinstance(value, str):
        return f"text({quoted(value)})" if is_expression(value) or unknown_call(value) else str(value)
    if hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0 and not hasattr(value, "__setitem__"):
        return plain(value.item())
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else f'number("{as_text(value)}")'
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k if isinstance(k, str) else str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return f"tuple({as_text(list(value))})"
    return f"set([{as_text(value)[1:-1]}])" if isinstance(value, set) and value else as_text(value)
