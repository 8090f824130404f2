"""Single parameters and results of a tree: to the store, from it, out of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from simcore.trajectory.errors import NoSuchServiceError
from simcore.trajectory.groups import NNGroupNode
from simcore.trajectory.nodes import NNTreeNode

log = logging.getLogger("simcore.trajectory")


class Items(NNGroupNode):
    """Loading, storing, removing and deleting of items of a root."""

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
