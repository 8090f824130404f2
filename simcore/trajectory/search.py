"""Finding nodes by parts of their names: forwards, backwards, all.

Forwards, each part of the name is looked for below the node found before, breadth first: the shallowest hit wins, two
at one depth are ambiguous. Backwards, a node is a hit if the parts occur in this order in its full name and the last
is its own name. While a trajectory stands for one run, groups of other runs are not searched unless named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simcore.errors import nearest
from simcore.trajectory.constants import CURRENT_RUN, expanded, run_index
from simcore.trajectory.errors import NodeNotFoundError, NotUniqueNodeError

if TYPE_CHECKING:
    from simcore.trajectory.groups import NNGroupNode
    from simcore.trajectory.nodes import NNTreeNode


def parts_of(name: str | int | Sequence, run: str | None) -> list[str]:
    """The parts of a name without abbreviations; `run` is the current run, which crun (and $) stands for."""
    parts = [name] if isinstance(name, int) else name.split(".") if isinstance(name, str) else list(name)
    result = []
    for part in parts:
        key = expanded(part)
        if key in (CURRENT_RUN, "$"):
            if run is None:
                raise NodeNotFoundError(
                    f"{name!r}: the trajectory stands for no run; choose one with f_as_run", name=str(name)
                )
            key = run
        if key.startswith("_"):
            raise AttributeError(f"names of nodes do not begin with an underscore: {name!r}")
        result.append(key)
    return result


def exact(node: NNGroupNode, parts: Sequence[str]) -> NNTreeNode | None:
    """The node at exactly this path below `node`, or None."""
    found: NNTreeNode | None = node
    for part in parts:
        if found is None or found._is_leaf:
            return None
        found = found._children.get(part)  # type: ignore[attr-defined]
    return found


def forward(node: NNGroupNode, parts: Sequence[str], max_depth: int | None, run: str | None) -> NNTreeNode | None:
    """The node found by one search for each part, or None; NotUniqueNodeError if one is ambiguous."""
    found: NNTreeNode = node
    for part in parts:
        if found._is_leaf:
            return None
        left = None if max_depth is None else node._depth + max_depth - found._depth
        hit = _breadth_first(found, part, left, run)  # type: ignore[arg-type]
        if hit is None:
            return None
        found = hit
    return found


def backward(node: NNGroupNode, parts: Sequence[str], max_depth: int | None, run: str | None) -> NNTreeNode | None:
    """The one node whose full name has these parts in this order; NotUniqueNodeError if there are several."""
    found = find_all(node, parts, max_depth, run)
    if len(found) > 1:
        raise NotUniqueNodeError(
            f"{'.'.join(parts)!r} is found {len(found)} times, first as {found[0].v_full_name!r} and "
            f"{found[1].v_full_name!r}",
            name=".".join(parts),
            valid=[n.v_full_name for n in found],
        )
    return found[0] if found else None


def find_all(node: NNGroupNode, parts: Sequence[str], max_depth: int | None, run: str | None) -> list[NNTreeNode]:
    """All nodes below `node` whose name relative to it has the parts in this order, the last being their own."""
    explicit = any(run_index(part) is not None for part in parts)
    found, skip = [], len(node._full_name) + 1 if node._full_name else 0
    for candidate in walk(node, None if explicit else run, max_depth, parts[-1]):
        if candidate._name == parts[-1] and _in_order(parts, candidate._full_name[skip:].split(".")):
            found.append(candidate)
    return found


def walk(
    node: NNGroupNode, run: str | None, max_depth: int | None = None, key: str | None = None
) -> Iterator[NNTreeNode]:
    """All nodes below, breadth first; of runs, only the current one. `key`: groups that cannot have it are left out."""
    level: list[NNGroupNode] = [node]
    depth = 0
    while level and (max_depth is None or depth < max_depth):
        below: list[NNGroupNode] = []
        for group in level:
            for child in visible(group, run, key):
                yield child
                if not child._is_leaf:
                    below.append(child)  # type: ignore[arg-type]
        level, depth = below, depth + 1


def visible(group: NNGroupNode, run: str | None, key: str | None = None) -> Iterator[NNTreeNode]:
    """Children of a group; of those that are runs, only the current one; none if `key` cannot be below them."""
    children = group._children
    if group._holds_runs:
        if key is not None and not group._may_contain(key):
            return
        if run is not None:
            yield from (child for name, child in list(children.plain_items()) if run_index(name) is None)
            if run in children:
                yield children[run]
            return
    elif run is not None and run in children:
        yield from (child for name, child in list(children.items()) if run_index(name) is None or name == run)
        return
    yield from list(children.values()) if not group._holds_runs else children.iter_values()


def not_found(node: NNGroupNode, name: object) -> NodeNotFoundError:
    """The error for a name that nothing below `node` has."""
    here = f"below {node._full_name!r}" if node._full_name else "in the trajectory"
    known = set() if node._holds_runs else {n for child in node._children.values() for n in _names(child)}
    return NodeNotFoundError(
        f"there is no node {name!r} {here}{nearest(str(name).rpartition('.')[2], known)}", name=str(name)
    )


def _names(node: NNTreeNode) -> Iterator[str]:
    yield node._name
    if not node._is_leaf and not node._holds_runs:  # type: ignore[attr-defined]
        for child in node._children.values():  # type: ignore[attr-defined]
            yield from _names(child)


def _breadth_first(node: NNGroupNode, key: str, max_depth: int | None, run: str | None) -> NNTreeNode | None:
    if run_index(key) is not None:
        run = None  # named explicitly
    level: list[Any] = [node]
    depth = 0
    while level and (max_depth is None or depth < max_depth):
        hit = None
        for group in level:
            if key in group._children and (run is None or run_index(key) is None or key == run):
                if hit is not None:
                    raise _ambiguous(key, hit, group._children[key])
                hit = group._children[key]
        if hit is not None:
            return hit
        below: list[Any] = []
        for group in level:
            if group._holds_runs:
                if run_index(key) is not None:
                    continue  # runs do not hold runs
                hit = _in_runs(group, key, run, below, max_depth is None or depth + 1 < max_depth, hit)
            else:
                below += [c for c in visible(group, run) if not c._is_leaf]
        if hit is not None:
            deeper = next((g._children[key] for g in below if not g._parent._holds_runs and key in g._children), None)
            if deeper is not None:
                raise _ambiguous(key, hit, deeper)
            return hit
        level, depth = below, depth + 1
    return None


def _in_runs(
    group: NNGroupNode, key: str, run: str | None, below: list, deep: bool, hit: NNTreeNode | None
) -> NNTreeNode | None:
    """Look into the groups of runs at once: two that have the key end the search without making thousands of nodes."""
    if not deep:
        return hit
    for child in visible(group, run, key):
        if child._is_leaf:
            continue
        below.append(child)
        if key in child._children:  # type: ignore[attr-defined]
            if hit is not None:
                raise _ambiguous(key, hit, child._children[key])  # type: ignore[attr-defined]
            hit = child._children[key]  # type: ignore[attr-defined]
    return hit


def _ambiguous(key: str, first: NNTreeNode, second: NNTreeNode) -> NotUniqueNodeError:
    return NotUniqueNodeError(
        f"{key!r} is found more than once at depth {first._depth}: {first._full_name!r} and "
        f"{second._full_name!r}; give more of the name",
        name=key,
        valid=[first._full_name, second._full_name],
    )


def _in_order(parts: Sequence[str], names: Sequence[str]) -> bool:
    names = iter(names)  # type: ignore[assignment]
    return all(part in names for part in parts)
