"""What records agree on, and what is left of each: a record is the two put together again."""

from __future__ import annotations

from collections.abc import Mapping

_MISSING = object()


def agreed(a: Mapping, b: Mapping) -> dict:
    """Entries that both mappings have with equal values; of mappings within, the entries they agree on."""
    result = {}
    for key, value in a.items():
        other = b.get(key, _MISSING)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            result[key] = agreed(value, other)
        elif value == other and type(value) is type(other):
            result[key] = value
    return result


def rest(record: Mapping, common: Mapping) -> dict:
    """Entries of a record that are not in what it was agreed on."""
    result = {}
    for key, value in record.items():
        shared = common.get(key, _MISSING)
        if shared is _MISSING:
            result[key] = value
        elif isinstance(value, Mapping) and value != shared and (inner := rest(value, shared)):
            result[key] = inner
    return result


def together(common: Mapping, own: Mapping) -> dict:
    """The whole record from what all agree on and what is its own."""
    result = dict(common)
    for key, value in own.items():
        inner = common.get(key)
        result[key] = together(inner, value) if isinstance(value, Mapping) and isinstance(inner, Mapping) else value
    return result
