"""ParameterReference: a place-holder for the value of another parameter, in formulas that wait for that value.

`ref('cells.tau_m') * 2 + 1` is the path and a queue of operations; nothing is computed before `evaluate` or
`resolve`. Units are checked on the way if the values are Parameters. A cycle, an unknown path and an operation that
cannot be applied are errors that name the dotted path.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, ParameterTypeError, UnitError, nearest
from simcore.parameters.limits import MAX_POWER_BITS
from simcore.parameters.literals import as_text

_SELF = "(this formula)"
SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}


@dataclass(frozen=True)
class Operation:
    """One operation of the queue: `value symbol operand`, or `operand symbol value` if reversed."""

    name: str
    operand: Any = None
    reversed: bool = False

    def __call__(self, value: Any, operand: Any) -> Any:
        """Apply it; operand is given anew since that in the queue may have been a reference."""
        if self.name == "neg":
            return -value
        function = checked_power if self.name == "pow" else getattr(operator, self.name)
        return reverse(function)(value, operand) if self.reversed else function(value, operand)


def reverse(func: Callable) -> Callable:
    """Given a function f(a, b), returns f(b, a)."""

    @wraps(func, assigned=())
    def reversed_func(a: Any, b: Any) -> Any:
        return func(b, a)

    reversed_func.__doc__ = f"Reversed argument form of {func.__doc__}"
    reversed_func.__name__ = f"reversed {getattr(func, '__name__', func)}"
    return reversed_func


def lazy_operation(name: str, reversed: bool = False) -> Callable:
    """A method that queues an operation of the module `operator` (add, sub, mul, truediv, pow) on a new reference."""

    def op(self: ParameterReference, val: Any = None) -> ParameterReference:
        if reversed and isinstance(val, ParameterReference):     # one form for one formula
            return val.queued(Operation(name, self))
        return self.queued(Operation(name, val, reversed))

    op.__name__ = f"__{'r' if reversed else ''}{name}__"
    op.__doc__ = f"Queue {name}{', reversed' if reversed else ''}."
    return op


class ParameterReference:
    """Place-holder for the parameter at a dotted path of the set in which it will be evaluated.

    reference_path: the path. operations: the queue, a tuple of Operation. Immutable: operators give a new reference.
    """

    __slots__ = ("operations", "reference_path")
    operations: tuple[Operation, ...]
    reference_path: str
    __array_ufunc__ = None              # numpy leaves arithmetic to the methods below

    def __init__(self, reference: str):
        if not isinstance(reference, str) or not reference or "" in reference.split("."):
            raise InvalidParameterValueError(f"a reference needs a dotted path such as 'cells.tau_m', got {reference!r}",
                                             got=reference)
        object.__setattr__(self, "reference_path", reference)
        object.__setattr__(self, "operations", ())

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a ParameterReference does not change: make a new one instead of setting {name!r}")

    def __reduce__(self):
        return _made, (self.reference_path, self.operations)

    def queued(self, operation: Operation) -> ParameterReference:
        """A new reference with one more operation."""
        return _made(self.reference_path, (*self.operations, operation))

    def copy(self) -> ParameterReference:
        """An independent reference of the same formula."""
        return _made(self.reference_path, tuple(
            Operation(o.name, o.operand.copy() if isinstance(o.operand, ParameterReference) else o.operand, o.reversed)
            for o in self.operations))

    def __copy__(self) -> ParameterReference:
        return self

    def __deepcopy__(self, memo: dict) -> ParameterReference:
        return self.copy()

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, ParameterReference) and self.reference_path == other.reference_path
                and self.operations == other.operations)

    def __hash__(self) -> int:
        return hash((self.reference_path, len(self.operations)))

    def __repr__(self) -> str:
        text = f"ref({self.reference_path!r})"
        for i, o in enumerate(self.operations):
            inner = f"({text})" if i else text
            if o.name == "neg":
                text = f"-{inner}"
                continue
            operand = f"({o.operand!r})" if isinstance(o.operand, ParameterReference) or _is_negative(o.operand) \
                else as_text(o.operand)
            left, right = (operand, inner) if o.reversed else (inner, operand)
            text = f"{left} {SYMBOLS[o.name]} {right}"
        return text

    def paths(self) -> Iterator[str]:
        """Dotted paths of all parameters in the formula."""
        yield self.reference_path
        for o in self.operations:
            if isinstance(o.operand, ParameterReference):
                yield from o.operand.paths()

    def evaluate(self, parameter_set: Mapping) -> Any:
        """The value of the formula, with `parameter_set` as the source of what it refers to.

        A reference to a set gives its copy. Raises KeyError for an unknown path, ValueError for operations on a set or a
        cycle, TypeError if an operation cannot be applied, UnitError if units do not fit.
        """
        view = View(parameter_set)
        leaves = {path: leaf for path, leaf in _leaves(parameter_set) if any(True for _ in references_in(leaf))}
        if leaves:
            leaves[_SELF] = self
            for path in resolution_order(leaves, [_SELF])[:-1]:
                view.known[path] = replaced(leaves[path], view.find)
        return self._value(view.find)

    def _value(self, find: Callable[[str], Any]) -> Any:
        value = find(self.reference_path)
        if isinstance(value, Mapping):
            if self.operations:
                raise InvalidParameterValueError(f"{self!r}: {self.reference_path} is a set of parameters: operations "
                                                 "can only be applied to a single one", name=self.reference_path)
            return value.tree_copy() if hasattr(value, "tree_copy") else dict(value)
        for o in self.operations:
            operand = o.operand._value(find) if isinstance(o.operand, ParameterReference) else o.operand
            value = self._applied(o, value, operand)
        return value

    def _applied(self, o: Operation, value: Any, operand: Any) -> Any:
        try:
            return o(value, operand)
        except UnitError:
            raise
        except TypeError as error:
            raise ParameterTypeError(f"{self!r}: cannot apply {SYMBOLS.get(o.name, '-')} to {value!r} and {operand!r}: "
                                     f"{error}", name=self.reference_path, got=value) from None
        except (ArithmeticError, ValueError) as error:
            raise InvalidParameterValueError(f"{self!r}: {SYMBOLS.get(o.name, '-')} of {value!r} and {operand!r} fails: "
                                             f"{error}", name=self.reference_path, got=value) from None

    __add__, __radd__ = lazy_operation("add"), lazy_operation("add", reversed=True)
    __sub__, __rsub__ = lazy_operation("sub"), lazy_operation("sub", reversed=True)
    __mul__, __rmul__ = lazy_operation("mul"), lazy_operation("mul", reversed=True)
    __truediv__, __rtruediv__ = lazy_operation("truediv"), lazy_operation("truediv", reversed=True)
    __pow__, __rpow__ = lazy_operation("pow"), lazy_operation("pow", reversed=True)
    __neg__ = lazy_operation("neg")


def checked_power(base: Any, exponent: Any) -> Any:
    """base ** exponent; ValueError if the result would have more digits than anybody waits for."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0 and \
            abs(base).bit_length() * exponent > MAX_POWER_BITS:
        raise InvalidParameterValueError(f"a power of more than {MAX_POWER_BITS} bits: {str(base)[:20]} ** "
                                         f"{str(exponent)[:20]}", got=exponent)
    return base ** exponent


def lookup(tree: Mapping, path: str) -> Any:
    """What is at a dotted path of nested mappings; NonExistentParameterError with the nearest path."""
    at: Any = tree
    for i, part in enumerate(names := path.split(".")):
        if not isinstance(at, Mapping) or part not in at:
            raise unknown(tree, names, i)
        at = dict.__getitem__(at, part) if isinstance(at, dict) else at[part]
    return at


def _leaves(tree: Mapping, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def unknown(tree: Mapping, names: list[str], i: int) -> NonExistentParameterError:
    """The error for a path whose part number i does not exist."""
    prefix = "".join(f"{n}." for n in names[:i])
    path = ".".join(names)
    at: Any = tree
    for name in names[:i]:
        at = at[name] if isinstance(at, Mapping) and name in at else {}
    if not isinstance(at, Mapping):
        return NonExistentParameterError(f"there is no parameter {path!r}: {prefix[:-1]} is a single value", name=path)
    hint = nearest(prefix + names[i], (prefix + str(n) for n in at))
    return NonExistentParameterError(f"there is no parameter {path!r}{hint}", name=path, got=names[i])


def references_in(value: Any) -> Iterator[ParameterReference]:
    """The references that a leaf is or holds (in lists, tuples, ranges, distributions and mappings)."""
    if isinstance(value, ParameterReference):
        yield value
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from references_in(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from references_in(inner)


def replaced(value: Any, find: Callable[[str], Any]) -> Any:
    """The leaf with its references replaced by their values; find: gives what is at a path."""
    if isinstance(value, ParameterReference):
        return value._value(find)
    if isinstance(value, (list, tuple)):
        inner = [replaced(v, find) for v in value]
        return inner if isinstance(value, list) else tuple(inner)
    if isinstance(value, dict):
        return {k: replaced(v, find) for k, v in value.items()}
    return value


def resolution_order(leaves: Mapping[str, Any], starts: Iterable[str] | None = None) -> list[str]:
    """Dotted paths of the leaves that hold references, each after those that it depends on.

    leaves: {dotted path: leaf}, at least those that hold references. starts: only these and what they depend on. Raises
    ValueError naming the paths of a cycle. Only order is decided here; whether paths exist is found when they are
    evaluated.
    """
    targets = {path: found for path, leaf in leaves.items() if (found := [p for r in references_in(leaf)
                                                                         for p in r.paths()])}
    within: dict[str, list[str]] = {}   # set: the leaves in it that hold references
    for path in targets:
        for prefix in _prefixes(path)[:-1]:
            within.setdefault(prefix, []).append(path)
    order: list[str] = []
    state: dict[str, int] = {}          # 1: being visited, 2: done
    for start in targets if starts is None else [s for s in starts if s in targets]:
        stack = [] if start in state else [(start, _needs(targets[start], targets, within))]
        state.setdefault(start, 1)
        while stack:
            path, waiting = stack[-1]
            below = next(waiting, None)
            if below is None:
                state[path] = 2
                order.append(path)
                stack.pop()
            elif state.get(below) == 1:
                cycle = [p for p, _ in stack]
                raise cycle_error([*cycle[cycle.index(below):], below])
            elif below not in state:
                state[below] = 1
                stack.append((below, _needs(targets[below], targets, within)))
    return order


def _needs(paths: list[str], holders: Mapping[str, list], within: Mapping[str, list]) -> Iterator[str]:
    """The leaves with references that must be known before these paths are: on the way, at the end, or below it."""
    for path in paths:
        on_the_way = next((prefix for prefix in _prefixes(path) if prefix in holders), None)
        yield from [on_the_way] if on_the_way else within.get(path, ())


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts) + 1)]


def cycle_error(paths: list[str]) -> InvalidParameterValueError:
    """The error for references that lead back to where they started."""
    shown = paths if len(paths) <= 12 else [*paths[:6], "…", *paths[-5:]]
    return InvalidParameterValueError(f"references go in a circle: {' -> '.join(shown)}", name=paths[0], got=paths)


class View:
    """A tree of parameters in which the values of references, once known, are seen instead of them.

    tree: nested mappings. known: {dotted path: value}, filled from outside in the order of `resolution_order`.
    """

    def __init__(self, tree: Mapping):
        self.tree = tree
        self.known: dict[str, Any] = {}

    def find(self, path: str) -> Any:
        """What is at a path; of a set, a copy. NonExistentParameterError with the nearest path."""
        at: Any = self.tree
        prefix = ""
        for i, part in enumerate(names := path.split(".")):
            prefix = f"{prefix}.{part}" if i else part
            if prefix in self.known:
                at = self.known[prefix]
            elif isinstance(at, Mapping) and part in at:
                at = at[part]
            else:
                raise unknown(self.tree, names, i)
        return self._copied(at, path) if isinstance(at, Mapping) and self.known else at

    def _copied(self, at: Mapping, path: str) -> Mapping:
        inside = {p: v for p, v in self.known.items() if p.startswith(f"{path}.")}
        if not inside:
            return at
        made = at.tree_copy() if hasattr(at, "tree_copy") else copy.deepcopy(at)
        for p, value in inside.items():
            *groups, last = p.removeprefix(f"{path}.").split(".")
            inner = made
            for group in groups:
                inner = inner[group]
            inner[last] = value
        return made


def _made(path: str, operations: tuple) -> ParameterReference:
    reference = ParameterReference(path)
    object.__setattr__(reference, "operations", operations)
    return reference


def _is_negative(operand: Any) -> bool:
    return isinstance(operand, (int, float)) and not isinstance(operand, bool) and str(operand).startswith("-")
