"""Plastic projections on one rank: from their rules to the arrays of kernels/plasticity.py, and back to numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from simcore._math import exp
from simcore.engine.connect import Bundle, ConnectionTable
from simcore.engine.partition import Slot
from simcore.errors import ConfigurationError, NonExistentParameterError, nearest
from simcore.kernels.plasticity import BY_CONNECTION, BY_SOURCE, CONSTANT, LINEAR, NEVER, POWER, settle
from simcore.network.network import Projection
from simcore.network.plasticity import STDP, TsodyksMarkram, checked, number_fields

_LONGEST_TABLE = 8192
SHORT_STATES = ("u", "x", "y")
SHORT_PARAMETERS = ("U", "tau_rec", "tau_facil", "tau_psc")
_INITIAL = {"u": "u0", "x": "x0", "y": "y0"}
NOTHING_LATE = 0, np.zeros(1, np.int64), *(np.empty(0, np.int64) for _ in range(3)), np.empty(0)
_TIME_CONSTANTS = {"excitatory": "tau_syn_E", "inhibitory": "tau_syn_I"}


@dataclass
class Plastic:
    """One plastic projection: its connections, its rules and the state that the kernels change in place.

    known_delays: those of now, then former ones that spikes still have (steps): `timing` is theirs.
    """

    bundle: Bundle
    short: TsodyksMarkram | None
    long: STDP | None
    numbers: np.ndarray
    rule: np.ndarray
    timing: tuple[np.ndarray, np.ndarray, np.ndarray]
    decay: tuple[np.ndarray, tuple[np.ndarray, ...]]
    pre: tuple[np.ndarray, ...]
    post: tuple[np.ndarray, np.ndarray]
    short_state: tuple[np.ndarray, ...]
    begun_with: np.ndarray
    row_lengths: np.ndarray
    known_delays: np.ndarray
    late: tuple

    def arguments(self, table: ConnectionTable) -> tuple:
        """The argument `plastic` of the kernels; to be made again when the table has grown."""
        b = self.bundle
        return (self.numbers, self.rule, b.delays, *self.timing, table.indptr[b.row_base:b.row_base + b.n_rows + 1],
                table.targets(b), table.own_weights(b), self.pre, self.post, self.short_state, *self.decay, self.late)

    def weights_at(self, table: ConnectionTable, step: int) -> np.ndarray:
        """Weights (n,) with all spikes before `step` that can be counted already. Who reads them changes nothing."""
        if not self.long:
            return table.own_weights(self.bundle)
        _, *rules, weights, pre, post, short, kinds, tables, late = self.arguments(table)
        weights, pre, post = weights.copy(), tuple(s.copy() for s in pre), tuple(s.copy() for s in post)
        settle(step, (self._up_to_date(), *rules, weights, pre, post, short, kinds, tables, late))
        return weights

    def settle(self, table: ConnectionTable, step: int) -> None:
        """Bring the weights up to date with all spikes before `step` that can be counted already."""
        if self.long:
            settle(step, (self._up_to_date(), *self.arguments(table)[1:]))

    def _up_to_date(self) -> np.ndarray:
        """`numbers` without regard to delays that may be given later."""
        return np.append(self.numbers[:10], 0)

    def reset(self, table: ConnectionTable) -> None:
        """Weights, histories and short-term states as at time 0."""
        table.own_weights(self.bundle)[:] = self.begun_with
        self.pre, self.late = no_traces(self.bundle.n_rows), NOTHING_LATE
        self.numbers[7:9] = BY_SOURCE, 0
        self.post[1][:] = 0
        if self.short:
            for state, value in zip(self.short_state, (self.short.u0, self.short.x0, self.short.y0), strict=False):
                state[:] = value
            self.short_state[3][:] = -1

    def parameter(self, name: str) -> float | np.ndarray:
        """A state (n,) or parameter of the rules: a number, or (n,) in the order of the connections."""
        names = (*SHORT_STATES, *SHORT_PARAMETERS) if self.short else ()
        if name in names:
            k = names.index(name) + (name in SHORT_PARAMETERS)
            value = self.short_state[k]
            return value if value.size != 1 else float(value[0])
        if self.long and name in (*number_fields(self.long), "dependence"):
            return getattr(self.long, name)
        valid = (*names, *(number_fields(self.long) if self.long else ()))
        raise NonExistentParameterError(f"the dynamics of projection {self.bundle.projections[0].name!r} have no parameter "
                                        f"{name!r}{nearest(name, valid)}", name=name, valid=valid)

    @property
    def longest_delay(self) -> int:
        """What a delay may grow to while time goes on [steps]: postsynaptic spikes are kept for so long."""
        return int(self.numbers[9]) - 2

    def grow_histories(self) -> None:
        """Have room for the delays of now."""
        history, n = self.post
        room = _room(self.known_delays, self.longest_delay)
        if n.size and room > history.shape[1]:
            grown = np.zeros((n.size, room, 2))
            grown[:, :history.shape[1]] = history
            self.post = grown, n

    @property
    def by_connection(self) -> bool:
        """Whether every connection keeps a short-term state of its own."""
        return int(self.numbers[5]) == BY_CONNECTION

    def set_parameter(self, name: str, values: float | np.ndarray) -> None:
        """Set a parameter of the rules; (n,) values, one for each connection, only where it is a short-term one.

        Raises NonExistentParameterError, InvalidParameterValueError, ConfigurationError.
        """
        self.parameter(name)                                # does it exist?
        if name in (*SHORT_STATES, *SHORT_PARAMETERS) and self.short:
            for value in np.unique(values):
                replace(self.short, **{_INITIAL.get(name, name): float(value)})         # is it valid?
            self._set_short(name, values)
        elif np.ndim(values):
            raise ConfigurationError(f"{name} of STDP must be one number for all connections", name=name)
        else:
            self.long = replace(self.long, **{name: values if name == "dependence" else float(values)})
            self.rule[1:9] = _reals(self.long)
            self.rule[10:] = _rates(self.rule[0], self.long)
            self.timing = timing_of(self.known_delays, self.long.dendritic_delay_fraction)
            self.numbers[10] = _earliest(self.longest_delay, self.long.dendritic_delay_fraction)
            self.decay = decay_of(self.rule[0], self.long, self.timing[0])

    def separate_short(self) -> None:
        """Let every connection keep a short-term state of its own."""
        if not self.by_connection:
            self.numbers[5] = BY_CONNECTION
            self.short_state = (*(np.repeat(s, self.row_lengths) for s in self.short_state[:4]), *self.short_state[4:])

    def _set_short(self, name: str, values: float | np.ndarray) -> None:
        if np.ndim(values):
            self.separate_short()
        k = (*SHORT_STATES, None, *SHORT_PARAMETERS).index(name)
        state = list(self.short_state)
        if name in SHORT_PARAMETERS and np.ndim(values):    # all four have one length
            state[4:] = [p if p.size != 1 else np.full(self.bundle.n, p[0]) for p in state[4:]]
        state[k] = np.array(np.broadcast_to(values, state[k].shape), dtype=np.float64)
        self.short_state = tuple(state)


def plastic(bundle: Bundle, table: ConnectionTable, slot: Slot, receptor_rows: dict[str, int], dt: float,
            longest_delay: int = 0) -> Plastic:
    """State of a plastic projection at time 0; longest_delay: that it may be given later [steps].

    Raises ConfigurationError.
    """
    projection = bundle.projections[0]
    short, long = checked(projection.dynamics)
    table.give_own_weights(bundle)
    mode = BY_SOURCE if short else 0
    numbers = [projection.pre.first_gid, projection.pre.first_gid + projection.pre.size,
               receptor_rows[projection.receptor], slot.first_lid, slot.size, mode, int(long is not None),
               BY_SOURCE, 0, longest_delay + 2, 0]  # two more steps, as postsynaptic spikes just before are asked for
    rule = long or STDP()
    numbers[10] = _earliest(longest_delay, rule.dendritic_delay_fraction)
    weights = table.own_weights(bundle)
    reals = [dt, *_reals(rule), _sign(projection, weights) if long else 1.0, *_rates(dt, rule)]
    timing = timing_of(bundle.delays, rule.dendritic_delay_fraction)
    return Plastic(bundle, short, long, np.array(numbers, dtype=np.int64), np.array(reals), timing,
                   decay_of(dt, rule, timing[0]), no_traces(bundle.n_rows),
                   _histories(slot.size if long else 0, bundle.delays, longest_delay), _short_state(bundle, short),
                   weights.copy(), table.row_lengths(bundle), bundle.delays, NOTHING_LATE)


def _reals(rule: STDP) -> tuple[float, ...]:
    return (rule.tau_plus, rule.tau_minus, rule.w_min, rule.w_max, rule.A_plus, rule.A_minus, *rule.exponents)


def timing_of(delays: np.ndarray, fraction: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """shift, upto and before of kernels/plasticity.py for each delay [steps].

    With a fraction of 0 a spike fired in the very step in which another arrives would come with it; it is counted
    after it (`upto` < delay), since deliveries come first in a step.
    """
    shift = np.round((2.0 * fraction - 1.0) * delays, 9)
    upto = np.minimum(np.floor(-shift).astype(np.int64), delays - 1)
    return shift, upto, np.ceil(-shift).astype(np.int64) - 1


def _earliest(longest_delay: int, fraction: float) -> int:
    """`upto` of the longest delay [steps] that may be given later, at most 0: what is not to be done with before."""
    return min(0, math.floor(round((1.0 - 2.0 * fraction) * longest_delay, 9)))


def no_traces(n_rows: int) -> tuple[np.ndarray, ...]:
    """The argument `pre` of the kernels at time 0, by source and delay."""
    return (np.zeros(n_rows, dtype=np.int64), np.zeros(n_rows), np.zeros(n_rows), np.full(n_rows, NEVER, dtype=np.int64),
            np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def _histories(n_post: int, delays: np.ndarray, longest_delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Room for every spike that a cell can fire within twice the longest delay, and for some to be settled at once."""
    return np.zeros((n_post, _room(delays, longest_delay), 2)), np.zeros(n_post, dtype=np.int64)


def _room(delays: np.ndarray, longest_delay: int) -> int:
    return max(32, 2 * int(delays.max(initial=0)) + 16, longest_delay + 18)


def _rates(dt: float, rule: STDP) -> tuple[float, float]:
    """How fast the two traces decay, per step."""
    return dt / rule.tau_plus, dt / rule.tau_minus


def decay_of(dt: float, rule: STDP, shift: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """kinds and tables of kernels/plasticity.py; a table goes as far as a trace matters, at most 64 KiB."""
    kinds = [CONSTANT if e == 0.0 else LINEAR if e == 1.0 else POWER for e in rule.exponents]
    tables = [np.array([exp(-rate * k) for k in range(min(_LONGEST_TABLE, int(40.0 / rate) + 1))])
              for rate in _rates(dt, rule)]
    plus, minus = _rates(dt, rule)
    shifts = (np.array([exp(-plus * float(s)) for s in shift]), np.array([exp(minus * float(s)) for s in shift]))
    return np.array(kinds, dtype=np.int64), (*tables, *shifts)


def _short_state(bundle: Bundle, short: TsodyksMarkram | None) -> tuple[np.ndarray, ...]:
    """u, x, y, last step, and the parameters, by source and delay; all of length 0 without short-term dynamics."""
    if short is None:
        return (*(np.empty(0) for _ in SHORT_STATES), np.empty(0, dtype=np.int64), *(np.empty(0) for _ in range(4)))
    tau_psc = short.tau_psc if short.tau_psc is not None else _time_constant(bundle.projections[0])
    n = bundle.n_rows
    return (np.full(n, short.u0), np.full(n, short.x0), np.full(n, short.y0), np.full(n, -1, dtype=np.int64),
            *(np.array([float(p)]) for p in (short.U, short.tau_rec, short.tau_facil, tau_psc)))


def _time_constant(projection: Projection) -> float:
    """The synaptic time constant of the receptor, which all targets must share."""
    name = _TIME_CONSTANTS.get(projection.receptor, "")
    value = projection.post.parameters.get(name)
    if value is None or not isinstance(value, (int, float)):
        reason = "has none" if value is None else "differs among its cells"
        raise ConfigurationError(f"TsodyksMarkram needs tau_psc: the time constant of receptor {projection.receptor!r} "
                                 f"of {projection.post.model.name} {reason}", name="tau_psc",
                                 where=f"projection {projection.name!r}")
    return float(value)


def _sign(projection: Projection, weights: np.ndarray) -> float:
    """-1 where inhibitory currents are learned by their size."""
    negative = projection.receptor == "inhibitory" and projection.post.model.receptors["inhibitory"][1] != "uS"
    sign = -1.0 if negative else 1.0
    if weights.size and (sign * weights).min() < 0.0:
        raise ConfigurationError(f"weights under STDP must be {'<=' if negative else '>='} 0, got "
                                 f"{weights[(sign * weights).argmin()]:g}", where=f"projection {projection.name!r}")
    return sign
