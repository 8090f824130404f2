"""Decorators that save work: remember what a method gave, what a run set, which object was made of which arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from simcore.validation.cache import MISSING, MemoryCache
from simcore.validation.canonical import digest
from simcore.validation.frozen import thaw


def method_memoize(function: Callable) -> Callable:
    """Each call of the method with equal arguments gives what the first call on this instance gave."""
    memory: WeakKeyDictionary[Any, dict] = WeakKeyDictionary()

    @functools.wraps(function)
    def remembered(self: Any, *args: Any, **kwargs: Any) -> Any:
        known = memory.setdefault(self, {})
        key = digest(args, kwargs)
        if key not in known:
            known[key] = function(self, *args, **kwargs)
        return known[key]

    return remembered


def method_cache(by: str = "value", method: str = "run") -> Callable[[Callable], Callable]:
    """Before the decorated method, call the model's method `method`, once per instance or per equal attributes.

    by: "instance" or "value" (class and public attributes but the name). Arguments of `method` are passed as the
    keyword of its name, a dict. What `method` set on the model is set again where it is not called.
    """
    if by not in ("value", "instance"):
        raise ValueError(f"Cache type must be 'value' or 'instance', got {by!r}")
    by_value = MemoryCache()
    by_instance: WeakKeyDictionary[Any, MemoryCache] = WeakKeyDictionary()

    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def with_run(model: Any, *args: Any, **kwargs: Any) -> Any:
            run = getattr(model, method, None)
            assert callable(run), f"Model must have a '{method}' method."
            arguments = kwargs.pop(method, {})
            public = {k: v for k, v in vars(model).items() if not k.startswith("_") and k != "name"}
            key = digest(type(model), public if by == "value" else None, arguments)
            memory = by_value if by == "value" else by_instance.setdefault(model, MemoryCache())
            known = memory.get(key, MISSING)
            if known is MISSING:
                before = dict(vars(model))
                run(**arguments)
                memory[key] = {k: v for k, v in vars(model).items() if k not in before or before[k] is not v}
            else:
                vars(model).update(thaw(known))
            return function(model, *args, **kwargs)

        return with_run

    return decorate


def class_intern(cls: type) -> type:
    """Equal arguments give the same object of the class, as long as the process lives."""
    pool: dict[str, Any] = {}
    first_init = cls.__init__
    signature = inspect.signature(first_init)

    @staticmethod
    def __new__(kind: type, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(None, *args, **kwargs)
        bound.apply_defaults()
        key = digest(kind, dict(list(bound.arguments.items())[1:]))
        if key not in pool:
            made = pool[key] = object.__new__(kind)
            made.__dict__["_intern__arguments"] = args, kwargs
            first_init(made, *args, **kwargs)
        return pool[key]

    @functools.wraps(first_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing: __new__ has done it, once."""

    cls._intern__pool, cls.__new__, cls.__init__ = pool, __new__, __init__
    cls.__getnewargs_ex__ = lambda self: self._intern__arguments       # unpickling gives the shared object too
    return cls


def use_backend_cache(original_function: Callable | None = None, cache_key_param: str | None = None) -> Callable:
    """Keep what a test's method (such as generate_prediction) gives in the cache of the model's backend.

    The key is the test's class and parameters, the arguments and the model's state; or test.params[cache_key_param]
    with the model's state, to be shared between tests. Without a backend, or an argument `model`, nothing is kept.
    """
    def decorate(function: Callable) -> Callable:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def cached(self: Any, *args: Any, **kwargs: Any) -> Any:
            arguments = signature.bind(self, *args, **kwargs).arguments
            model = arguments.get("model")
            backend = vars(model).get("_backend") if model is not None else None
            if backend is None or (cache_key_param and cache_key_param not in self.params):
                return function(self, *args, **kwargs)
            rest = {name: value for name, value in list(arguments.items())[1:] if name != "model"}
            what = self.params[cache_key_param] if cache_key_param else (type(self), self.params)
            key = digest("prediction", function.__name__, what, rest, model.hash())
            found = backend._find(key)
            if found is MISSING:
                found = function(self, *args, **kwargs)
                backend.set_cache(found, key)
            return found

        return cached

    return decorate(original_function) if original_function else decorate
