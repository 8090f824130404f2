"""What a quantity depends on, as a digest: its own source and that of everything it calls in its package.

Comments, docstrings and layout do not count: the digest is taken of the syntax tree. So an edit of one quantity, or
of a function that it uses, re-derives that one and no other.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")     # of an object: differs from process to process


def source_digest(function: Callable, *always: types.ModuleType) -> str:
    """BLAKE2b (16 hex digits) of the function, of the functions, classes and constants it uses, and of `always`.

    Followed are names in the function's own top-level package; of a module that it uses as a whole, the file
    counts, and so it does for the modules `always`.
    """
    parts: dict[str, str] = {}
    _collect(function, function.__module__.partition(".")[0], parts)
    for module in always:
        parts[module.__name__] = _module_source(module)
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(parts):
        digest.update(f"{name}\0{parts[name]}\0".encode())
    return digest.hexdigest()


def _collect(thing: Callable, package: str, parts: dict[str, str]) -> None:
    name = f"{thing.__module__}.{thing.__qualname__}"
    if name in parts:
        return
    parts[name] = _source(thing)
    for used, value in _names(thing):
        value = inspect.unwrap(value) if callable(value) else value
        if isinstance(value, types.ModuleType):
            if _of(value.__name__, package):
                parts[value.__name__] = _module_source(value)
        elif isinstance(value, (types.FunctionType, type)):
            if _of(value.__module__, package):
                _collect(value, package, parts)
        elif not callable(value):
            parts[f"{thing.__module__}.{used}"] = _ADDRESS.sub("", repr(value))


def _of(module: str, package: str) -> bool:
    return module.partition(".")[0] == package


def _names(thing: Callable) -> Iterator[tuple[str, object]]:
    """Global names that a function (or the methods of a class) uses, with their values."""
    functions = [f for f in vars(thing).values() if inspect.isfunction(f)] if isinstance(thing, type) else [thing]
    for function in map(inspect.unwrap, functions):
        codes = [function.__code__]
        for code in codes:
            codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            for name in code.co_names:
                if name in function.__globals__:
                    yield name, function.__globals__[name]
        closed = inspect.getclosurevars(function).nonlocals
        yield from closed.items()


def _source(thing: Callable) -> str:
    try:
        text = textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError):        # typed at a prompt: the bytecode is all there is
        code = inspect.unwrap(thing).__code__
        return f"{code.co_code!r}{code.co_consts!r}{code.co_names!r}"
    return _tree(text)


def _module_source(module: types.ModuleType) -> str:
    path = Path(module.__file__ or "")
    if path.suffix == ".py":
        return _tree(path.read_text(encoding="utf-8"))
    return hashlib.blake2b(path.read_bytes()).hexdigest() if path.is_file() else module.__name__


def _tree(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
