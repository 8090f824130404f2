"""The distributions of PyNN by name, and what they are called in the engine, numpy and the GNU Scientific Library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, nearest
from simcore.parameters import distributions as dists
from simcore.parameters.drawing import ParameterDist

MAX_REDRAWS = 1000
# name: (parameters, class of the engine's distribution, name in numpy, name and order of parameters in GSL)
DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], Callable[..., ParameterDist], str, tuple | None]] = {
    "binomial": (("n", "p"), dists.BinomialDist, "binomial", ("binomial", ("p", "n"))),
    "exponential": (("beta",), dists.ExponentialDist, "exponential", ("exponential", ("beta",))),
    "gamma": (("k", "theta"), lambda k, theta, **o: dists.GammaDist(a=k, b=theta, **o), "gamma", ("gamma", ("k", "theta"))),
    "lognormal": (("mu", "sigma"), dists.LogNormalDist, "lognormal", ("lognormal", ("mu", "sigma"))),
    "normal": (("mu", "sigma"), dists.NormalDist, "normal", None),
    "normal_clipped": (("mu", "sigma", "low", "high"), dists.NormalDist, "normal", None),
    "normal_clipped_to_boundary": (("mu", "sigma", "low", "high"), dists.NormalDist, "normal", None),
    "poisson": (("lambda_",), dists.PoissonDist, "poisson", ("poisson", ("lambda_",))),
    "uniform": (("low", "high"), dists.UniformDist, "uniform", ("flat", ("low", "high"))),
    "uniform_int": (("low", "high"), dists.UniformIntDist, "randint", None),
    "vonmises": (("mu", "kappa"), dists.VonMisesDist, "vonmises", None),
}
available_distributions = {name: parameters for name, (parameters, *_) in DISTRIBUTIONS.items()}
NUMPY_NAMES = {"randint": "uniform_int"}                # of the same parameters; in PyNN 0.6 all names are the generator's
_DEFAULTS = {"uniform": (0.0, 1.0), "normal": (0.0, 1.0), "exponential": (1.0,), "poisson": (1.0,), "lognormal": (0.0, 1.0)}
Parameters = Sequence[float] | Mapping[str, float]


def engine_distribution(name: str, parameters: Parameters, *, seed: int = 0, name_of_stream: str = "",
                        **limits: object) -> ParameterDist:
    """A distribution of PyNN as one of simcore.parameters. Raises NonExistentParameterError, InvalidParameterValueError."""
    if name not in DISTRIBUTIONS:
        raise NonExistentParameterError(f"there is no distribution {name!r} here{nearest(name, DISTRIBUTIONS)}", name=name)
    values, own = list(ordered(name, parameters)), {}
    if name.startswith("normal_clipped"):
        own = {"low": values[2], "high": values[3], "constrain": "redraw" if name == "normal_clipped" else "clip"}
        values = values[:2]
    return DISTRIBUTIONS[name][1](*values, seed=seed, name=name_of_stream, **(own or limits))


def ordered(name: str, parameters: Parameters) -> Sequence[float]:
    """Parameters of a distribution in their order. Raises NonExistentParameterError, InvalidParameterValueError."""
    expected = available_distributions.get(name)
    if expected is None:
        raise NonExistentParameterError(f"there is no distribution {name!r}{nearest(name, DISTRIBUTIONS)}", name=name)
    if isinstance(parameters, Mapping):
        for key in parameters:
            if key not in expected:
                raise NonExistentParameterError(f"the distribution {name!r} has no parameter {key!r}{nearest(key, expected)}",
                                                name=key)
        missing = [key for key in expected if key not in parameters]
        if missing:
            raise InvalidParameterValueError(f"the distribution {name!r} needs {', '.join(expected)}; missing: "
                                             f"{', '.join(missing)}", name=missing[0])
        return [parameters[key] for key in expected]
    if not len(parameters) and name in _DEFAULTS:
        return _DEFAULTS[name]
    if len(parameters) != len(expected):
        raise InvalidParameterValueError(f"the distribution {name!r} takes {len(expected)} parameters "
                                         f"({', '.join(expected)}), got {len(parameters)}", name=name, got=parameters)
    return parameters


def constrained(draw: Callable[[int], np.ndarray], n: int, low: float, high: float, constrain: str) -> np.ndarray:
    """n numbers of `draw` within limits: clipped to them, or drawn again."""
    values = np.asarray(draw(n), dtype=np.float64)
    if constrain == "clip":
        return np.clip(values, low, high)
    outside = np.flatnonzero((values < low) | (values > high))
    for _ in range(MAX_REDRAWS):
        if not outside.size:
            return values
        again = draw(outside.size)
        values[outside] = again
        outside = outside[(again < low) | (again > high)]
    raise InvalidParameterValueError(f"no number within [{low:g}, {high:g}] was found in {MAX_REDRAWS} redraws",
                                     name="boundaries", got=(low, high))
