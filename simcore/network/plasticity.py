"""How the weight of a connection changes: short-term (Tsodyks–Markram) and with spike timing (STDP). Rules only."""

from __future__ import annotations

from dataclasses import dataclass, fields

from simcore.errors import InvalidParameterValueError, nearest

DEPENDENCES = ("additive", "multiplicative", "additive_potentiation_multiplicative_depression", "gutig")


@dataclass(frozen=True)
class TsodyksMarkram:
    """Short-term depression and facilitation: Tsodyks, Uziel & Markram (2000), J Neurosci 20:RC50, eqs 2–3.

    Of a connection's resources a part x is ready, y active and z = 1 - x - y lost for now: y becomes z with tau_psc
    [ms], z becomes x with tau_rec [ms]. A spike raises u by U (1 - u), then moves u x from x to y; it arrives with
    u x times the weight. Between spikes u decays with tau_facil [ms]; with tau_facil = 0 it is U at every spike.
    tau_psc None: the time constant of the receptor at the target. u0, x0, y0: values at time 0.
    """

    U: float = 0.5
    tau_rec: float = 100.0
    tau_facil: float = 0.0
    tau_psc: float | None = None
    u0: float = 0.0
    x0: float = 1.0
    y0: float = 0.0

    def __post_init__(self):
        for name, low, high in (("U", 0.0, 1.0), ("u0", 0.0, 1.0), ("x0", 0.0, 1.0), ("y0", 0.0, 1.0)):
            _between(self, name, low, high, "1")
        _positive(self, "tau_rec")
        if self.tau_psc is not None:
            _positive(self, "tau_psc")
        if not self.tau_facil >= 0.0:
            raise _wrong(self, "tau_facil", ">= 0 ms", "ms")
        if self.x0 + self.y0 > 1.0:
            raise InvalidParameterValueError(f"x0 + y0 must be <= 1, got {self.x0:g} + {self.y0:g}", name="x0",
                                             got=self.x0)


@dataclass(frozen=True)
class STDP:
    """Spike-timing dependent plasticity over all pairs of spikes: Song, Miller & Abbott (2000), Nat Neurosci 3:919.

    At the synapse a presynaptic spike is seen (1 - dendritic_delay_fraction) of the delay after it was fired, a
    postsynaptic one dendritic_delay_fraction of it. Each pair, D apart, moves the weight w towards w_max by
    f+(w) A_plus e**(-D/tau_plus) if the postsynaptic spike is later, towards w_min by f-(w) A_minus e**(-D/tau_minus)
    if it is earlier, and not at all if they coincide. With the range r = w_max - w_min, by `dependence`:

    additive       f+ = f- = w_max
    multiplicative f+ = w_max - w, f- = w - w_min: van Rossum, Bi & Turrigiano (2000), J Neurosci 20:8812
    additive_potentiation_multiplicative_depression    f+ = w_max, f- = w - w_min
    gutig          f+ = r ((w_max - w)/r)**mu_plus, f- = r ((w - w_min)/r)**mu_minus: Gütig et al. (2003), J Neurosci
                   23:3697, eq. 4

    and w is clipped to [w_min, w_max]. tau_plus, tau_minus in ms; w_min, w_max in the unit of the weight, as
    magnitudes: inhibitory currents, whose weights are negative, change by their size.
    """

    tau_plus: float = 20.0
    tau_minus: float = 20.0
    w_min: float = 0.0
    w_max: float = 1.0
    A_plus: float = 0.01
    A_minus: float = 0.01
    dependence: str = "additive"
    mu_plus: float = 0.5
    mu_minus: float = 0.5
    dendritic_delay_fraction: float = 1.0

    def __post_init__(self):
        _positive(self, "tau_plus")
        _positive(self, "tau_minus")
        _between(self, "dendritic_delay_fraction", 0.0, 1.0, "1")
        if not 0.0 <= self.w_min < self.w_max:
            raise InvalidParameterValueError(f"STDP needs 0 <= w_min < w_max, got w_min = {self.w_min:g}, "
                                             f"w_max = {self.w_max:g}", name="w_max", got=self.w_max)
        if self.dependence not in DEPENDENCES:
            raise InvalidParameterValueError(f"there is no weight dependence {self.dependence!r}"
                                             f"{nearest(self.dependence, DEPENDENCES)}", name="dependence",
                                             got=self.dependence, valid=DEPENDENCES)
        for name in ("mu_plus", "mu_minus"):
            if not getattr(self, name) >= 0.0:
                raise _wrong(self, name, ">= 0", "1")

    @property
    def exponents(self) -> tuple[float, float]:
        """Powers of potentiation and depression: 0 does not depend on the weight, 1 is linear in it."""
        return {"additive": (0.0, 0.0), "multiplicative": (1.0, 1.0),
                "additive_potentiation_multiplicative_depression": (0.0, 1.0),
                "gutig": (self.mu_plus, self.mu_minus)}[self.dependence]


Dynamics = TsodyksMarkram | STDP


def checked(dynamics: tuple[Dynamics, ...]) -> tuple[TsodyksMarkram | None, STDP | None]:
    """The short-term and the long-term rule of a projection, each at most once."""
    short = [d for d in dynamics if isinstance(d, TsodyksMarkram)]
    long = [d for d in dynamics if isinstance(d, STDP)]
    if len(short) + len(long) < len(dynamics) or len(short) > 1 or len(long) > 1:
        names = ", ".join(type(d).__name__ for d in dynamics)
        raise InvalidParameterValueError(f"dynamics must be at most one TsodyksMarkram and one STDP, got {names}",
                                         name="dynamics", got=names)
    return (short or [None])[0], (long or [None])[0]


def number_fields(rule: Dynamics) -> tuple[str, ...]:
    """Names of the parameters of a rule that are numbers."""
    return tuple(f.name for f in fields(rule) if f.name != "dependence")


def _positive(rule: Dynamics, name: str) -> None:
    if not getattr(rule, name) > 0.0:
        raise _wrong(rule, name, "> 0 ms", "ms")


def _between(rule: Dynamics, name: str, low: float, high: float, unit: str) -> None:
    if not low <= getattr(rule, name) <= high:
        raise _wrong(rule, name, f"in [{low:g}, {high:g}]", unit)


def _wrong(rule: Dynamics, name: str, valid: str, unit: str) -> InvalidParameterValueError:
    got = getattr(rule, name)
    shown = f"{got:g}" + (f" {unit}" if unit != "1" else "")
    return InvalidParameterValueError(f"{type(rule).__name__}.{name} must be {valid}, got {shown}", name=name, got=got,
                                      valid=valid)
