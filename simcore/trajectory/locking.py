"""Presetting parameters before they are added, and locking them before runs depend on them."""

from __future__ import annotations

from typing import Any

from simcore.trajectory.access import Access
from simcore.trajectory.constants import RUNS
from simcore.trajectory.errors import PresettingError


class Locking(Access):
    """Presets and locks of a trajectory."""

    _presets: dict[str, tuple[tuple, dict]]

    def f_preset_parameter(self, param_name: str, *args: Any, **kwargs: Any) -> None:
        """Set a parameter's value before it is added: `f_set(*args, **kwargs)` is called when it is.

        ValueError if there is such a parameter already.
        """
        self._preset("parameters", param_name, args, kwargs)

    def f_preset_config(self, config_name: str, *args: Any, **kwargs: Any) -> None:
        """The same for a config parameter."""
        self._preset("config", config_name, args, kwargs)

    def _preset(self, branch: str, name: str, args: tuple, kwargs: dict) -> None:
        full_name = name if name.startswith(f"{branch}.") else f"{branch}.{name}"
        if self.f_contains(full_name):
            raise ValueError(f"{full_name!r} was added already: set its value")
        self._presets[full_name] = args, kwargs

    def _apply_preset(self, leaf: Any) -> None:
        found = self._presets.pop(leaf.v_full_name, None)
        if found is not None:
            leaf.f_set(*found[0], **found[1])

    def _prepare_experiment(self) -> None:
        """Lock parameters; PresettingError if one that was preset was never added."""
        if self._presets:
            raise PresettingError(
                f"preset, but never added: {', '.join(self._presets)}",
                name=next(iter(self._presets)),
                valid=list(self.f_get_parameters()),
            )
        self.f_lock_parameters()
        self.f_lock_derived_parameters()

    def f_lock_parameters(self) -> None:
        """Lock all parameters."""
        for parameter in self.f_get_parameters().values():
            parameter.f_lock()

    def f_lock_derived_parameters(self) -> None:
        """Lock all derived parameters of the trajectory."""
        for parameter in self._own_derived():
            parameter.f_lock()

    def _own_derived(self) -> list[Any]:
        group = self._children.get("derived_parameters")
        if group is None:
            return []
        found: list[Any] = []
        for name, child in group._children.items():
            if name != RUNS:
                found += [child] if child._is_leaf else list(child.f_iter_leaves())
        return found
