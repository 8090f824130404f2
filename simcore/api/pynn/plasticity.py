"""Synaptic plasticity as PyNN 0.6 specifies it; each class gives the rule of the core that it stands for.

SynapseDynamics(fast=TsodyksMarkramMechanism(U=0.5), slow=STDPMechanism(SpikePairRule(), AdditiveWeightDependence()))
"""

from __future__ import annotations

from simcore.api.pynn.describing import render
from simcore.api.pynn.errors import InvalidModelError
from simcore.network.plasticity import STDP, Dynamics, TsodyksMarkram


class TsodyksMarkramMechanism:
    """Short-term plasticity: Tsodyks, Uziel & Markram (2000). tau_rec, tau_facil in ms; u0, x0, y0: values at t = 0."""

    def __init__(self, U: float = 0.5, tau_rec: float = 100.0, tau_facil: float = 0.0, u0: float = 0.0, x0: float = 1.0,
                 y0: float = 0.0):
        self.parameters = {"U": U, "tau_rec": tau_rec, "tau_facil": tau_facil, "u0": u0, "x0": x0, "y0": y0}
        self.rule = TsodyksMarkram(**self.parameters)

    def describe(self, template: str | None = "standard") -> object:
        """Text about the mechanism."""
        return render(template, {"name": type(self).__name__} | self.parameters,
                      "$name: U = $U, tau_rec = $tau_rec ms, tau_facil = $tau_facil ms, u0 = $u0, x0 = $x0, y0 = $y0")


class SpikePairRule:
    """Every pair of spikes counts; windows tau_plus, tau_minus [ms]."""

    def __init__(self, tau_plus: float = 20.0, tau_minus: float = 20.0):
        self.parameters = {"tau_plus": tau_plus, "tau_minus": tau_minus}

    def describe(self, template: str | None = "standard") -> object:
        """Text about the rule."""
        return render(template, {"name": type(self).__name__} | self.parameters,
                      "$name: tau_plus = $tau_plus ms, tau_minus = $tau_minus ms")


class WeightDependence:
    """Base of how changes depend on the weight: w_min, w_max (unit of the weight), A_plus, A_minus."""

    dependence = ""

    def __init__(self, w_min: float = 0.0, w_max: float = 1.0, A_plus: float = 0.01, A_minus: float = 0.01):
        self.parameters = {"w_min": w_min, "w_max": w_max, "A_plus": A_plus, "A_minus": A_minus}

    def describe(self, template: str | None = "standard") -> object:
        """Text about the dependence."""
        return render(template, {"name": type(self).__name__, "parameters": _listed(self.parameters)},
                      "$name: $parameters")


class AdditiveWeightDependence(WeightDependence):
    """Changes of A_plus w_max, A_minus w_max, clipped to [w_min, w_max]."""

    dependence = "additive"


class MultiplicativeWeightDependence(WeightDependence):
    """Changes of A_plus (w_max - w), A_minus (w - w_min)."""

    dependence = "multiplicative"


class AdditivePotentiationMultiplicativeDepression(WeightDependence):
    """Changes of A_plus w_max, A_minus (w - w_min)."""

    dependence = "additive_potentiation_multiplicative_depression"


class GutigWeightDependence(WeightDependence):
    """Changes of A_plus r ((w_max - w) / r)**mu_plus, A_minus r ((w - w_min) / r)**mu_minus, r = w_max - w_min."""

    dependence = "gutig"

    def __init__(self, w_min: float = 0.0, w_max: float = 1.0, A_plus: float = 0.01, A_minus: float = 0.01,
                 mu_plus: float = 0.5, mu_minus: float = 0.5):
        super().__init__(w_min, w_max, A_plus, A_minus)
        self.parameters |= {"mu_plus": mu_plus, "mu_minus": mu_minus}


class STDPMechanism:
    """Spike-timing dependent plasticity.

    dendritic_delay_fraction: part of the delay that lies between synapse and soma of the target, 0 … 1.
    Raises InvalidModelError where a part is missing or is not known, InvalidParameterValueError.
    """

    def __init__(self, timing_dependence: SpikePairRule | None = None, weight_dependence: WeightDependence | None = None,
                 voltage_dependence: None = None, dendritic_delay_fraction: float = 1.0):
        timing, weight = timing_dependence or SpikePairRule(), weight_dependence or AdditiveWeightDependence()
        if not isinstance(timing, SpikePairRule):
            raise InvalidModelError(f"timing_dependence must be a SpikePairRule, got {timing!r}", got=timing)
        if not isinstance(weight, WeightDependence):
            raise InvalidModelError(f"weight_dependence must be a weight dependence, got {weight!r}", got=weight)
        if voltage_dependence is not None:
            raise InvalidModelError("PyNN 0.6 defines no voltage dependence: leave it out", got=voltage_dependence)
        self.timing_dependence, self.weight_dependence = timing, weight
        self.voltage_dependence = None
        self.dendritic_delay_fraction = dendritic_delay_fraction
        self.rule = STDP(**timing.parameters, **weight.parameters, dependence=weight.dependence,
                         dendritic_delay_fraction=dendritic_delay_fraction)

    def describe(self, template: str | None = "standard") -> object:
        """Text about the mechanism."""
        context = {"timing": self.timing_dependence.describe(), "weight": self.weight_dependence.describe(),
                   "fraction": self.dendritic_delay_fraction}
        return render(template, context, "STDP: $timing; $weight; dendritic_delay_fraction = $fraction")


class SynapseDynamics:
    """How the synapses of a projection change: fast (short-term) and slow (long-term). InvalidModelError for others."""

    def __init__(self, fast: TsodyksMarkramMechanism | None = None, slow: STDPMechanism | None = None):
        for part, kind in ((fast, TsodyksMarkramMechanism), (slow, STDPMechanism)):
            if part is not None and not isinstance(part, kind):
                raise InvalidModelError(f"must be a {kind.__name__}, got {part!r}", got=part)
        self.fast, self.slow = fast, slow

    @property
    def rules(self) -> tuple[Dynamics, ...]:
        """What Network.project takes as `dynamics`."""
        return tuple(part.rule for part in (self.fast, self.slow) if part is not None)

    def describe(self, template: str | None = "standard") -> object:
        """Text about both parts."""
        context = {"fast": self.fast.describe() if self.fast else "static",
                   "slow": self.slow.describe() if self.slow else "none"}
        return render(template, context, "short-term plasticity: $fast; long-term plasticity: $slow")


def _listed(parameters: dict) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in parameters.items())
