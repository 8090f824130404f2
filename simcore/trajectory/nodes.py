"""What every node of the tree has, leaf or group: its place, its names, its comment and its annotations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simcore.trajectory.annotations import Annotations
from simcore.trajectory.constants import OF_TRAJECTORY, run_index

if TYPE_CHECKING:
    from simcore.trajectory.groups import NNGroupNode


class NNTreeNode:
    """A node of the tree. The full name of the root is the empty string."""

    _is_leaf = False

    def __init__(self, full_name: str, comment: str = ""):
        # Straight into __dict__: nodes check what is set on them, which would cost half of making one.
        self.__dict__.update(_comment=str(comment), _notes=None, _parent=None, _stored=False, **_place(full_name))

    _comment: str
    _notes: Annotations | None
    _parent: NNGroupNode | None
    _stored: bool
    _full_name: str
    _name: str
    _depth: int

    def _rename(self, full_name: str) -> None:
        self.__dict__.update(_place(full_name))

    @property
    def v_name(self) -> str:
        """Name of the node, the last part of its full name."""
        return self._name

    @property
    def v_full_name(self) -> str:
        """Names of all nodes from the root to here, separated by dots; "" for the root."""
        return self._full_name

    @property
    def v_location(self) -> str:
        """Full name of the node above; "" for the root and what hangs at it."""
        return self._full_name.rpartition(".")[0]

    @property
    def v_branch(self) -> str:
        """Name of the first node below the root on the way here; "" for the root itself."""
        return self._full_name.partition(".")[0]

    @property
    def v_depth(self) -> int:
        """Number of nodes between the root and here, this one included; 0 for the root."""
        return self._depth

    @property
    def v_run_branch(self) -> str:
        """Name of the run that this node hangs below, or `trajectory`."""
        return next((p for p in self._full_name.split(".") if run_index(p) is not None), OF_TRAJECTORY)

    @property
    def v_is_leaf(self) -> bool:
        """Whether this is a parameter or result, not a group."""
        return self._is_leaf

    v_leaf = v_is_leaf  # deprecated in the document

    @property
    def v_is_root(self) -> bool:
        """Whether this is the trajectory or single run itself."""
        return self._full_name == ""

    def f_is_root(self) -> bool:
        """Deprecated: v_is_root."""
        return self.v_is_root

    @property
    def v_stored(self) -> bool:
        """Whether this node is in the store."""
        return self._stored

    @property
    def v_comment(self) -> str:
        """A descriptive comment, kept in the store."""
        return self._comment

    @v_comment.setter
    def v_comment(self, comment: str) -> None:
        self._comment = str(comment)

    @property
    def v_annotations(self) -> Annotations:
        """Short notes on this node, kept as attributes in the store."""
        if self._notes is None:
            self._notes = Annotations()
        return self._notes

    def f_set_annotations(self, *args: object, **kwargs: object) -> None:
        """Set annotations, as v_annotations.f_set."""
        self.v_annotations.f_set(*args, **kwargs)

    def f_get_annotations(self, *args: str | int) -> object:
        """Annotations by name, as v_annotations.f_get."""
        return self.v_annotations.f_get(*args)

    def f_ann_to_str(self) -> str:
        """All annotations as text."""
        return self.v_annotations.f_ann_to_str()

    f_ann_to_string = f_ann_to_str  # deprecated in the document

    def f_get_class_name(self) -> str:
        """Name of the class of this node."""
        return type(self).__name__

    def _root(self) -> Any:
        """The trajectory or single run that this node belongs to; the topmost group if there is none."""
        node: Any = self
        while node._parent is not None:
            node = node._parent
        return node


def _place(full_name: str) -> dict[str, str | int]:
    """What a full name says about a node's place."""
    depth = full_name.count(".") + 1 if full_name else 0
    return {"_full_name": full_name, "_name": full_name.rpartition(".")[2], "_depth": depth}


class NNLeafNode(NNTreeNode):
    """A parameter or result: data by name, to and from the store by `_store` and `_load`."""

    _is_leaf = True
    _is_parameter = False
    _pending: Callable[[], None] | None  # reads the data when it is first asked for

    def __init__(self, full_name: str, comment: str = ""):
        self.__dict__["_pending"] = None
        super().__init__(full_name, comment)

    @property
    def v_is_parameter(self) -> bool:
        """Whether this is a parameter, not a result."""
        return self._is_parameter

    v_parameter = v_is_parameter

    @property
    def v_fast_accessible(self) -> bool:
        """Whether fast access gives the value of this leaf."""
        return self.f_supports_fast_access() and not self.f_is_empty()

    def f_supports_fast_access(self) -> bool:
        """Whether fast access can give a value in place of the leaf."""
        raise NotImplementedError(f"{type(self).__name__} must say whether it supports fast access")

    def f_is_empty(self) -> bool:
        """Whether there is no data (in memory)."""
        raise NotImplementedError(f"{type(self).__name__} must say whether it is empty")

    def f_empty(self) -> None:
        """Forget the data in memory; what is stored stays."""
        raise NotImplementedError(f"{type(self).__name__} must know how to empty itself")

    def f_val_to_str(self) -> str:
        """The data as a short text."""
        return ""

    def _store(self) -> dict[str, Any]:
        """Data by name, as it is to be stored; each value must be storable (see values.py)."""
        raise NotImplementedError(f"{type(self).__name__} must say what to store")

    def _load(self, load_dict: dict[str, Any]) -> None:
        """Take up what `_store` gave."""
        raise NotImplementedError(f"{type(self).__name__} must know how to load")

    def _fetch(self) -> None:
        """Read the data now if that was put off."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending()

    def __str__(self) -> str:
        comment = f" (`{self._comment}`)" if self._comment else ""
        return f"<{type(self).__name__}> {self._full_name}{comment}: {self.f_val_to_str()}"

    __repr__ = __str__
