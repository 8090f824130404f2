"""Text as data: an `ast` walk over what is allowed in parameter files. Nothing is executed.

Allowed are literals, lists, tuples, sets, mappings, + - * / ** of numbers and references, the names pi, true, false,
null, inf, nan, and calls of the names in a table, such as `ref('a.b')`, `ParameterRange([1, 2], "ms")`,
`url('file.yaml')`. Everything else is a ParameterTextError with the line.
"""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.errors import InvalidParameterValueError, ParameterTextError, SimcoreError, nearest
from simcore.parameters import distributions, sequences
from simcore.parameters.limits import MAX_TEXT
from simcore.parameters.references import Operation, ParameterReference
from simcore.parameters.values import Parameter, ParameterRange

NAMES = {"pi": math.pi, "true": True, "false": False, "null": None, "inf": math.inf, "nan": math.nan}

_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Pow: "pow"}
_OPERANDS = (int, float, complex, Parameter, ParameterReference)
_NO_VALUE = re.compile(r"[{\[]\s*,")
_COMMA = re.compile(r",\s*\}")
_LAST_COMMA = re.compile(r'("[^"]*")|,(?=\s*[}\]])')
_STARTS = re.compile(r"[\s(+-]*([A-Za-z_]\w*)\(")


def text(value: str) -> str:
    """The text itself: how text that looks like an expression is written, `text("range([1])")`."""
    if not isinstance(value, str):
        raise InvalidParameterValueError(f"text(...) takes one text, got {value!r}", got=value)
    return value


def number(value: str) -> float:
    """A float that JSON does not have: `number("inf")`, `number("-inf")`, `number("nan")`."""
    if value not in ("inf", "-inf", "nan"):
        raise InvalidParameterValueError(f"number(...) takes inf, -inf or nan as text, got {value!r}", got=value)
    return float(value)


def nothing() -> None:
    """None, which TOML does not have: `nothing()`."""


def array(values: list, dtype: str | None = None) -> Any:
    """A numpy array of a list; dtype: its name, such as "float64"."""
    import numpy as np

    if not isinstance(values, (list, tuple, int, float, complex, bool)) or not isinstance(dtype, (str, type(None))):
        raise InvalidParameterValueError(f"array(...) takes a list and the name of a dtype, got {dtype!r}", got=dtype)
    made = np.array(values, dtype=np.dtype(dtype) if dtype else None)
    if made.dtype.hasobject:
        raise InvalidParameterValueError("array(...) takes numbers or text of one shape", got=dtype)
    return made


def parameter_range(values: Any, units: str | None = None, name: str = "") -> ParameterRange:
    """`range([3, 4.5], "mV")`: a ParameterRange."""
    if isinstance(values, int):
        raise InvalidParameterValueError(f"range takes a list such as range([1, 2, 3]), got range({values}); "
                                         "linspace(start, stop, n) makes evenly spaced values", got=values)
    return ParameterRange(values, units, name)


CALLS: dict[str, Callable] = {
    "ref": ParameterReference, "Parameter": Parameter, "ParameterRange": ParameterRange, "range": parameter_range,
    "linspace": sequences.linspace, "logspace": sequences.logspace, "geomspace": sequences.geomspace,
    **{name: getattr(distributions, name) for name in distributions.__all__ if name != "ParameterDist"},
    "text": text, "number": number, "nothing": nothing, "array": array,
    "set": set, "frozenset": frozenset, "tuple": tuple, "complex": complex,
}
_DEFERRED = ("ParameterSet", "ParameterSpace", "ParameterTable", "url")    # known names whose functions come from above


@dataclass(frozen=True)
class Namespace:
    """What names and calls mean: the tables of this module, and more. where: file, for errors."""

    calls: Mapping[str, Callable] = field(default_factory=lambda: CALLS)
    names: Mapping[str, Any] = field(default_factory=lambda: NAMES)
    where: str = ""

    def extended(self, more: Mapping[str, Any] | None = None, *, where: str | None = None) -> Namespace:
        """With further names: what can be called is a call, anything else a value."""
        calls = {k: v for k, v in (more or {}).items() if callable(v)}
        names = {k: v for k, v in (more or {}).items() if not callable(v) or isinstance(v, type)}
        return Namespace({**self.calls, **calls}, {**self.names, **names}, self.where if where is None else where)


def read(source: str, namespace: Namespace | None = None) -> Any:
    """The value of one expression; ParameterTextError (a SyntaxError and ValueError) for anything that is not allowed."""
    return Reader(namespace or Namespace()).value(parsed(source, (namespace or Namespace()).where))


def parsed(source: str, where: str = "") -> ast.expr:
    """The syntax tree of one expression, whatever the text; ParameterTextError where Python's parser gives up."""
    if len(source) > MAX_TEXT:
        raise ParameterTextError(f"text of {len(source):,} characters is too long (at most {MAX_TEXT:,})", where=where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)      # "\d" in text, 1if …
            return ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        line = (error.text or "").strip()[:80]
        raise ParameterTextError(f"cannot read this text of parameters: {error.msg} at line {error.lineno}: {line!r}",
                                 got=source[:200], where=where) from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise ParameterTextError(f"cannot read this text of parameters: {error or 'nested too deeply'}", got=source[:200],
                                 where=where) from None


def quick(source: str) -> dict | None:
    """The mapping of a text that means the same in JSON, up to commas before a closing bracket; None for any other text.

    Read by the C code of json, several times as fast as by way of a syntax tree. What is left to the tree: escapes, which
    differ in places, numbers that are too large, names given twice, and all that JSON does not have.
    """
    if source[:1] != "{" or "\\" in source or _NO_VALUE.search(source):
        return None
    n_mappings = 0

    def once(pairs: list[tuple[str, Any]]) -> dict:
        nonlocal n_mappings
        n_mappings += 1
        made = dict(pairs)
        return made if len(made) == len(pairs) else _refuse("a name twice")

    try:
        if "]" not in source:           # the fast way is right if no closing bracket is in a text, so that all are counted
            made = json.loads(_COMMA.sub("}", source), object_pairs_hook=once, parse_constant=_refuse, parse_float=_finite)
            if n_mappings == source.count("}"):
                return made
        return json.loads(_LAST_COMMA.sub(r"\1", source), object_pairs_hook=once, parse_constant=_refuse,
                          parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _finite(digits: str) -> float:
    value = float(digits)
    return value if value - value == 0.0 else _refuse(digits)


def _refuse(what: str) -> Any:
    raise ValueError(what)


def is_expression(value: str, calls: Mapping[str, Callable] = CALLS) -> bool:
    """Whether text in a YAML, JSON or TOML file is an expression: one that begins with a call of a known name, or one in
    which such a call is part of a formula, as in `2 * ref('a.b')`.
    """
    if "(" not in value:
        return False
    start = _STARTS.match(value)
    if start:
        return start[1] in calls or start[1] in _DEFERRED
    if not any(f"{name}(" in value for name in ("ref", "Parameter")):
        return False
    try:
        tree = ast.parse(value.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return isinstance(tree, ast.BinOp)


def unknown_call(value: str, calls: Mapping[str, Callable] = CALLS) -> str:
    """A hint if text looks like a call of a name that is not known: `linspce(0, 1, 3)`; else empty."""
    start = _STARTS.match(value)
    if start and value.rstrip().endswith(")") and start[1] not in calls and start[1] not in _DEFERRED:
        return f"there is no function {start[1]!r}{nearest(start[1], [*calls, *_DEFERRED])}"
    return ""


class Reader:
    """Turns a syntax tree into values."""

    def __init__(self, namespace: Namespace):
        self.space = namespace

    def value(self, tree: ast.AST) -> Any:
        """The value of a tree."""
        try:
            return self._of(tree)
        except RecursionError:
            raise ParameterTextError("cannot read this text of parameters: nested too deeply",
                                     where=self.space.where) from None

    def _of(self, node: ast.AST) -> Any:
        if type(node) is ast.Constant:  # by far the most frequent
            value = node.value
            if type(value) is float and value - value != 0.0:
                raise self._error(node, "a number too large for a float")
            return value if value is not Ellipsis else self._refused(node)
        return _NODES.get(type(node), Reader._refused)(self, node)

    def _dict(self, node: ast.Dict) -> dict:
        made: dict = {}
        of = self._of
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise self._error(node, "** in a mapping")
            name = key.value if type(key) is ast.Constant else of(key)
            try:
                if name in made:
                    raise self._error(key, f"the name {name!r} twice in one mapping")
                made[name] = of(value)
            except TypeError:
                raise self._error(key, "a key that is a list or mapping") from None
        return made

    def _list(self, node: ast.List) -> list:
        return [self._of(e) for e in node.elts]

    def _tuple(self, node: ast.Tuple) -> tuple:
        return tuple([self._of(e) for e in node.elts])

    def _set(self, node: ast.Set) -> set:
        try:
            return {self._of(e) for e in node.elts}
        except TypeError:
            raise self._error(node, "a set of what cannot be in a set") from None

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.space.names:
            return self.space.names[node.id]
        hint = "; a call needs parentheses" if node.id in self.space.calls else nearest(node.id, self.space.names)
        raise self._error(node, f"the name {node.id!r}{hint}")

    def _call(self, node: ast.Call) -> Any:
        if type(node.func) is not ast.Name:
            raise self._error(node, "a call of what is not a plain name")
        function = self.space.calls.get(node.func.id)
        if function is None:
            raise self._error(node, f"the function {node.func.id!r}{nearest(node.func.id, self.space.calls)}")
        if any(k.arg is None for k in node.keywords):
            raise self._error(node, "** in a call")
        arguments = [self._of(a) for a in node.args]
        named = {k.arg: self._of(k.value) for k in node.keywords}
        try:
            return function(*arguments, **named)
        except SimcoreError as error:
            raise _located(error, self._at(node)) from None
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise self._error(node, f"{node.func.id}(...) with these arguments: {error}", verb="cannot be") from None

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self._of(node.operand)
        if type(node.op) not in (ast.USub, ast.UAdd) or isinstance(value, bool) or not isinstance(value, _OPERANDS):
            raise self._error(node, f"{type(node.op).__name__} of {type(value).__name__}")
        return -value if type(node.op) is ast.USub else value

    def _binary(self, node: ast.BinOp) -> Any:
        chain = []
        while type(node) is ast.BinOp:  # a + b + c + … is nested to the left: no recursion for it
            chain.append(node)
            node = node.left
        value = self._of(node)
        for step in reversed(chain):
            value = self._combined(step, value, self._of(step.right))
        return value

    def _combined(self, node: ast.BinOp, a: Any, b: Any) -> Any:
        name = _OPERATORS.get(type(node.op))
        a, b = _with_unit(a), _with_unit(b)
        for value in (a, b):
            if name is None or isinstance(value, bool) or not isinstance(value, _OPERANDS):
                raise self._error(node, f"{type(node.op).__name__} of {type(value).__name__}")
        try:
            if isinstance(b, ParameterReference) and not isinstance(a, ParameterReference):
                return b.queued(Operation(name, a, True))
            return a.queued(Operation(name, b)) if isinstance(a, ParameterReference) else Operation(name, b)(a, b)
        except SimcoreError as error:
            raise _located(error, self._at(node)) from None
        except (ArithmeticError, ValueError, TypeError) as error:
            raise self._error(node, f"{type(node.op).__name__} of {a!r} and {b!r}: {error}", verb="cannot be") from None

    def _refused(self, node: ast.AST) -> Any:
        raise self._error(node, f"{type(node).__name__} ({ast.unparse(node)[:60]})"
                          if type(node) in _SMALL else type(node).__name__)

    def _at(self, node: ast.AST) -> str:
        line = getattr(node, "lineno", 1)
        return f"{self.space.where}: line {line}" if self.space.where and line > 1 else self.space.where or f"line {line}"

    def _error(self, node: ast.AST, what: str, verb: str = "is not allowed") -> ParameterTextError:
        message = f"{what} {verb} in text of parameters" if verb == "is not allowed" else f"cannot make {what}"
        return ParameterTextError(message, where=self._at(node))


_SMALL = (ast.Attribute, ast.Name, ast.Subscript)
_NODES: dict[type, Callable] = {
    ast.Dict: Reader._dict, ast.List: Reader._list, ast.Tuple: Reader._tuple, ast.Set: Reader._set,
    ast.Name: Reader._name, ast.Call: Reader._call, ast.UnaryOp: Reader._unary, ast.BinOp: Reader._binary,
}


def _with_unit(value: Any) -> Any:
    """In a formula, text such as '5 ms' is a number with a unit."""
    match = re.fullmatch(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s+(\S.*)", value) if isinstance(value, str) else None
    return Parameter(float(match[1]), match[2].strip()) if match else value


def _located(error: SimcoreError, where: str) -> SimcoreError:
    return error if error.where else type(error)(error.message, name=error.name, got=error.got, valid=error.valid,
                                                 where=where)

