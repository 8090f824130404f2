"""Points of a space: what ParameterSpace adds to a set that holds ranges and distributions.

Iteration changes one set in place and holds nothing else: its memory does not grow with the number of points, and a
point costs a fraction of a microsecond, whatever the number of leaves.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simcore.errors import InvalidParameterValueError, nearest
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.references import View, references_in, replaced, resolution_order
from simcore.parameters.values import ParameterRange
from simcore.parameters.walking import same

if TYPE_CHECKING:
    from simcore.parameters.sets import ParameterSet

_set = dict.__setitem__


class SpaceMethods:
    """Iterators, indices and dimensions of a set that holds ranges and distributions.

    Conditions are numbered with the first range running fastest. A list that holds ranges is one range of lists. A
    reference to something that varies is evaluated at every point.
    """

    def range_keys(self) -> list[str]:
        """Dotted names of the parameters that are, or hold in a list, ranges."""
        return [key for key, value in self.flat() if holds(value, ParameterRange)]

    def dist_keys(self) -> list[str]:
        """Dotted names of the parameters that are, or hold in a list, distributions."""
        return [key for key, value in self.flat() if holds(value, ParameterDist)]

    def get_ranges_values(self) -> dict[str, list]:
        """{dotted name: all values} of the ranges, sorted by name."""
        return {key: list(_values(self, key)) for key in sorted(self.range_keys())}

    def num_conditions(self) -> int:
        """How many sets `iter_inner` yields: 1 without ranges."""
        return math.prod(len(_values(self, key)) for key in self.range_keys())

    def iter_range_key(self, range_key: str) -> Iterator[ParameterSet]:
        """The set with one range replaced by each of its values; always the same object."""
        return self.iter_inner_range_keys([range_key])

    def iter_inner(self, copy: bool = False) -> Iterator[ParameterSet]:
        """All combinations of all ranges; copy: a new set each, instead of always the same object."""
        return self.iter_inner_range_keys(self.range_keys(), copy)

    def iter_inner_range_keys(self, keys: Sequence[str], copy: bool = False) -> Iterator[ParameterSet]:
        """All combinations of these ranges, the first fastest; other ranges stay. No keys: one copy of the set.

        Every yielded set is one and the same object unless copy. Raises for keys that are no ranges.
        """
        steps = _Steps(self, list(keys))
        return map(steps.copier(), steps) if copy else iter(steps)

    def condition(self, number: int) -> ParameterSet:
        """Set `number` of `iter_inner`, computed from the number alone."""
        count = self.num_conditions()
        if not -count <= number < count:
            raise InvalidParameterValueError(f"the space has the conditions 0 … {count - 1}, got {number}", got=number)
        assignment, left = {}, number % count
        for key in self.range_keys():
            values = _values(self, key)
            left, at = divmod(left, len(values))
            assignment[key] = values[at]
        return next(self.iter_points([assignment], copy=True))

    def iter_points(self, assignments: Iterable[Mapping[str, Any]], copy: bool = False) -> Iterator[ParameterSet]:
        """The set with each assignment {dotted name: value} of a design (designs.py) put in.

        What an assignment does not name has the value that it has in this space.
        """
        own = self.tree_copy()
        point, changed = None, None
        for assignment in assignments:
            if point is None or copy or set(assignment) != changed:
                point, changed = own.tree_copy(), set(assignment)
            for key, value in assignment.items():
                point.replace_values(True, **{key: value})
            yield _evaluated(point, own, assignment)

    def parameter_space_dimension_labels(self) -> tuple[list[int], list[str]]:
        """(lengths, dotted names) of the ranges, sorted by name."""
        labels = sorted(self.range_keys())
        return [len(_values(self, key)) for key in labels], labels

    def parameter_space_index(self, current_experiment: ParameterSet) -> tuple[int, ...]:
        """Index of a set in the dimensions of `parameter_space_dimension_labels`, as for a results array.

        A set that this space has just yielded knows its index, also if a range has equal values; else values are
        compared, and the first equal one counts. ValueError if the set is not in the space.
        """
        known = current_experiment._at.get if getattr(current_experiment, "_at", None) is not None else lambda key: None
        return tuple(_position(self, key, current_experiment, known(key)) for key in sorted(self.range_keys()))

    def realize_dists(self, n: int = 1, copy: bool = False, *, seed: int = 0) -> Iterator[ParameterSet]:
        """n sets with all distributions replaced by draws, which are all made before the first is yielded.

        Draws depend on the seed and the dotted name: the same in every call and process, independent between
        names, and the first n of more. copy: a new set each, instead of always the same object.
        """
        leaves = {key: self[key] for key in self.dist_keys()}
        draws = {key: _realised(leaf, n, seed, key) for key, leaf in leaves.items()}
        return self._realisations(draws, n, copy)

    def _realisations(self, draws: Mapping[str, list], n: int, copy: bool) -> Iterator[ParameterSet]:
        own = self.tree_copy()
        point = own.tree_copy()
        for i in range(n):
            point = own.tree_copy() if copy else point
            for key, values in draws.items():
                point[key] = values[i]
            yield _evaluated(point, own, draws)


class _Steps:
    """Steps through the combinations of some ranges of a space, in one set."""

    def __init__(self, space: ParameterSet, keys: list[str]):
        self.keys = keys
        self.values = [_values(space, key) for key in keys]
        self.own = space
        self.dependent = _dependent(space, keys)
        self.at: dict[str, int] = {}

    def __iter__(self) -> Iterator[ParameterSet]:
        point = self.own.tree_copy()
        places = [_place(point, key) for key in self.keys]
        for (holder, key), values in zip(places, self.values, strict=True):
            _set(holder, key, values[0])
        point = point.tree_copy()       # sets in which nothing varies any more are plain ones
        places = [_place(point, key) for key in self.keys]
        object.__setattr__(point, "_at", self.at)
        return self._follow(point, places) if self.keys else iter([point])

    def _follow(self, point: ParameterSet, places: list) -> Iterator[ParameterSet]:
        (holder, key), first, at, name = places[0], self.values[0], self.at, self.keys[0]
        outer = [list(enumerate(v)) for v in reversed(self.values[1:])]
        where = list(zip(reversed(places[1:]), reversed(self.keys[1:]), strict=True))
        dependent, set_ = self.dependent, _set
        for combination in itertools.product(*outer):
            for ((inner, last), dotted), (i, value) in zip(where, combination, strict=True):
                _set(inner, last, value)
                at[dotted] = i
            for at[name], value in enumerate(first):        # the loop that runs for every point
                set_(holder, key, value)
                if dependent:
                    _evaluate(point, self.own, dependent)
                yield point

    def copier(self) -> Callable[[ParameterSet], ParameterSet]:
        """A function that copies the yielded set, made for its structure."""
        structure: list[Callable] = []

        def copied(point: ParameterSet) -> ParameterSet:
            if not structure or self.dependent:
                structure[:] = [_structure_copier(point)]
            made = structure[0](point)
            object.__setattr__(made, "_at", dict(self.at))
            return made

        return copied


def holds(value: Any, kind: type | tuple[type, ...]) -> bool:
    """Whether a leaf is of a kind, or is a list, tuple or set with a member that is."""
    return isinstance(value, kind) or (isinstance(value, (list, tuple)) and any(isinstance(v, kind) for v in value))


def _values(space: ParameterSet, key: str) -> Sequence[Any]:
    """The values of a range; of a list with ranges, all lists that it stands for, the first range fastest."""
    leaf = space[key]
    if isinstance(leaf, ParameterRange):
        return leaf._values
    if not holds(leaf, ParameterRange):
        raise InvalidParameterValueError(f"{key} is no range, got {leaf!r}{nearest(key, space.range_keys())}", name=key,
                                         got=leaf)
    parts = [v._values if isinstance(v, ParameterRange) else (v,) for v in reversed(leaf)]
    return [type(leaf)(reversed(c)) for c in itertools.product(*parts)]


def _place(tree: ParameterSet, path: str) -> tuple[ParameterSet, str]:
    group, _, last = path.rpartition(".")
    return (tree[group] if group else tree), last


def _dependent(space: ParameterSet, keys: Sequence[str]) -> list[str]:
    """Paths of references that depend on some of these parameters, in the order in which they can be evaluated."""
    leaves = {path: leaf for path, leaf in space.flat() if any(True for _ in references_in(leaf))}
    found: dict[str, None] = {}
    for path in resolution_order(leaves) if leaves else ():
        targets = [p for r in references_in(leaves[path]) for p in r.paths()]
        if any(_touches(target, changed) for target in targets for changed in (*keys, *found)):
            found[path] = None
    return list(found)


def _touches(target: str, changed: str) -> bool:
    return target == changed or target.startswith(f"{changed}.") or changed.startswith(f"{target}.")


def _evaluate(point: ParameterSet, own: ParameterSet, paths: Sequence[str]) -> None:
    view = View(point)
    for path in paths:
        view.known[path] = replaced(own[path], view.find)
    for path in paths:
        holder, last = _place(point, path)
        holder[last] = view.known[path]


def _evaluated(point: ParameterSet, own: ParameterSet, changed: Mapping[str, Any]) -> ParameterSet:
    """The point with what depends on the changed parameters evaluated; a plain set if nothing varies any more."""
    _evaluate(point, own, _dependent(own, list(changed)))
    return point.as_kind()


def _position(space: ParameterSet, key: str, experiment: ParameterSet, known: int | None) -> int:
    values, value = _values(space, key), experiment[key]
    if known is not None and known < len(values) and same(values[known], value):
        return known
    for i, candidate in enumerate(values):
        if same(candidate, value):
            return i
    raise InvalidParameterValueError(f"this set is not in the space: {key} = {value!r} is none of {list(values)[:20]!r}",
                                     name=key, got=value)


def _realised(leaf: Any, n: int, seed: int, key: str) -> list:
    if isinstance(leaf, ParameterDist):
        return leaf.draws(0, n, seed=_seed(seed, leaf), name=key).tolist()
    parts = [_realised(v, n, seed, f"{key}[{i}]") if isinstance(v, ParameterDist) else [v] * n for i, v in enumerate(leaf)]
    return [type(leaf)(row) for row in zip(*parts, strict=True)]


def _seed(seed: int, dist: ParameterDist) -> int:
    return seed if dist.seed == 0 else (seed << 64) + dist.seed


def _structure_copier(node: ParameterSet) -> Callable[[ParameterSet], ParameterSet]:
    children = [(key, _structure_copier(value)) for key, value in node.items() if isinstance(value, SpaceMethods)]
    make = node._like

    def copied(source: ParameterSet) -> ParameterSet:
        made = make(source)
        for key, child in children:
            _set(made, key, child(source[key]))
        return made

    return copied
