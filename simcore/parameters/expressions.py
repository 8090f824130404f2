"""Expressions in parameter files: text is data. An `ast` walk over a whitelist, never `eval`.

`linspace(0.9, 4, 8)`, `range([3, 4.5], "ms")`, `ref('a.b') * 2`, `g > 3 or eta < 2`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from simcore.errors import ExperimentError, nearest

_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
           ast.Pow: operator.pow, ast.Mod: operator.mod}
_COMPARE = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
            ast.NotEq: operator.ne}
_MAX_LENGTH = 10_000


def evaluate(text: str, *, names: Callable[[str], object], calls: Mapping[str, Callable], where: str) -> object:
    """The value of an expression. names: dotted name -> value; calls: the functions that it may call.

    Raises ExperimentError for anything else that Python could do.
    """
    if len(text) > _MAX_LENGTH:
        raise ExperimentError(f"an expression has at most {_MAX_LENGTH} characters, got {len(text)}", where=where)
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _Walk(text, names, calls, where).value(tree.body)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ExperimentError(f"{text!r} is no expression: {error}", got=text, where=where) from None


class _Walk:
    def __init__(self, text: str, names: Callable, calls: Mapping[str, Callable], where: str) -> None:
        self.text, self.names, self.calls, self.where = text, names, calls, where

    def value(self, node: ast.expr) -> object:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._refused(node)
        return method(node)

    def _constant(self, node: ast.Constant) -> object:
        if isinstance(node.value, (int, float, str, bool)) or node.value is None:
            return node.value
        raise self._refused(node)

    def _list(self, node: ast.List) -> list:
        return [self.value(e) for e in node.elts]

    _tuple = _list

    def _dict(self, node: ast.Dict) -> dict:
        if any(k is None for k in node.keys):
            raise self._refused(node)
        return {self.value(k): self.value(v) for k, v in zip(node.keys, node.values, strict=True)}

    def _name(self, node: ast.Name) -> object:
        return self.names(node.id)

    def _attribute(self, node: ast.Attribute) -> object:
        return self.names(self._dotted(node))

    def _dotted(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value)}.{node.attr}"
        raise self._refused(node)

    def _unaryop(self, node: ast.UnaryOp) -> object:
        x = self.value(node.operand)
        if isinstance(node.op, ast.USub):
            return -x
        if isinstance(node.op, ast.UAdd):
            return +x
        if isinstance(node.op, ast.Not):
            return not x
        raise self._refused(node)

    def _binop(self, node: ast.BinOp) -> object:
        if type(node.op) not in _BINARY:
            raise self._refused(node)
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            left = float(left)                          # 9**9**9 overflows instead of filling the memory
        try:
            return _BINARY[type(node.op)](left, right)
        except (TypeError, ArithmeticError) as error:
            raise ExperimentError(f"{self.text!r} cannot be computed: {error}", got=self.text, where=self.where) from None

    def _boolop(self, node: ast.BoolOp) -> bool:
        test = all if isinstance(node.op, ast.And) else any
        return test(bool(self.value(v)) for v in node.values)

    def _compare(self, node: ast.Compare) -> bool:
        values = [self.value(v) for v in (node.left, *node.comparators)]
        for op, a, b in zip(node.ops, values, values[1:], strict=False):
            if type(op) not in _COMPARE:
                raise self._refused(node)
            try:
                if not _COMPARE[type(op)](a, b):
                    return False
            except TypeError as error:
                raise ExperimentError(f"{self.text!r} cannot be compared: {error}", where=self.where) from None
        return True

    def _call(self, node: ast.Call) -> object:
        name = self._dotted(node.func)
        if name not in self.calls:
            raise ExperimentError(f"{self.text!r} calls {name!r}, which is not among what may be called"
                                  f"{nearest(name, self.calls)}", name=name, where=self.where)
        if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise self._refused(node)
        keywords = {k.arg: self.value(k.value) for k in node.keywords}
        try:
            return self.calls[name](*(self.value(a) for a in node.args), **keywords)
        except (TypeError, ValueError) as error:
            raise ExperimentError(f"{self.text!r}: {error}", name=name, where=self.where) from None

    def _refused(self, node: ast.AST) -> ExperimentError:
        return ExperimentError(f"{self.text!r} holds what no expression may: {type(node).__name__}", got=self.text,
                               where=self.where)
