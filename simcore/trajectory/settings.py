"""How natural naming works in a tree: settings of a trajectory or single run, as properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simcore.trajectory.parameters import Parameter
from simcore.trajectory.results import Result


def setting(attribute: str, doc: str, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    """A property that is kept in an attribute."""

    def get(self: Any) -> Any:
        return getattr(self, attribute)

    def put(self: Any, value: Any) -> None:
        setattr(self, attribute, convert(value))

    return property(get, put, doc=doc)


DEFAULTS: dict[str, Any] = {
    "_auto_load": True,
    "_fast_access": True,
    "_shortcuts": True,
    "_backwards_search": False,
    "_iter_recursive": False,
    "_max_depth": None,
    "_standard_parameter": Parameter,
    "_standard_result": Result,
    "_standard_leaf": Result,
}


class Settings:
    """The settings; `_inherit` takes those of another root."""

    v_auto_load = setting(
        "_auto_load", "Whether natural naming reads from the store what is not in memory. Default True.", bool
    )
    v_fast_access = setting(
        "_fast_access", "Whether natural naming gives values, not leaves, where there is one. Default True.", bool
    )
    v_shortcuts = setting("_shortcuts", "Whether natural naming may hop over nodes. Default True.", bool)
    v_backwards_search = setting(
        "_backwards_search", "Whether `[]` with a name of several parts searches backwards. Default False.", bool
    )
    v_max_depth = setting("_max_depth", "How deep natural naming searches; None for no limit.")
    v_iter_recursive = setting(
        "_iter_recursive", "Whether iterating over a group goes through all below. Default False.", bool
    )
    v_standard_parameter = setting("_standard_parameter", "Class of parameters that are added by name.")
    v_standard_result = setting("_standard_result", "Class of results that are added by name.")
    v_standard_leaf = setting("_standard_leaf", "Class of leaves that are added by name outside of the four branches.")

    def _inherit(self, other: Any) -> None:
        for name in DEFAULTS:
            setattr(self, name, getattr(other, name))
