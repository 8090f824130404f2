"""The source that an object of validation depends on, as a digest: its class and the bases that its author wrote.

Comments, docstrings and layout do not count (see simcore.analysis.digest). The plumbing of SciUnit itself (how a
test is judged, how a cache is kept) is not part of it, so that improving it does not outdate every result.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import types

from simcore.analysis.digest import source_digest

_PLUMBING = ("base", "errors", "dimension", "canonical", "sources", "serial", "schemas", "cache", "caching",
             "frozen", "validators", "selection", "entries", "config",
             "capabilities", "tests", "m2m", "judging", "suites", "models.base", "models.runnable", "models.backends",
             "models.trajectory", "models.simcore_backend", "observations", "scores.base", "scores.incomplete")
_PLUMBING = tuple(f"simcore.validation.{name}" for name in _PLUMBING)


@functools.lru_cache(maxsize=4096)
def source_digest_of(thing: type | types.FunctionType) -> str:
    """16 hexadecimal digits for a class (with its bases) or a function; of its bytecode where no source is found."""
    if not isinstance(thing, type):
        return _one(thing)
    digest = hashlib.blake2b(digest_size=8)
    for cls in thing.__mro__:
        if cls is not object and not is_plumbing(cls.__module__):
            digest.update(f"{cls.__module__}.{cls.__qualname__}\0{_one(cls)}\0".encode())
    return digest.hexdigest()


def is_plumbing(module: str) -> bool:
    """Whether results do not depend on a module, or on classes of Python itself."""
    return module in ("builtins", "typing", "abc", "collections.abc") or module.startswith(_PLUMBING)


def _one(thing: type | types.FunctionType) -> str:
    if getattr(thing, "__name__", "") == "<lambda>":            # others may stand on the same line
        return hashlib.blake2b(_bytecode(thing).encode(), digest_size=8).hexdigest()
    try:
        return source_digest(inspect.unwrap(thing) if callable(thing) else thing)
    except (OSError, TypeError, AttributeError, SyntaxError):   # typed at a prompt, or compiled: no source
        return hashlib.blake2b(_bytecode(thing).encode(), digest_size=8).hexdigest()


def _bytecode(thing: object) -> str:
    if isinstance(thing, type):
        members = {name: value for name, value in vars(thing).items() if not name.startswith("__") or callable(value)}
        return "".join(f"{name}={_bytecode(value)};" for name, value in sorted(members.items()))
    code = getattr(inspect.unwrap(thing) if callable(thing) else thing, "__code__", None)
    if code is None:
        plain = isinstance(thing, (int, float, str, bytes, bool, tuple, type(None)))
        return repr(thing) if plain else type(thing).__name__
    constants = [c.co_code.hex() if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()}{constants}{code.co_names}"
