"""Parameters: values with units, ranges, distributions, references; sets, spaces, tables and schemas of them; designs,
points and experiment files.

    from simcore.parameters import ParameterSet, ParameterRange
    P = ParameterSet({"sim": {"dt": 0.1}, "tau_m": ParameterRange([10.0, 20.0], "ms")})

Names are imported when they are asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = ("designs",)
_WHERE = {
    "conditions": ("Condition",),
    "distributions": ("BinomialDist", "ExponentialDist", "GammaDist", "LogNormalDist", "NormalDist", "ParameterDist",
                      "PoissonDist", "UniformDist", "UniformIntDist", "VonMisesDist"),
    "experiments": ("Axis", "Experiment", "load_experiment", "load_model"),
    "points": ("Point",),
    "references": ("ParameterReference", "lazy_operation", "reverse"),
    "schemas": ("CongruencyValidator", "Declared", "Eval", "OneOf", "ParameterSchema", "Range", "SchemaBase", "Shape",
                "Subclass", "Unit", "ValidationError", "congruent_dicts"),
    "sequences": ("geomspace", "linspace", "logspace"),
    "sets": ("ParameterSet", "ParameterSpace", "ParameterTable", "load_parameters"),
    "tables": ("string_table",),
    "values": ("Parameter", "ParameterRange"),
    "walking": ("contains_instance", "nesteddictflatten", "nesteddictwalk"),
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
