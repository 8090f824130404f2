"""PyNN's standard cell types: names, defaults and units of PyNN 0.6 on the models of the core.

`v_init` (and `w_init`) are parameters of a cell in PyNN 0.6; here they are the initial values of states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from simcore.api.pynn.describing import render
from simcore.api.pynn.errors import InvalidModelError, NonExistentParameterError, nearest
from simcore.models.base import CellModel
from simcore.models.cells import CELL_MODELS
from simcore.units import Param

__all__ = ["EIF_cond_alpha_isfa_ista", "EIF_cond_exp_isfa_ista", "HH_cond_exp", "IF_cond_alpha", "IF_cond_exp",
           "IF_cond_exp_gsfa_grr", "IF_curr_alpha", "IF_curr_delta", "IF_curr_exp", "IF_facets_hardware1",
           "Izhikevich", "SpikeSourceArray", "SpikeSourceInhGamma", "SpikeSourcePoisson", "StandardCellType",
           "list_standard_models", "native_cell_type"]

SYNTHETIC = {"gsyn": ("gsyn_exc", "gsyn_inh"), "i_syn": ("isyn_exc", "isyn_inh")}      # recorded as two variables


class StandardCellType:
    """Base of cell types. parameters, more: what differs from `default_parameters`.

    Class attributes: model; initial: initial-value parameter -> (state, default); default_parameters: all of them, in
    PyNN's units; recordable: names of variables; synapse_types: names of receptors; conductance_based.
    """

    model: ClassVar[CellModel]
    initial: ClassVar[Mapping[str, tuple[str, float]]] = {}
    default_parameters: ClassVar[Mapping[str, object]] = {}
    recordable: ClassVar[tuple[str, ...]] = ()
    synapse_types: ClassVar[tuple[str, ...]] = ()
    conductance_based: ClassVar[bool] = False
    standard: ClassVar[bool] = True

    def __init_subclass__(cls, **_: object) -> None:
        super().__init_subclass__()
        model = cls.__dict__.get("model")
        if model is None:
            return
        cls.default_parameters = {n: p.default for n, p in model.parameters.items()} | {
            n: value for n, (_, value) in cls.initial.items()}
        cls.synapse_types = tuple(model.receptors)
        cls.conductance_based = any(unit == "uS" for _, unit in model.receptors.values())
        variables = [s for s in model.states if s != "refractory"]
        variables += [v for v in SYNTHETIC["i_syn"] if cls.conductance_based]       # made of v and conductances
        both = [name for name, parts in SYNTHETIC.items() if all(p in variables for p in parts)]
        cls.recordable = ("spikes", *variables, *both)

    def __init__(self, parameters: Mapping | None = None, **more: object):
        self.parameters = self.checkParameters(dict(parameters or {}) | more, with_defaults=True)

    @classmethod
    def checkParameters(cls, supplied_parameters: Mapping | None, with_defaults: bool = False) -> dict:
        """The parameters, parsed; with the defaults of the others if asked. Arrays and distributions pass.

        Raises NonExistentParameterError, InvalidParameterValueError.
        """
        checked = dict(cls.default_parameters) if with_defaults else {}
        for name, value in (supplied_parameters or {}).items():
            checked[name] = cls.parse(name, value)
        return checked

    @classmethod
    def parse(cls, name: str, value: object) -> object:
        """One parameter's value as a float (numeric text is converted), or a list of them; the rest passes as it is."""
        declared = cls.declaration(name)
        if hasattr(value, "next"):                          # a RandomDistribution
            return value
        if hasattr(value, "tolist"):
            value = value.tolist()
        many = hasattr(value, "__len__") and not isinstance(value, str)
        if declared.type is list or not many:
            value = list(value) if many else value
            if many and value and hasattr(value[0], "__len__"):
                return [cls.parse(name, v) for v in value]
            return declared.parse(value, name=name, where=cls.__name__)
        return [declared.parse(v, name=name, where=cls.__name__) for v in value]

    @classmethod
    def declaration(cls, name: str) -> Param:
        """The declaration of a parameter; NonExistentParameterError that names the nearest."""
        if name in cls.initial:
            state, default = cls.initial[name]
            return Param(default, cls.model.states[state].units, f"initial value of {state}")
        if name not in cls.model.parameters:
            hint = nearest(name, cls.default_parameters)
            valid = f" Valid: {', '.join(sorted(cls.default_parameters))}" if "valid" not in hint else ""
            raise NonExistentParameterError(f"{cls.__name__} has no parameter {name!r}{hint}{valid}", name=name,
                                            valid=tuple(cls.default_parameters))
        return cls.model.parameters[name]

    @classmethod
    def has_parameter(cls, name: str) -> bool:
        """Whether this is a parameter of the cell type."""
        return name in cls.default_parameters

    @classmethod
    def can_record(cls, variable: str) -> bool:
        """Whether this variable can be recorded."""
        return variable in cls.recordable

    @classmethod
    def describe(cls, template: str | None = "standard") -> object:
        """Text about the cell type; template None: the dict."""
        context = {"name": cls.__name__, "meaning": cls.model.meaning,
                   "parameters": ", ".join(f"{n} = {v}" for n, v in cls.default_parameters.items())}
        return render(template, context, "$name: $meaning; $parameters")


class NativeCellType(StandardCellType):
    """A model of the core under its own name: its parameters, no v_init."""

    standard = False


def native_cell_type(name: str) -> type[NativeCellType]:
    """The model of the core of this name as a cell type; InvalidModelError if there is none."""
    if name not in CELL_MODELS:
        raise InvalidModelError(f"there is no cell model {name!r}{nearest(name, CELL_MODELS)}", name=name,
                                valid=tuple(CELL_MODELS))
    model = CELL_MODELS[name]
    return type(name, (NativeCellType,), {"model": model, "__doc__": model.meaning, "__module__": __name__})


_V = {"v_init": ("v", -65.0)}
_V_AND_W = {"v_init": ("v", -70.6), "w_init": ("w", 0.0)}
_V_AND_U = {"v_init": ("v", -70.0), "u_init": ("u", -14.0)}


class IF_curr_exp(StandardCellType):
    """Leaky integrate-and-fire cell, fixed threshold, exponentially decaying synaptic currents [nA]."""

    model = CELL_MODELS["IF_curr_exp"]
    initial = _V


class IF_curr_alpha(StandardCellType):
    """Leaky integrate-and-fire cell, fixed threshold, alpha-shaped synaptic currents [nA], peak = weight."""

    model = CELL_MODELS["IF_curr_alpha"]
    initial = _V


class IF_curr_delta(StandardCellType):
    """Leaky integrate-and-fire cell whose potential jumps by the weight [mV]. (PyNN 0.9 and later.)"""

    model = CELL_MODELS["IF_curr_delta"]
    initial = _V


class IF_cond_exp(StandardCellType):
    """Leaky integrate-and-fire cell, fixed threshold, exponentially decaying synaptic conductances [uS]."""

    model = CELL_MODELS["IF_cond_exp"]
    initial = _V


class IF_cond_exp_gsfa_grr(StandardCellType):
    """Leaky integrate-and-fire cell whose spikes open an adaptation and a refractory conductance (Muller et al. 2007).

    q_sfa, q_rr in nS. In the code of PyNN 0.6, not in its document.
    """

    model = CELL_MODELS["IF_cond_exp_gsfa_grr"]
    initial = _V


class IF_cond_alpha(StandardCellType):
    """Leaky integrate-and-fire cell, fixed threshold, alpha-shaped synaptic conductances [uS], peak = weight."""

    model = CELL_MODELS["IF_cond_alpha"]
    initial = _V


class IF_facets_hardware1(StandardCellType):
    """Leaky integrate-and-fire cell of the FACETS stage 1 hardware; g_leak in nS."""

    model = CELL_MODELS["IF_facets_hardware1"]


class EIF_cond_alpha_isfa_ista(StandardCellType):
    """Adaptive exponential integrate-and-fire cell (Brette & Gerstner 2005), alpha conductances; a in nS, b in nA."""

    model = CELL_MODELS["EIF_cond_alpha_isfa_ista"]
    initial = _V_AND_W


class EIF_cond_exp_isfa_ista(StandardCellType):
    """Adaptive exponential integrate-and-fire cell, exponentially decaying conductances; a in nS, b in nA."""

    model = CELL_MODELS["EIF_cond_exp_isfa_ista"]
    initial = _V_AND_W


class HH_cond_exp(StandardCellType):
    """Hodgkin–Huxley cell with Traub's kinetics; gbar_Na, gbar_K, g_leak in nS."""

    model = CELL_MODELS["HH_cond_exp"]
    initial = _V


class Izhikevich(StandardCellType):
    """Cell with a quadratic upstroke and a recovery variable u [mV/ms]; weights in mV. (PyNN 0.9 and later.)"""

    model = CELL_MODELS["Izhikevich"]
    initial = _V_AND_U


class SpikeSourcePoisson(StandardCellType):
    """Poisson spike train with rate [Hz] from start for duration [ms]."""

    model = CELL_MODELS["SpikeSourcePoisson"]


class SpikeSourceInhGamma(StandardCellType):
    """Inhomogeneous gamma process: shape a and scale b [s] from each of tbins [ms] on, from start for duration [ms].

    In the code of PyNN 0.6, not in its document. rmax, the rate of the thinning, is not needed.
    """

    model = CELL_MODELS["SpikeSourceInhGamma"]


class SpikeSourceArray(StandardCellType):
    """Spikes at given times [ms]."""

    model = CELL_MODELS["SpikeSourceArray"]


STANDARD_CELLS = (IF_curr_exp, IF_curr_alpha, IF_curr_delta, IF_cond_exp, IF_cond_exp_gsfa_grr, IF_cond_alpha,
                  IF_facets_hardware1, EIF_cond_alpha_isfa_ista, EIF_cond_exp_isfa_ista, HH_cond_exp, Izhikevich,
                  SpikeSourcePoisson, SpikeSourceInhGamma, SpikeSourceArray)


def list_standard_models() -> list[type[StandardCellType]]:
    """All standard cell types."""
    return list(STANDARD_CELLS)
