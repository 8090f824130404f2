"""Generators and distributions of the GNU Scientific Library, through ctypes, where the library is installed."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError, NonExistentParameterError, nearest

_D, _U = ctypes.c_double, ctypes.c_uint
# name: (function, types of its arguments, type of its result)
FUNCTIONS: dict[str, tuple[str, tuple, type]] = {
    "uniform": ("gsl_rng_uniform", (), _D), "uniform_int": ("gsl_rng_uniform_int", (ctypes.c_ulong,), ctypes.c_ulong),
    "binomial": ("gsl_ran_binomial", (_D, _U), _U), "poisson": ("gsl_ran_poisson", (_D,), _U),
    "bernoulli": ("gsl_ran_bernoulli", (_D,), _U), "geometric": ("gsl_ran_geometric", (_D,), _U),
    **{name: (f"gsl_ran_{name}", (_D,), _D) for name in (
        "gaussian", "exponential", "laplace", "cauchy", "rayleigh", "chisq", "tdist", "logistic")},
    **{name: (f"gsl_ran_{name}", (_D, _D), _D) for name in (
        "flat", "gamma", "lognormal", "beta", "weibull", "pareto", "fdist", "exppow", "gaussian_tail")},
}
_NAMES = ("libgsl.so.28", "libgsl.so.27", "libgsl.so.25", "libgsl.so.23", "libgsl.so.0", "libgsl.dylib")


class Generator:
    """A generator of the library, seeded. Raises ConfigurationError where the library or the type is missing."""

    def __init__(self, kind: str, seed: int):
        self._library = library()
        try:
            type_of = ctypes.c_void_p.in_dll(self._library, f"gsl_rng_{kind}")
        except ValueError:
            raise ConfigurationError(f"the GNU Scientific Library has no generator {kind!r}; it has mt19937, ranlxd2, taus2, "
                                     "gfsr4, …", name="type", got=kind) from None
        allocate, self._free = self._library.gsl_rng_alloc, self._library.gsl_rng_free
        allocate.restype, allocate.argtypes, self._free.argtypes = ctypes.c_void_p, (ctypes.c_void_p,), (ctypes.c_void_p,)
        self._state = allocate(type_of)
        self._library.gsl_rng_set.argtypes = (ctypes.c_void_p, ctypes.c_ulong)
        self._library.gsl_rng_set(self._state, seed)

    def draw(self, name: str, parameters: Sequence[float], n: int) -> np.ndarray:
        """n numbers, (n,) float64, of a distribution by its name in the library without `gsl_ran_`."""
        if name not in FUNCTIONS:
            raise NonExistentParameterError(f"the GNU Scientific Library has no distribution {name!r}"
                                            f"{nearest(name, FUNCTIONS)}", name=name)
        symbol, types, result = FUNCTIONS[name]
        if len(parameters) != len(types):
            raise InvalidParameterValueError(f"{name} takes {len(types)} parameters, got {len(parameters)}", name=name,
                                             got=parameters)
        function = getattr(self._library, symbol)
        function.argtypes, function.restype = (ctypes.c_void_p, *types), result
        arguments = [int(x) if kind is not _D else float(x) for x, kind in zip(parameters, types, strict=True)]
        return np.array([function(self._state, *arguments) for _ in range(n)], dtype=np.float64)

    def __del__(self):
        if getattr(self, "_state", None):
            self._free(self._state)
            self._state = None


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The library; ConfigurationError where it is not installed."""
    for name in (ctypes.util.find_library("gsl"), *_NAMES):
        try:
            return _loaded(name)
        except OSError:
            continue
    raise ConfigurationError("GSLRNG needs the GNU Scientific Library (libgsl), which is not installed here: install it "
                             "(Debian: libgsl27; conda: gsl), or use NumpyRNG or NativeRNG", name="GSLRNG")


def _loaded(name: str | None) -> ctypes.CDLL:
    if not name:
        raise OSError("no name")
    try:
        return ctypes.CDLL(name)
    except OSError:                             # some builds do not name the library of basic linear algebra that they need
        ctypes.CDLL(ctypes.util.find_library("gslcblas") or "libgslcblas.so.0", mode=ctypes.RTLD_GLOBAL)
        return ctypes.CDLL(name)
