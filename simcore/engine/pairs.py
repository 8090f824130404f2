"""Which pairs of cells the rule of a projection makes on one rank: one function per rule of network/connectors.py."""

from __future__ import annotations

import numpy as np

from simcore.engine.draws import drawn
from simcore.engine.ends import Ends, chosen_ends, whole_ends
from simcore.engine.pairing import Pairs, Stream, by_source, by_target, listed
from simcore.engine.partition import Slot
from simcore.errors import ConfigurationError
from simcore.kernels import draw
from simcore.network import connectors as rules
from simcore.network.network import Projection
from simcore.parameters.distributions import UniformDist, UniformIntDist
from simcore.parameters.drawing import ParameterDist
from simcore.rng import streams

_AT_ONCE = 1 << 18              # pairs whose probabilities are in memory at a time
_GAPS = 64                      # gaps drawn at a time


def local_pairs(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    """The pairs that a projection's connector makes onto the cells of `slot`."""
    rule = projection.connector
    if isinstance(rule, rules.Clone):
        return local_pairs(rule.of, slot, key)
    ends = whole_ends(projection, slot)
    if isinstance(rule, rules.Subset):
        ends, rule = chosen_ends(projection, slot, rule), rule.rule
    key = key if rule.seed is None else streams.branch(key, rule.seed)
    pairs = _RULES[type(rule)](rule, ends, Stream(projection.number, key, f"projection {projection.name!r}"))
    if ends.pre_addresses is None:
        return pairs
    return Pairs(ends.pre_addresses[pairs.pre].astype(np.int32), pairs.lid, pairs.coordinates, pairs.weight, pairs.delay)


# --- one function per rule: (rule, ends, stream) -> Pairs; `pre` counts the source cells of `ends` -----------------------

def _skips(rule: rules.Rule, ends: Ends) -> np.ndarray:
    """Per local target the source that it must not have: itself, or -1."""
    return ends.itself() if rule.allow_self is not True else np.full(ends.gid.size, -1, dtype=np.int64)


def _one_way(rule: rules.Rule, ends: Ends, pre: np.ndarray, counts: np.ndarray) -> np.ndarray | None:
    """Which pairs (target by target) may stay where no two cells connect to each other; None: all."""
    if rule.allow_self != rules.NO_MUTUAL or not ends.same_population:
        return None
    return ends.pre_gids()[pre] > np.repeat(ends.gid, counts)


def _all_to_all(rule: rules.AllToAll, ends: Ends, stream: Stream) -> Pairs:
    n, m = ends.n_pre, ends.gid.size
    pre, counts = np.tile(np.arange(n, dtype=np.int32), m), np.full(m, n)
    if not ends.same_population or rule.allow_self is True:
        return by_target(pre, counts, ends)
    keep = _one_way(rule, ends, pre, counts)
    return by_target(pre, counts, ends, pre != np.repeat(_skips(rule, ends), n) if keep is None else keep)


def _one_to_one(rule: rules.OneToOne, ends: Ends, stream: Stream) -> Pairs:
    return by_target(ends.index.astype(np.int32), np.ones(ends.gid.size, dtype=np.int64), ends)


def _fixed_probability(rule: rules.FixedProbability, ends: Ends, stream: Stream) -> Pairs:
    p, n, m = float(rule.p), ends.n_pre, ends.gid.size
    ptr, buffer = np.zeros(m + 1, dtype=np.int64), np.empty(min(_GAPS, int(p * n + 3.0 * np.sqrt(p * n)) + 4))
    pre = np.empty(int(p * n * m + 6.0 * np.sqrt(p * n * m)) + n, dtype=np.int32)
    row = 0 if p > 0.0 else m
    while row < m:
        row = draw.bernoulli(p, n, ends.gid, _skips(rule, ends), stream.lane, *stream.key, row, buffer, ptr, pre)
        if row < m:
            pre.resize(pre.size + n + int(p * n * (m - row)), refcheck=False)
    pre.resize(ptr[-1], refcheck=False)
    counts = np.diff(ptr)
    return by_target(pre, counts, ends, _one_way(rule, ends, pre, counts))


def _pair_probability(rule: rules.PairProbability, ends: Ends, stream: Stream) -> Pairs:
    n, skip, sources = ends.n_pre, _skips(rule, ends), np.arange(ends.n_pre)
    parts, counts = [np.empty(0, dtype=np.int32)], np.zeros(ends.gid.size, dtype=np.int64)
    at_once = max(1, _AT_ONCE // max(1, n))
    for first in range(0, ends.gid.size if n else 0, at_once):
        rows = slice(first, first + at_once)
        p = np.ascontiguousarray(rule.p(sources[None, :], ends.index[rows, None]))
        passed = np.empty(p.shape, dtype=np.bool_)
        draw.passing(p.ravel(), n, ends.gid[rows], stream.lane, *stream.key, passed.ravel())
        own = skip[rows]
        passed[np.flatnonzero(own >= 0), own[own >= 0]] = False
        parts.append(np.nonzero(passed)[1].astype(np.int32))
        counts[rows] = passed.sum(axis=1)
    pre = np.concatenate(parts)
    return by_target(pre, counts, ends, _one_way(rule, ends, pre, counts))


def _numbers(rule: rules.FixedNumber, owners: np.ndarray, available: int, stream: Stream) -> np.ndarray:
    """(n_owners,) int64: how many partners each cell gets; available: how many every one of them can have.

    owners: the cells of all ranks, so that an error is one of all ranks.
    """
    if not isinstance(rule.n, ParameterDist):
        numbers = np.full(owners.size, int(rule.n), dtype=np.int64)
    else:
        lane = streams.lane(streams.COUNT, stream.number)
        numbers = np.floor(drawn(rule.n, owners, np.zeros_like(owners), lane, stream.key) + 0.5).astype(np.int64)
    for n in (int(numbers.min()), int(numbers.max())) if numbers.size else ():
        rule.check_drawn(n, available, stream.where)
    return numbers


def _partners(rule: rules.FixedNumber, n_all: int, owners: np.ndarray, numbers: np.ndarray, skip: np.ndarray,
              stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    """For each owner (gid) its partners of range(n_all), int32 one owner after the other, and where each one's begin."""
    ptr = np.concatenate([[0], np.cumsum(numbers)])
    out = np.empty(ptr[-1], dtype=np.int32)
    if rule.replacement:
        draw.choose_any(ptr, n_all, owners, skip, stream.lane, *stream.key, out)
    else:
        draw.choose_different(ptr, n_all, owners, skip, stream.lane, *stream.key, np.zeros(n_all + 1, np.int64), out)
    return out, ptr


def _fixed_number_pre(rule: rules.FixedNumberPre, ends: Ends, stream: Stream) -> Pairs:
    available = ends.n_pre - (rule.allow_self is not True and ends.overlap)
    numbers = _numbers(rule, ends.post_gids(), available, stream)[ends.index]
    pre, _ = _partners(rule, ends.n_pre, ends.gid, numbers, _skips(rule, ends), stream)
    return by_target(pre, numbers, ends)


def _fixed_number_post(rule: rules.FixedNumberPost, ends: Ends, stream: Stream) -> Pairs:
    sources, to_itself = ends.pre_gids(), rule.allow_self is True
    skip = np.full(sources.size, -1, dtype=np.int64) if to_itself else ends.itself_among_targets()
    numbers = _numbers(rule, sources, ends.n_post - (not to_itself and ends.overlap), stream)
    return by_source(*_partners(rule, ends.n_post, sources, numbers, skip, stream), ends)


def _from_list(rule: rules.FromList, ends: Ends, stream: Stream) -> Pairs:
    return listed(rule.pre, np.asarray(rule.post, dtype=np.int64), ends, rule.weight, rule.delay)


def _fixed_total_number(rule: rules.FixedTotalNumber, ends: Ends, stream: Stream) -> Pairs:
    """Every rank draws all targets; where pairs may repeat, each draws the sources of its own, else of all."""
    first_source, allowed, skip = ends.allowed(rule.allow_self)
    if rule.replacement and allowed.size and (allowed == allowed[0]).all() and not first_source.any():
        counts = np.zeros(ends.n_post, dtype=np.int64)
        draw.count_targets(int(rule.n), stream.lane, *stream.key, counts)
        counts = counts[ends.index]
        ptr = np.concatenate([[0], np.cumsum(counts)])
        pre = np.empty(int(ptr[-1]), dtype=np.int32)
        draw.choose_any(ptr, ends.n_pre, ends.gid, skip[ends.index], stream.lane, *stream.key, pre)
        return by_target(pre, counts, ends)
    ptr = np.concatenate([[0], np.cumsum(allowed)])
    chosen = _chosen_of(int(rule.n), int(ptr[-1]), stream, different=not rule.replacement)
    post = np.searchsorted(ptr, chosen, side="right") - 1
    pre = chosen - ptr[post] + first_source[post]
    pre += (skip[post] >= 0) & (pre >= skip[post])
    return listed(pre, post, ends)


def _chosen_of(n: int, n_all: int, stream: Stream, *, different: bool) -> np.ndarray:
    """(n,) int64 numbers of range(n_all) in the order drawn; different: none twice."""
    if not n:
        return np.empty(0, dtype=np.int64)
    if different and n > n_all // 2:
        left_out = np.zeros(n_all, dtype=np.bool_)
        left_out[_chosen_of(n_all - n, n_all, stream, different=True)] = True
        return np.flatnonzero(~left_out)
    if different:
        out, table = np.empty(n, dtype=np.int64), np.full(1 << (2 * n).bit_length(), -1, dtype=np.int64)
        draw.choose_distinct(n_all, stream.lane, *stream.key, table, out)
        return out
    index = np.arange(n, dtype=np.int64)
    return drawn(UniformIntDist(0, n_all), np.zeros_like(index), index, stream.lane, stream.key).astype(np.int64)


def _small_world(rule: rules.SmallWorld, ends: Ends, stream: Stream) -> Pairs:
    """Every rank draws the targets of all sources, one source after the other."""
    targets = np.arange(ends.n_post)
    own = ends.itself_among_targets() if rule.allow_self is not True else np.full(ends.n_pre, -1, dtype=np.int64)
    parts, ptr = [np.empty(0, dtype=np.int64)], np.zeros(ends.n_pre + 1, dtype=np.int64)
    for source, gid in enumerate(ends.pre_gids().tolist()):
        near = np.flatnonzero(rule.distance(np.int64(source), targets) < rule.degree)
        near = near[near != own[source]]
        reached = _rewired(near, rule, own[source], gid, ends.n_post, stream)
        parts.append(reached)
        ptr[source + 1] = ptr[source] + reached.size
    return by_source(np.concatenate(parts), ptr, ends)


def _rewired(near: np.ndarray, rule: rules.SmallWorld, own: int, gid: int, n_post: int, stream: Stream) -> np.ndarray:
    """The targets of one source, after its connections to `near` were rewired and n of them chosen."""
    index = np.arange(near.size, dtype=np.int64)
    u, rank, order = (_units(gid, index + k * n_post, stream) for k in range(3))
    free = np.ones(n_post, dtype=np.bool_)
    free[near] = False
    free[own if own >= 0 else slice(0)] = False
    reached = near.copy()
    for k in np.flatnonzero(u < rule.rewiring):
        others = np.flatnonzero(free)
        if others.size:
            free[reached[k]] = True
            reached[k] = others[int(rank[k] * others.size)]
            free[reached[k]] = False
    if rule.n is not None and rule.n < reached.size:
        reached = reached[np.sort(np.argsort(order, kind="stable")[:rule.n])]
    return reached


def _units(gid: int, index: np.ndarray, stream: Stream) -> np.ndarray:
    return drawn(UniformDist(), np.full(index.size, gid, dtype=np.int64), index, stream.lane, stream.key)


def _cannot(rule: rules.Rule, ends: Ends, stream: Stream) -> Pairs:
    raise ConfigurationError(f"{type(rule).__name__} cannot stand within Subset", where=stream.where)


_RULES = {rules.AllToAll: _all_to_all, rules.OneToOne: _one_to_one, rules.FixedProbability: _fixed_probability,
          rules.PairProbability: _pair_probability, rules.FixedNumberPre: _fixed_number_pre,
          rules.FixedNumberPost: _fixed_number_post, rules.FixedTotalNumber: _fixed_total_number,
          rules.SmallWorld: _small_world, rules.FromList: _from_list, rules.Subset: _cannot, rules.Clone: _cannot}
