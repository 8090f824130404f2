"""Adding leaves and groups to the tree; groups on the way are made."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from simcore.trajectory.constants import ABBREVIATIONS, BRANCHES, CURRENT_RUN, RUNS, expanded
from simcore.trajectory.naming import check_parts, placed, plain
from simcore.trajectory.nodes import NNLeafNode, NNTreeNode

_PARAMETERS = ("parameters", "config", "derived_parameters")


class NodeExistsError(AttributeError):
    """There is a node of this name already."""


def add_leaf(node: Any, args: tuple, kwargs: dict, branch: str | None) -> Any:
    """Add a leaf that is given as an instance, as name and data, or as class, name and data."""
    root = node._root()
    if node is root and args and type(args[0]) is str and _is_plain(root, args[0], kwargs, branch):
        return _add_to_run(root, args, kwargs, branch)
    args = list(args)  # type: ignore[assignment]
    instance = args.pop(0) if args and isinstance(args[0], NNLeafNode) else kwargs.pop("instance", None)  # type: ignore[attr-defined]
    constructor = None
    if instance is None and args and inspect.isclass(args[0]):
        constructor = args.pop(0)  # type: ignore[attr-defined]
    if instance is not None:
        name = instance.v_full_name
    else:
        name = kwargs.pop("name", None) or (args.pop(0) if args else None)  # type: ignore[attr-defined]
    if not isinstance(name, str):
        raise TypeError(f"a name is needed to add a leaf, got {name!r}")
    name, branch = _where(node, name, branch)
    _guard(root, branch)

    def make(full_name: str) -> NNLeafNode:
        if instance is not None:
            instance._rename(full_name)
            return instance
        return (constructor or _standard(root, branch))(full_name, *args, **kwargs)

    leaf = _attach(node, name, make)
    if branch in ("parameters", "config") and hasattr(root, "_apply_preset"):
        root._apply_preset(leaf)
    return leaf


def _is_plain(root: Any, name: str, kwargs: dict, branch: str | None) -> bool:
    """Whether this is what nearly every call in a run is: a name without dots, and data."""
    return (
        branch in ("results", "derived_parameters")
        and getattr(root, "_is_single_run", False)
        and plain(name)
        and not {"name", "instance"} & kwargs.keys()
    )


def _add_to_run(root: Any, args: tuple, kwargs: dict, branch: Any) -> Any:
    """As `add_leaf`, in half of the time."""
    group, name = root._group_of_run(branch), args[0]
    if name in group._children:
        raise _exists(group._children[name])
    leaf = _standard(root, branch)(f"{group._full_name}.{name}", *args[1:], **kwargs)
    _hang(group, name, leaf)
    return leaf


def add_group(node: Any, name: str, comment: str, branch: str | None) -> Any:
    """Add an empty group."""
    name, branch = _where(node, name, branch)
    _guard(node._root(), branch)
    return _attach(node, name, lambda full_name: _new_group(full_name, comment))


def ensure(root: Any, full_name: str) -> Any:
    """The group of this full name, made if missing."""
    group = root
    for part in full_name.split(".") if full_name else ():
        child = group._children.get(part)
        if child is None:
            child = _new_group(f"{group._full_name}.{part}" if group._full_name else part)
            _hang(group, part, child)
        group = child
    return group


def hang(root: Any, node: NNTreeNode) -> None:
    """Put a node at the place that its full name says, replacing what is there."""
    _hang(ensure(root, node.v_location), node.v_name, node)


def _where(node: Any, name: str, branch: str | None) -> tuple[str, str]:
    """The name relative to `node`, with prefixes, and the branch it belongs to."""
    root = node._root()
    run = getattr(root, "_run", None)
    parts = [
        run if part in ("$", CURRENT_RUN) and run else expanded(part) if part not in ABBREVIATIONS else part
        for part in name.split(".")
    ]
    name = ".".join(parts)
    if branch is None:
        branch = node.v_branch or parts[0]
        return (placed(node, branch, name) if branch in BRANCHES else name), branch
    return placed(node, branch, name), branch


def _guard(root: Any, branch: str) -> None:
    if getattr(root, "_is_single_run", False) and branch in ("parameters", "config"):
        raise TypeError(
            f"within a single run no {branch} can be added: the parameters of an exploration are complete "
            "before it runs; derived parameters and results can be added"
        )


def _standard(root: Any, branch: str) -> Any:
    parameter, result, *_ = _classes()
    if branch in _PARAMETERS:
        return getattr(root, "_standard_parameter", parameter)
    return getattr(root, "_standard_result", result) if branch == "results" else getattr(root, "_standard_leaf", result)


@functools.cache
def _classes() -> tuple:
    """Parameter, Result, and groups by branch, by branch with runs, and of any other name: these modules need this one."""
    from simcore.trajectory.branches import OF_BRANCH
    from simcore.trajectory.groups import NNGroupNode
    from simcore.trajectory.parameters import Parameter
    from simcore.trajectory.results import Result
    from simcore.trajectory.runs import RunsOf

    return Parameter, Result, OF_BRANCH, RunsOf, NNGroupNode


def _attach(node: Any, name: str, make: Any) -> Any:
    parts = name.split(".")
    if len(parts) > 1 or not plain(name):
        check_parts(parts, node.v_full_name)
    group = node
    existing = None
    for i, part in enumerate(parts):
        existing = group._children.get(part)
        if existing is not None and (i == len(parts) - 1 or existing._is_leaf):
            raise _exists(existing)
        if existing is None:
            break
        group = existing
    prefix = f"{node._full_name}." if node._full_name else ""
    new = make(prefix + name)  # first, so that a failure leaves no empty groups
    for j in range(i, len(parts) - 1):
        child = _new_group(prefix + ".".join(parts[: j + 1]))
        _hang(group, parts[j], child)
        group = child
    _hang(group, parts[-1], new)
    return new


def _exists(node: Any) -> NodeExistsError:
    return NodeExistsError(f"there is a {'leaf' if node._is_leaf else 'group'} {node.v_full_name!r} already")


def _hang(group: Any, name: str, node: NNTreeNode) -> None:
    node.__dict__["_parent"] = group
    group._children[name] = node


def _new_group(full_name: str, comment: str = "") -> Any:
    _, _, of_branch, runs_of, other = _classes()
    branch, _, rest = full_name.partition(".")
    if rest == RUNS and branch in runs_of:
        return runs_of[branch](full_name=full_name, comment=comment)
    return of_branch.get(branch, other)(full_name=full_name, comment=comment)
