"""Conditions over parameters, such as `g > 3 or eta < 2`: an `ast` walk over a whitelist, no `eval`.

Allowed are comparisons, and, or, not, in, + - * / // % ** of numbers, `a if b else c`, indices, the functions of
FUNCTIONS, and names, dotted ones too. A condition is compiled once to nested Python functions and then costs about a
microsecond a use.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from simcore.errors import NonExistentParameterError, ParameterTextError, SimcoreError, nearest
from simcore.parameters.limits import MAX_CONDITION
from simcore.parameters.references import checked_power
from simcore.parameters.text import parsed
from simcore.parameters.values import Parameter

FUNCTIONS = {"abs": abs, "min": min, "max": max, "len": len, "round": round, "sum": sum, "any": any, "all": all, "int": int,
             "float": float, "str": str, "bool": bool, "isinstance": isinstance, "sqrt": math.sqrt, "exp": math.exp,
             "log": math.log, "isfinite": math.isfinite}
TYPES = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "tuple": tuple, "dict": dict, "set": set}
_NAMES = {"pi": math.pi, "true": True, "false": False, "null": None, "inf": math.inf}
_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
               ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: checked_power}
_COMPARISONS = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
                ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b, ast.Is: operator.is_,
                ast.IsNot: operator.is_not}
_UNARY = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos}
Find = Callable[[str], Any]
Compiled = Callable[[Find], Any]


class Condition:
    """A compiled condition. names: the dotted names that it needs.

    Called with a function that gives the value of a name, or a mapping of dotted names to values. Raises
    ParameterTextError when made from text that is not allowed; where names its origin.
    """

    def __init__(self, text: str, *, where: str = ""):
        if not isinstance(text, str):
            raise ParameterTextError(f"a condition must be text such as 'g > 3 or eta < 2', got {text!r}", got=text,
                                     where=where)
        self.text, self.where = text, where
        try:
            self._compiled, self.names = _compiled(text)
        except ParameterTextError as error:
            raise ParameterTextError(error.message, name=error.name, got=error.got, where=error.where or where) from None

    def __call__(self, find: Find | Mapping[str, Any]) -> Any:
        """The value of the expression; errors of its evaluation are ParameterTextError."""
        try:
            return self._compiled(find.__getitem__ if isinstance(find, Mapping) else find)
        except SimcoreError:
            raise
        except KeyError as error:
            raise NonExistentParameterError(f"the condition {self.text!r} uses {error.args[0]!r}, which does not exist",
                                            name=str(error.args[0]), where=self.where) from None
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, MemoryError) as error:
            raise ParameterTextError(f"the condition {self.text!r} cannot be evaluated: {error}", got=self.text,
                                     where=self.where) from None

    def check_names(self, valid: Mapping[str, Any] | list[str]) -> None:
        """Raise NonExistentParameterError, with the nearest name, if one of its names is not valid."""
        for name in self.names:
            if name not in valid:
                raise NonExistentParameterError(f"the condition {self.text!r} uses {name!r}, which does not exist"
                                                f"{nearest(name, valid)}", name=name, where=self.where)


@lru_cache(maxsize=1024)
def _compiled(text: str) -> tuple[Compiled, tuple[str, ...]]:
    if len(text) > MAX_CONDITION:
        raise ParameterTextError(f"a condition of {len(text):,} characters is too long (at most {MAX_CONDITION:,})")
    tree = parsed(text)
    try:
        function = _of(tree)
        return function, tuple(dict.fromkeys(_names(tree)))
    except RecursionError:
        raise ParameterTextError("this condition is nested too deeply", got=text[:200]) from None


def _of(node: ast.AST) -> Compiled:
    make = _NODES.get(type(node))
    if make is None:
        raise ParameterTextError(f"{type(node).__name__} is not allowed in a condition: {ast.unparse(node)[:80]!r}; allowed "
                                 "are comparisons, and, or, not, in, arithmetic and names", got=type(node).__name__)
    return make(node)


def _constant(node: ast.Constant) -> Compiled:
    value = node.value
    if isinstance(value, (float, complex)) and value - value != 0.0:
        raise ParameterTextError("a condition has a number that is too large for a float")
    return lambda find: value


def _name(node: ast.Name | ast.Attribute) -> Compiled:
    name = dotted(node)
    if name is None:
        raise ParameterTextError(f"only plain dotted names are allowed in a condition, got {ast.unparse(node)[:80]!r}")
    if name.startswith("_") or "._" in name:
        raise ParameterTextError(f"a name in a condition cannot begin with an underscore, got {name!r}", name=name)
    if name in _NAMES or name in TYPES:
        value = _NAMES.get(name, TYPES.get(name))
        return lambda find: value
    return lambda find: find(name)


def _bool(node: ast.BoolOp) -> Compiled:
    parts = [_of(v) for v in node.values]
    if isinstance(node.op, ast.And):
        return lambda find: all(part(find) for part in parts)
    return lambda find: any(part(find) for part in parts)


def _unary(node: ast.UnaryOp) -> Compiled:
    function, operand = _UNARY.get(type(node.op)), _of(node.operand)
    if function is None:
        raise ParameterTextError(f"{type(node.op).__name__} is not allowed in a condition")
    return lambda find: function(operand(find))


def _compare(node: ast.Compare) -> Compiled:
    parts = [_of(v) for v in (node.left, *node.comparators)]
    functions = [_COMPARISONS[type(op)] for op in node.ops]

    def compare(find: Find) -> bool:
        left = parts[0](find)
        for function, part in zip(functions, parts[1:], strict=True):
            right = part(find)
            if not function(left, right):
                return False
            left = right
        return True

    return compare


def _arithmetic(node: ast.BinOp) -> Compiled:
    function = _ARITHMETIC.get(type(node.op))
    if function is None:
        raise ParameterTextError(f"{type(node.op).__name__} is not allowed in a condition")
    a, b = _of(node.left), _of(node.right)
    return lambda find: function(_number(a(find)), _number(b(find)))


def _number(value: Any) -> Any:
    if isinstance(value, (int, float, complex, Parameter)) or type(value).__module__ == "numpy":
        return value
    raise TypeError(f"arithmetic needs numbers, got {value!r}")


def _choice(node: ast.IfExp) -> Compiled:
    test, yes, no = _of(node.test), _of(node.body), _of(node.orelse)
    return lambda find: yes(find) if test(find) else no(find)


def _collection(node: ast.List | ast.Tuple | ast.Set) -> Compiled:
    parts = [_of(e) for e in node.elts]
    return lambda find: tuple([part(find) for part in parts])


def _index(node: ast.Subscript) -> Compiled:
    value, index = _of(node.value), _of(node.slice)
    return lambda find: value(find)[index(find)]


def _call(node: ast.Call) -> Compiled:
    function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if function is None or node.keywords:
        raise ParameterTextError(f"this call is not allowed in a condition: {ast.unparse(node)[:80]!r}; allowed are "
                                 f"{', '.join(FUNCTIONS)}, without keywords")
    arguments = [_of(a) for a in node.args]
    return lambda find: function(*[a(find) for a in arguments])


def _names(tree: ast.AST) -> Iterator[str]:
    """Dotted names in a condition that are not functions, types or constants."""
    if isinstance(tree, (ast.Name, ast.Attribute)):
        name = dotted(tree)
        if name not in _NAMES and name not in TYPES:
            yield name or ""
    elif isinstance(tree, ast.Call):
        for argument in tree.args:
            yield from _names(argument)
    else:
        for child in ast.iter_child_nodes(tree):
            yield from _names(child)


def dotted(node: ast.AST) -> str | None:
    """The dotted name that a tree is, None if it is something else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


_NODES: dict[type, Callable] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _name, ast.BoolOp: _bool, ast.UnaryOp: _unary,
    ast.Compare: _compare, ast.BinOp: _arithmetic, ast.IfExp: _choice, ast.List: _collection, ast.Tuple: _collection,
    ast.Set: _collection, ast.Subscript: _index, ast.Call: _call,
}
