"""What a trajectory and a single run have in common: settings, dictionaries of leaves, storing items."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from simcore.trajectory.constants import run_name
from simcore.trajectory.errors import NoSuchServiceError
from simcore.trajectory.groups import NNGroupNode, as_dict
from simcore.trajectory.nodes import NNTreeNode
from simcore.trajectory.parameters import Parameter
from simcore.trajectory.results import Result

log = logging.getLogger("simcore.trajectory")


class Access(NNGroupNode):
    """Settings and items of a root."""

    def _prepare_access(self) -> None:
        self._auto_load, self._fast_access, self._shortcuts = True, True, True
        self._backwards_search, self._iter_recursive = False, False
        self._max_depth: int | None = None
        self._standard_parameter: type = Parameter
        self._standard_result: type = Result
        self._standard_leaf: type = Result
        self._dynamic_imports: list = []
        self._service: Any = None
        self._idx = -1
        self._run: str | None = None
        self._length = 1
        self._explored: dict[str, Any] = {}
        self._environment_name: str | None = None
        self._environment_hexsha: str | None = None

    # --- settings --------------------------------------------------------------------------------------------

    @property
    def v_auto_load(self) -> bool:
        """Whether natural naming (traj.x, traj['x']) reads from the store what is not in memory. Default True."""
        return self._auto_load

    @v_auto_load.setter
    def v_auto_load(self, value: bool) -> None:
        self._auto_load = bool(value)

    @property
    def v_fast_access(self) -> bool:
        """Whether natural naming gives values instead of parameters and results with one value. Default True."""
        return self._fast_access

    @v_fast_access.setter
    def v_fast_access(self, value: bool) -> None:
        self._fast_access = bool(value)

    @property
    def v_shortcuts(self) -> bool:
        """Whether natural naming may hop over nodes. Default True."""
        return self._shortcuts

    @v_shortcuts.setter
    def v_shortcuts(self, value: bool) -> None:
        self._shortcuts = bool(value)

    @property
    def v_backwards_search(self) -> bool:
        """Whether `[]` with a name of several parts searches backwards. Default False."""
        return self._backwards_search

    @v_backwards_search.setter
    def v_backwards_search(self, value: bool) -> None:
        self._backwards_search = bool(value)

    @property
    def v_max_depth(self) -> int | None:
        """How deep natural naming searches; None for no limit."""
        return self._max_depth

    @v_max_depth.setter
    def v_max_depth(self, value: int | None) -> None:
        self._max_depth = value

    @property
    def v_iter_recursive(self) -> bool:
        """Whether iterating over a group goes through all nodes below, or only its children. Default False."""
        return self._iter_recursive

    @v_iter_recursive.setter
    def v_iter_recursive(self, value: bool) -> None:
        self._iter_recursive = bool(value)

    @property
    def v_standard_parameter(self) -> type:
        """Class of parameters that are added by name."""
        return self._standard_parameter

    @v_standard_parameter.setter
    def v_standard_parameter(self, value: type) -> None:
        self._standard_parameter = value

    @property
    def v_standard_result(self) -> type:
        """Class of results that are added by name."""
        return self._standard_result

    @v_standard_result.setter
    def v_standard_result(self, value: type) -> None:
        self._standard_result = value

    @property
    def v_standard_leaf(self) -> type:
        """Class of leaves that are added by name outside of the four branches."""
        return self._standard_leaf

    @v_standard_leaf.setter
    def v_standard_leaf(self, value: type) -> None:
        self._standard_leaf = value

    @property
    def v_storage_service(self) -> Any:
        """What stores and loads; None without a filename."""
        return self._service

    @property
    def v_filename(self) -> str | None:
        """Path of the file of this trajectory."""
        return None if self._service is None else str(self._service.filename)

    @property
    def v_environment_name(self) -> str | None:
        """Name of the environment that this trajectory is used with."""
        return self._environment_name

    @property
    def v_environment_hexsha(self) -> str | None:
        """Digest that identifies the environment this trajectory is used with."""
        return self._environment_hexsha

    # --- dictionaries ----------------------------------------------------------------------------------------

    def f_get_config(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Config parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("config", fast_access, copy)

    def f_get_parameters(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("parameters", fast_access, copy)

    def f_get_derived_parameters(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Derived parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("derived_parameters", fast_access, copy)

    def f_get_results(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Results, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("results", fast_access, copy)

    def f_get_explored_parameters(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Explored parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        _check_copy(fast_access, copy)
        if not copy:
            return self._explored
        return as_dict(iter(self._explored.values()), self, fast_access, False)

    def _of_branch(self, branch: str, fast_access: bool, copy: bool) -> dict[str, Any]:
        _check_copy(fast_access, copy)
        group = self._children.get(branch)
        return {} if group is None else as_dict(group.f_iter_leaves(), self, fast_access, False)

    def f_to_dict(self, fast_access: bool = False, short_names: bool = False, copy: bool = True) -> dict[str, Any]:
        """All leaves, or their values, by full or short name.

        ValueError for copy=False with fast_access or short names, and for short names that are not unique.
        """
        _check_copy(fast_access or short_names, copy)
        return as_dict(self.f_iter_leaves(), self, fast_access, short_names)

    # --- items -----------------------------------------------------------------------------------------------

    def f_load_item(self, item: str | NNTreeNode, *args: Any, **kwargs: Any) -> None:
        """Load one parameter or result; see f_load_items."""
        self.f_load_items([item], *args, **kwargs)

    def f_load_items(
        self,
        iterator: Iterable[str | NNTreeNode],
        *,
        only_empties: bool = False,
        load_only: str | Iterable[str] | None = None,
        load_except: str | Iterable[str] | None = None,
    ) -> None:
        """Load data of leaves given as instances or names: all of it, or only (all but) some items.

        ValueError for load_only together with load_except; items that are not in the store are warned about.
        """
        if load_only is not None and load_except is not None:
            raise ValueError("give load_only or load_except, not both")
        service = self._storage()
        for leaf in self._nodes_of(iterator):
            if leaf._is_leaf and not (only_empties and not leaf.f_is_empty()):
                service.load_leaf(leaf, only=load_only, but=load_except)

    def f_store_item(self, item: str | NNTreeNode, *args: Any, **kwargs: Any) -> None:
        """Store one parameter, result or group; see f_store_items."""
        self.f_store_items([item], *args, **kwargs)

    def f_store_items(
        self,
        iterator: Iterable[str | NNTreeNode],
        *,
        non_empties: bool = False,
        overwrite: bool | str | Iterable[str] = False,
    ) -> None:
        """Store leaves or groups given as instances or names.

        What is stored already stays, unless its item is named in `overwrite` (True: all items). TypeError if the
        trajectory was never stored, ValueError if there is nothing to store.
        """
        if not self._stored:
            raise TypeError("the trajectory was never stored: call f_store() first")
        nodes = [n for n in self._nodes_of(iterator) if not (non_empties and n._is_leaf and n.f_is_empty())]
        if not nodes:
            raise ValueError("there is nothing to store")
        chosen = (
            overwrite if isinstance(overwrite, bool) else [overwrite] if isinstance(overwrite, str) else list(overwrite)
        )
        self._storage().store_nodes(self, nodes, overwrite=chosen or None)

    def f_remove_item(self, item: str | NNTreeNode, remove_empty_groups: bool = False) -> None:
        """Remove one node from memory; see f_remove_items."""
        self.f_remove_items([item], remove_empty_groups)

    def f_remove_items(self, iterator: Iterable[str | NNTreeNode], remove_empty_groups: bool = False) -> None:
        """Remove leaves or groups from memory, and if wanted the groups that are empty then. What is stored stays."""
        for node in self._nodes_of(iterator):
            parent = node._parent
            if parent is None:
                continue
            parent.f_remove_child(node.v_name, recursive=True)
            while remove_empty_groups and parent._parent is not None and not parent.f_has_children():
                parent, empty = parent._parent, parent
                parent.f_remove_child(empty.v_name)

    def f_delete_item(self, item: str | NNTreeNode, *args: Any, **kwargs: Any) -> None:
        """Delete one item from the store; see f_delete_items."""
        self.f_delete_items([item], *args, **kwargs)

    def f_delete_items(
        self,
        iterator: Iterable[str | NNTreeNode],
        *,
        remove_empty_groups: bool = False,
        remove_from_trajectory: bool = False,
        delete_only: str | Iterable[str] | None = None,
        remove_from_item: bool = False,
    ) -> None:
        """Delete leaves from the store, or only some of their items; in memory they stay unless asked.

        Items in delete_only that the store does not have are warned about.
        """
        service = self._storage()
        names = [delete_only] if isinstance(delete_only, str) else None if delete_only is None else list(delete_only)
        for node in self._nodes_of(iterator):
            if not node._is_leaf:
                if node.f_has_children():
                    raise TypeError(f"{node.v_full_name!r} has children: delete these first")
                service.delete_group(node)
            else:
                self._delete_leaf(service, node, names, remove_from_item)
            if names is None:
                node._stored = False
            if remove_from_trajectory or remove_empty_groups:
                self._delete_groups(service, node, remove_from_trajectory, remove_empty_groups)

    def _delete_leaf(self, service: Any, leaf: Any, names: list[str] | None, remove_from_item: bool) -> None:
        stored = service.stored_items(leaf)
        missing = sorted(set(names or ()) - set(stored))
        if missing or not leaf._stored:
            log.warning("%s is not in the store%s", leaf.v_full_name, f" with {', '.join(missing)}" if missing else "")
        leaf._fetch()
        service.delete(self, leaf, names)
        if remove_from_item:
            for name in names or ():
                if name in leaf:
                    del leaf[name]

    def _delete_groups(self, service: Any, node: Any, from_memory: bool, groups: bool) -> None:
        parent = node._parent
        if from_memory and parent is not None:
            parent.f_remove_child(node.v_name, recursive=True)
        while (
            groups
            and parent is not None
            and parent._parent is not None
            and not any(c._stored or from_memory for c in parent._children.values())
        ):
            service.delete_group(parent)
            parent, empty = parent._parent, parent
            if from_memory and not empty.f_has_children():
                parent.f_remove_child(empty.v_name)

    def _nodes_of(self, iterator: Iterable[str | NNTreeNode]) -> list[Any]:
        if isinstance(iterator, (str, NNTreeNode)):
            iterator = [iterator]
        return [self.f_get(item, auto_load=False) if isinstance(item, str) else item for item in iterator]

    def _storage(self) -> Any:
        if self._service is None:
            raise NoSuchServiceError("there is no file: give the trajectory a filename")
        return self._service

    # --- runs ------------------------------------------------------------------------------------------------

    def _labelled(self, name: str) -> Any:
        """A result of all runs as a DataArray; None if no run has it."""
        if self._service is None or not self._stored:
            return None
        from simcore.trajectory import labelled

        return labelled.data_array(self._service, self, name)

    def f_get_run_names(self, sort: bool = True) -> list[str]:
        """Names of all runs."""
        return [run_name(i) for i in range(len(self))]

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True


def _check_copy(not_original: bool, copy: bool) -> None:
    if not_original and not copy:
        raise ValueError("values or short names are not in the original dictionary: use copy=True")
