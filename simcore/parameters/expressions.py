"""Formulas over arrays, such as `exp(-d/100.0) * (d < 300)`: an `ast` walk over a whitelist, no `eval`.

Allowed are numbers, the variables that are named, pi and e, + - * / // % **, comparisons, and, or, not, & | ~,
`a if b else c`, whole-number indices (`d[0]`) and calls of the functions of FUNCTIONS, also as `numpy.exp` or `np.exp`.
Compiled once to nested Python functions that work on whole arrays.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.errors import ParameterTextError, nearest
from simcore.parameters.conditions import dotted
from simcore.parameters.limits import MAX_CONDITION
from simcore.parameters.text import parsed

Compiled = Callable[[Mapping[str, Any]], Any]
_UFUNCS = ("abs", "absolute", "fabs", "arccos", "arcsin", "arctan", "arctan2", "ceil", "cos", "cosh", "exp", "floor", "fmod",
           "hypot", "log", "log10", "maximum", "minimum", "power", "rint", "sign", "sin", "sinh", "sqrt", "square", "tan",
           "tanh", "where", "logical_and", "logical_or", "logical_not", "clip")
FUNCTIONS: dict[str, Callable] = {**{name: getattr(np, name) for name in _UFUNCS}, "max": np.maximum, "min": np.minimum,
                                  "pow": np.power}
_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "True": True, "False": False}
_ARITHMETIC = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide,
               ast.FloorDiv: np.floor_divide, ast.Mod: np.mod, ast.Pow: np.power, ast.BitAnd: np.logical_and,
               ast.BitOr: np.logical_or}
_COMPARISONS = {ast.Eq: np.equal, ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater,
                ast.GtE: np.greater_equal}
_UNARY = {ast.Not: np.logical_not, ast.Invert: np.logical_not, ast.USub: np.negative, ast.UAdd: np.positive}


class Expression:
    """A formula of named variables. Called with their values (arrays that broadcast), gives a float64 array.

    functions: further functions, or others for names of FUNCTIONS. Raises ParameterTextError for text that is not
    allowed or uses other variables. IEEE arithmetic: 1 / 0 is inf.
    """

    def __init__(self, text: str, variables: Sequence[str], functions: Mapping[str, Callable] | None = None):
        if not isinstance(text, str) or len(text) > MAX_CONDITION:
            raise ParameterTextError(f"a formula must be text of at most {MAX_CONDITION:,} characters, got "
                                     f"{str(text)[:80]!r}", got=str(text)[:80])
        self.text, self.variables = text, tuple(variables)
        try:
            self._compiled = _Compiler(self.variables, {**FUNCTIONS, **(functions or {})}, text).of(parsed(text))
        except RecursionError:
            raise ParameterTextError("this formula is nested too deeply", got=text[:80]) from None

    def __call__(self, **values: Any) -> np.ndarray:
        """The value, of the shape to which the variables broadcast."""
        arrays = {name: np.asarray(values[name], dtype=np.float64) for name in self.variables}
        try:
            with np.errstate(all="ignore"):
                return np.asarray(self._compiled(arrays), dtype=np.float64)
        except (TypeError, ValueError, IndexError, MemoryError) as error:
            raise ParameterTextError(f"the formula {self.text!r} cannot be evaluated: {error}", got=self.text) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class _Compiler:
    """From a syntax tree to a function of the variables' values."""

    def __init__(self, variables: tuple[str, ...], functions: Mapping[str, Callable], text: str):
        self.variables, self.functions, self.text = variables, functions, text

    def of(self, node: ast.AST) -> Compiled:
        make = self._NODES.get(type(node))
        if make is None:
            raise self._refused(f"{type(node).__name__} is not allowed")
        return make(self, node)

    def _refused(self, why: str) -> ParameterTextError:
        return ParameterTextError(f"{why} in the formula {self.text[:80]!r}; allowed are arithmetic, comparisons, and, or, "
                                  f"not, the variables {', '.join(self.variables)} and functions such as exp", got=self.text)

    def _constant(self, node: ast.Constant) -> Compiled:
        value = node.value
        if not isinstance(value, (bool, int, float)):
            raise self._refused(f"{value!r} is not allowed")
        try:
            number = np.float64(value)          # whole numbers too: 10**-2 is a number here
        except OverflowError:
            raise self._refused("a number is too large for a float") from None
        return lambda values: number

    def _name(self, node: ast.Name | ast.Attribute) -> Compiled:
        name = self._plain(node)
        if name in self.variables:
            return lambda values: values[name]
        if name in _CONSTANTS:
            return lambda values: _CONSTANTS[name]
        raise self._refused(f"{ast.unparse(node)!r} is not a variable{nearest(name or '', self.variables)};")

    @staticmethod
    def _plain(node: ast.AST) -> str | None:
        """A name without numpy's in front."""
        name = dotted(node)
        return name.removeprefix("numpy.").removeprefix("np.") if name else None

    def _binary(self, node: ast.BinOp) -> Compiled:
        function = _ARITHMETIC.get(type(node.op))
        if function is None:
            raise self._refused(f"{type(node.op).__name__} is not allowed")
        a, b = self.of(node.left), self.of(node.right)
        return lambda values: function(a(values), b(values))

    def _unary(self, node: ast.UnaryOp) -> Compiled:
        function, operand = _UNARY[type(node.op)], self.of(node.operand)
        return lambda values: function(operand(values))

    def _bool(self, node: ast.BoolOp) -> Compiled:
        parts = [self.of(v) for v in node.values]
        function = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return lambda values: _folded(function, [part(values) for part in parts])

    def _compare(self, node: ast.Compare) -> Compiled:
        parts = [self.of(v) for v in (node.left, *node.comparators)]
        functions = [_COMPARISONS.get(type(op)) for op in node.ops]
        if None in functions:
            raise self._refused("only < <= > >= == != compare numbers")

        def compare(values: Mapping[str, Any]) -> Any:
            sides = [part(values) for part in parts]
            return _folded(np.logical_and, [f(a, b) for f, a, b in zip(functions, sides, sides[1:], strict=False)])

        return compare

    def _choice(self, node: ast.IfExp) -> Compiled:
        test, yes, no = self.of(node.test), self.of(node.body), self.of(node.orelse)
        return lambda values: np.where(test(values), yes(values), no(values))

    def _index(self, node: ast.Subscript) -> Compiled:
        if not isinstance(node.slice, ast.Constant) or type(node.slice.value) is not int:
            raise self._refused("an index must be a whole number")
        value, index = self.of(node.value), node.slice.value
        return lambda values: value(values)[index]

    def _call(self, node: ast.Call) -> Compiled:
        name = self._plain(node.func)
        function = self.functions.get(name or "")
        if function is None or node.keywords:
            hint = nearest(name or "", self.functions) if function is None else ""
            raise self._refused(f"{ast.unparse(node)[:60]!r} is not allowed{hint}")
        arguments = [self.of(a) for a in node.args]
        return lambda values: function(*[a(values) for a in arguments])

    _NODES: Mapping[type, Callable] = {
        ast.Constant: _constant, ast.Name: _name, ast.Attribute: _name, ast.BinOp: _binary, ast.UnaryOp: _unary,
        ast.BoolOp: _bool, ast.Compare: _compare, ast.IfExp: _choice, ast.Subscript: _index, ast.Call: _call,
    }


def _folded(function: Callable, parts: Sequence[Any]) -> Any:
    result = parts[0]
    for part in parts[1:]:
        result = function(result, part)
    return result
