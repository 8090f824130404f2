"""Groups: nodes that have nodes, and the four branches of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simcore.trajectory import adding, search
from simcore.trajectory.constants import LOAD_DATA
from simcore.trajectory.errors import NoSuchServiceError
from simcore.trajectory.nodes import NNLeafNode, NNTreeNode


class NNGroupNode(NNTreeNode):
    """A group. `group.name` and `group['some.name']` find nodes below it; see f_get."""

    _holds_runs = False
    _children: Any

    def __init__(self, nn_interface: object = None, full_name: str = "", comment: str = ""):
        self.__dict__["_children"] = {}
        super().__init__(full_name, comment)

    # --- adding ----------------------------------------------------------------------------------------------

    def f_add_group(self, name: str, comment: str = "") -> NNGroupNode:
        """Add an empty group (and those on the way) below this one, of the class that its branch has."""
        return adding.add_group(self, name, comment, branch=None)

    def f_add_leaf(self, *args: Any, **kwargs: Any) -> NNLeafNode:
        """Add a leaf below this group, of its branch's class; arguments as f_add_parameter or f_add_result."""
        return adding.add_leaf(self, args, kwargs, branch=None)

    # --- looking ---------------------------------------------------------------------------------------------

    def f_get(
        self,
        name: str | int,
        fast_access: bool = False,
        backwards_search: bool = False,
        shortcuts: bool = True,
        max_depth: int | None = None,
        auto_load: bool = False,
    ) -> Any:
        """The node of this name (or part of a name), or with fast_access its value.

        Forward search finds each part below the one before, the shallowest first; backwards search finds the node in
        whose full name all parts occur. Raises NodeNotFoundError (an AttributeError), NotUniqueNodeError for two at one
        depth (backwards: at any), ValueError if the name has more parts than max_depth. auto_load reads from the store
        what is not in memory, also together with shortcuts.
        """
        root = self._root()
        run = getattr(root, "_run", None)
        parts = search.parts_of(name, run)
        if max_depth is not None and len(parts) > max_depth and shortcuts:
            raise ValueError(f"{name!r} has {len(parts)} parts, more than max_depth={max_depth}")
        found = self._find(parts, run, backwards_search, shortcuts, max_depth)
        if found is None and auto_load and self._load_below(root):
            found = self._find(parts, run, backwards_search, shortcuts, max_depth)
        if found is None:
            raise search.not_found(self, name)
        return _value_of(found, root, fast_access, auto_load) if found._is_leaf else found

    def _find(
        self, parts: list[str], run: str | None, backwards: bool, shortcuts: bool, max_depth: int | None
    ) -> NNTreeNode | None:
        found = search.exact(self, parts)
        if found is None and self._full_name and parts[0] == self.v_branch:
            found = search.exact(self._root(), parts)
            if found is not None and not f"{found._full_name}.".startswith(f"{self._full_name}."):
                found = None
        if found is not None or not shortcuts:
            return found
        method = search.backward if backwards and len(parts) > 1 else search.forward
        return method(self, parts, max_depth, run)

    def _load_below(self, root: Any) -> bool:
        """Bring the skeleton up to date from the store; whether there is one."""
        service = getattr(root, "_service", None)
        if service is None or not getattr(root, "_stored", False):
            return False
        service.attach(root)
        return True

    def f_get_all(self, name: str, max_depth: int | None = None) -> list[NNTreeNode]:
        """All nodes below whose name has these parts in this order; an empty list if there are none."""
        run = getattr(self._root(), "_run", None)
        return search.find_all(self, search.parts_of(name, run), max_depth, run)

    def f_contains(
        self,
        item: str | NNTreeNode,
        backwards_search: bool = False,
        shortcuts: bool = False,
        max_depth: int | None = None,
    ) -> bool:
        """Whether a node is in memory below this one, by its name or as this very instance."""
        name = item if isinstance(item, (str, int)) else item.v_full_name
        if not isinstance(item, (str, int)) and self._full_name:
            if not name.startswith(f"{self._full_name}."):
                return False
            name = name[len(self._full_name) + 1 :]
        try:
            found = self.f_get(name, backwards_search=backwards_search, shortcuts=shortcuts, max_depth=max_depth)
        except (AttributeError, ValueError):
            return False
        return isinstance(item, (str, int)) or found is item

    def f_children(self) -> int:
        """Number of children."""
        return len(self._children)

    def f_has_children(self) -> bool:
        """Whether there are children."""
        return len(self._children) > 0

    def f_get_children(self, copy: bool = True) -> dict[str, NNTreeNode]:
        """Children by name; copy=False gives the mapping itself."""
        return dict(self._children.items()) if copy else self._children

    def f_iter_nodes(self, recursive: bool = True) -> Iterator[NNTreeNode]:
        """Nodes below, breadth first, or only the children; of runs only the current one, if there is one."""
        return search.walk(self, getattr(self._root(), "_run", None), None if recursive else 1)

    def f_iter_leaves(self) -> Iterator[NNLeafNode]:
        """All leaves below."""
        return (node for node in self.f_iter_nodes() if isinstance(node, NNLeafNode))

    def f_to_dict(self, fast_access: bool = False, short_names: bool = False) -> dict[str, Any]:
        """All leaves below by full name (or name); values instead of leaves with fast_access.

        ValueError if short names are not unique.
        """
        return as_dict(self.f_iter_leaves(), self._root(), fast_access, short_names)

    def f_get_root(self) -> Any:
        """The trajectory or single run."""
        return self._root()

    # --- store -----------------------------------------------------------------------------------------------

    def f_load_child(self, name: str, recursive: bool = False, load_data: int = LOAD_DATA) -> NNTreeNode:
        """Load a node by its exact path from the store; with `recursive` also all below. Returns it.

        ValueError if the store has no such node.
        """
        return _service(self).load_child(self, name, recursive=recursive, level=load_data)

    def f_store_child(self, name: str, recursive: bool = False) -> None:
        """Store a node by its exact path, and with `recursive` all below. ValueError if there is no such child."""
        node = search.exact(self, search.parts_of(name, None))
        if node is None:
            raise ValueError(str(search.not_found(self, name)))
        nodes = [node, *node.f_iter_nodes()] if recursive and not node._is_leaf else [node]  # type: ignore[attr-defined]
        _service(self).store_nodes(self._root(), nodes)

    def f_remove_child(self, name: str, recursive: bool = False) -> None:
        """Remove a child from memory; what is stored stays.

        ValueError if there is no such child, TypeError if it has children and recursive is not set.
        """
        child = self._children.get(name)
        if child is None:
            raise ValueError(str(search.not_found(self, name)))
        if not child._is_leaf and child.f_has_children() and not recursive:
            raise TypeError(
                f"{child.v_full_name!r} has {child.f_children()} children; use recursive=True to remove all of them"
            )
        del self._children[name]
        child._parent = None

    # --- natural naming --------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._natural(name)

    def __getitem__(self, name: str | int) -> Any:
        return self._natural(name)

    def _natural(self, name: str | int) -> Any:
        root = self._root()
        return self.f_get(
            name,
            getattr(root, "_fast_access", True),
            getattr(root, "_backwards_search", False),
            getattr(root, "_shortcuts", True),
            getattr(root, "_max_depth", None),
            getattr(root, "_auto_load", True),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
            return
        root = self._root()
        found = self.f_get(
            name, shortcuts=getattr(root, "_shortcuts", True), max_depth=getattr(root, "_max_depth", None)
        )
        if not found._is_leaf:
            raise AttributeError(f"{found.v_full_name!r} is a group: only parameters and results can be set so")
        found.f_set(value)

    def __contains__(self, item: object) -> bool:
        root = self._root()
        return self.f_contains(item, shortcuts=getattr(root, "_shortcuts", True))  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[NNTreeNode]:
        return self.f_iter_nodes(recursive=getattr(self._root(), "_iter_recursive", False))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._children]

    def __str__(self) -> str:
        children = ", ".join(f"{name} ({type(c).__name__})" for name, c in list(self._children.items())[:10])
        more = ", …" if len(self._children) > 10 else ""
        comment = f" (`{self._comment}`)" if self._comment else ""
        return f"<{type(self).__name__}> {self._full_name}{comment}: {children}{more}"

    __repr__ = __str__

    def __getstate__(self) -> dict:
        return dict(self.__dict__)

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)


def as_dict(leaves: Iterator[NNLeafNode], root: Any, fast_access: bool, short_names: bool) -> dict[str, Any]:
    """Leaves, or their values, by full or short name; ValueError if short names are not unique."""
    result: dict[str, Any] = {}
    for leaf in leaves:
        name = leaf.v_name if short_names else leaf.v_full_name
        if name in result:
            raise ValueError(f"the short name {name!r} is not unique: use full names")
        result[name] = _value_of(leaf, root, fast_access, auto_load=False)
    return result


def _value_of(leaf: Any, root: Any, fast_access: bool, auto_load: bool) -> Any:
    """The leaf, or its value where fast access is wanted and possible; empty leaves are loaded first."""
    if leaf.f_is_empty() and leaf._stored and (auto_load or (fast_access and getattr(root, "_auto_load", False))):
        service = getattr(root, "_service", None)
        if service is not None:
            service.load_leaf(leaf)
    if fast_access and not leaf.f_is_empty() and leaf.f_supports_fast_access():
        return leaf.f_get()
    return leaf


def _service(node: NNGroupNode) -> Any:
    root = node._root()
    service = getattr(root, "_service", None)
    if service is None:
        raise NoSuchServiceError("the trajectory has no file: give it a filename, or call f_store(new_filename=…)")
    return service

