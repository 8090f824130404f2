"""Distributions: documented forms, draws after theory, the same everywhere."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simcore.errors import InvalidParameterValueError
from simcore.parameters import (
    BinomialDist,
    ExponentialDist,
    GammaDist,
    LogNormalDist,
    NormalDist,
    ParameterDist,
    ParameterSet,
    PoissonDist,
    UniformDist,
    UniformIntDist,
    VonMisesDist,
)

THEORY = [(UniformDist(-1.0, 3.0), stats.uniform(-1, 4)), (NormalDist(-70, 5), stats.norm(-70, 5)),
          (GammaDist(mean=0.5, std=1.0), stats.gamma(0.25, scale=2.0)), (GammaDist(a=7.5, b=0.1), stats.gamma(7.5, scale=0.1)),
          (GammaDist(a=1.0, b=2.0), stats.gamma(1.0, scale=2.0)), (LogNormalDist(0.3, 0.8), stats.lognorm(0.8, scale=math.exp(0.3))),
          (ExponentialDist(3.0), stats.expon(scale=3.0)), (VonMisesDist(0.0, 2.0), stats.vonmises(2.0)),
          (VonMisesDist(0.0, 0.0), stats.uniform(-math.pi, 2 * math.pi))]
DISCRETE = [(PoissonDist(0.3), stats.poisson(0.3)), (PoissonDist(25.0), stats.poisson(25.0)), (PoissonDist(0.0), stats.poisson(0.0)),
            (PoissonDist(1e6), stats.poisson(1e6)), (BinomialDist(1, 0.2), stats.binom(1, 0.2)), (BinomialDist(60, 0.9), stats.binom(60, 0.9)),
            (BinomialDist(5, 1.0), stats.binom(5, 1.0)), (BinomialDist(5, 0.0), stats.binom(5, 0.0)), (BinomialDist(0, 0.5), stats.binom(0, 0.5)),
            (BinomialDist(10**9, 1e-8), stats.binom(10**9, 1e-8)), (UniformIntDist(-2, 5), stats.randint(-2, 5))]
BOUNDED = [NormalDist(1.0, 2.0, low=0.0, high=4.0), GammaDist(a=0.25, b=2.0, low=0.1, high=1.0), UniformDist(0, 1, high=0.25),
           ExponentialDist(1.0, low=2.0), LogNormalDist(0.0, 1.0, high=1.0), VonMisesDist(0.5, 3.0, low=0.0), PoissonDist(3.0, low=1, high=4)]
ONE_OF_EACH = [UniformDist(-1.0, 3.0), NormalDist(-70, 5), GammaDist(mean=0.5, std=1.0), GammaDist(a=7.5, b=0.1), LogNormalDist(0.3, 0.8),
               ExponentialDist(3.0), VonMisesDist(1.0, 2.0), PoissonDist(25.0), BinomialDist(60, 0.9), UniformIntDist(-2, 5), *BOUNDED]


@pytest.mark.parametrize(("dist", "theory"), THEORY, ids=lambda v: getattr(v, "dist_name", ""))
def test_draws_have_the_distribution(dist, theory):
    draws = dist.draws(0, 4000, seed=7, name="x")
    assert draws.dtype == np.float64 and draws.shape == (4000,)
    assert stats.kstest(draws, theory.cdf).pvalue > 1e-3
    assert dist.mean() == pytest.approx(theory.mean()) and dist.std() == pytest.approx(theory.std())
    assert all(dist.quantile(p) == pytest.approx(theory.ppf(p), rel=1e-9) for p in (0.01, 0.5, 0.9))


@pytest.mark.parametrize(("dist", "theory"), DISCRETE, ids=lambda v: "" if hasattr(v, "ppf") else repr(v))
def test_whole_numbers_have_the_distribution(dist, theory):
    draws = dist.draws(0, 4000, seed=7, name="x")
    assert np.array_equal(draws, np.round(draws)) and theory.pmf(draws).min() > 0
    edges = np.unique([-np.inf, *theory.ppf(np.linspace(0.05, 0.95, 12)), np.inf])     # bins (a, b]
    expected = np.diff(theory.cdf(edges)) * draws.size
    counts = np.array([((draws > a) & (draws <= b)).sum() for a, b in itertools.pairwise(edges)])
    assert counts[expected == 0].sum() == 0
    assert (expected > 0).sum() < 2 or stats.chisquare(counts[expected > 0], expected[expected > 0]).pvalue > 1e-3
    assert dist.mean() == pytest.approx(theory.mean()) and dist.std() == pytest.approx(theory.std())
    assert dist.quantile(0.3) == theory.ppf(0.3)


@pytest.mark.parametrize("dist", BOUNDED, ids=repr)
def test_numbers_outside_the_limits_are_drawn_again_or_clipped(dist):
    draws = dist.draws(0, 4000, seed=3)
    assert draws.min() >= dist.low and draws.max() <= dist.high
    free = type(dist)(**dist.params).draws(0, 4000, seed=3)
    inside = (free >= dist.low) & (free <= dist.high)
    assert 0 < inside.sum() < 4000 and np.array_equal(draws[inside], free[inside])      # only those outside are drawn again
    assert stats.ks_2samp(draws[~inside], free[inside]).pvalue > 1e-3
    assert draws.mean() == pytest.approx(dist.mean(), abs=4 * dist.std() / math.sqrt(4000))
    assert draws.std() == pytest.approx(dist.std(), rel=0.1)
    assert np.mean(draws <= dist.quantile(0.6)) >= 0.56 and np.mean(draws < dist.quantile(0.6)) <= 0.64
    clipping = type(dist)(**dist.params, low=dist.low, high=dist.high, constrain="clip")
    clipped = clipping.draws(0, 4000, seed=3)
    assert np.array_equal(clipped, np.clip(free, dist.low, dist.high)) and clipping != dist
    assert clipped.mean() == pytest.approx(clipping.mean(), abs=4 * clipped.std() / math.sqrt(4000))
    assert clipped.std() == pytest.approx(clipping.std(), rel=0.1)
    assert clipping.quantile(0.6) == pytest.approx(np.clip(type(dist)(**dist.params).quantile(0.6), dist.low, dist.high), rel=1e-12)


def test_the_mean_of_a_normal_within_limits_is_that_of_the_truncated_normal():
    theory = stats.truncnorm(-0.5, 1.5, 1.0, 2.0)
    dist = NormalDist(1.0, 2.0, low=0.0, high=4.0)
    assert dist.mean() == pytest.approx(theory.mean()) and dist.std() == pytest.approx(theory.std())
    assert dist.quantile(0.3) == pytest.approx(theory.ppf(0.3))


@pytest.mark.parametrize("dist", ONE_OF_EACH, ids=repr)
def test_one_draw_at_a_time_gives_the_bits_of_many(dist):
    """One at a time is interpreted, many are compiled, most of them by loops of their own."""
    assert dist.draws(2**32 - 30, 300, seed=5, name="y").tolist() == [dist.draw(2**32 - 30 + i, seed=5, name="y") for i in range(300)]


def test_limits_without_room_are_an_error_and_no_hang():
    for n in (3, 300):
        with pytest.raises(InvalidParameterValueError, match="found no value in its limits"):
            NormalDist(0.0, 1.0, low=50.0).draws(0, n)


def test_angles_go_round_the_circle():
    about_pi = VonMisesDist(math.pi + 20 * math.pi, 4.0).draws(0, 4000)
    assert np.abs(about_pi).max() <= math.pi and (about_pi > 0).mean() == pytest.approx(0.5, abs=0.05)
    assert stats.kstest((about_pi + 2 * math.pi) % (2 * math.pi) - math.pi, stats.vonmises(4.0).cdf).pvalue > 1e-3
    assert VonMisesDist(1.0, 1e-6).draws(0, 4000).std() == pytest.approx(math.pi / math.sqrt(3), rel=0.03)


@pytest.mark.parametrize(("dist", "theory"), THEORY[:3], ids=lambda v: getattr(v, "dist_name", ""))
def test_draws_depend_on_seed_name_and_number_alone(dist, theory):
    dist = copy.deepcopy(dist)
    all_at_once = dist.draws(0, 50)
    assert np.array_equal(np.concatenate([dist.next(20), dist.next(), dist.next(29)]), all_at_once)
    assert np.array_equal(dist.draws(20, 30), all_at_once[20:]) and dist.draw(7, seed=0, name="") == all_at_once[7]
    others = [dist.draws(0, 50, seed=1), dist.draws(0, 50, name="a"), dist.draws(50, 50)]
    assert not any(set(all_at_once) & set(other) for other in others)
    assert abs(np.corrcoef(dist.draws(0, 2000, name="a"), dist.draws(0, 2000, name="b"))[0, 1]) < 0.08
    np.random.seed(1)  # noqa: NPY002 - the global state must not matter
    assert np.array_equal(dist.draws(0, 50), all_at_once)


def test_draws_have_these_bits_on_every_machine():
    """A change here changes the points of every experiment with a distribution."""
    assert [float(d.draw(3, seed=1, name="a.b")).hex() for d in (UniformDist(), NormalDist(), GammaDist(mean=0.5, std=1.0))] == EXPECTED


EXPECTED = ["0x1.4ff6d472e2a08p-4", "-0x1.643f95483eaf1p+0", "0x1.48ddbd73bba31p-5"]


def test_a_draw_is_below_the_maximum():
    assert all(v < 1.0 for v in UniformDist(math.nextafter(1.0, 0.0), 1.0).next(50)) and UniformDist(2.0, 2.0).next()[0] == 2.0


def test_the_abstract_distribution_cannot_draw():
    with pytest.raises(NotImplementedError, match="abstract"):
        ParameterDist(a=1.0).next()


def test_equality_compares_class_and_parameters():
    assert NormalDist(1, 2) == NormalDist(mean=1.0, std=2.0) != NormalDist(1, 3)
    assert UniformDist(1, 2) != NormalDist(1, 2) and NormalDist(1, 2, units="mV") != NormalDist(1, 2)
    used = NormalDist(1, 2)
    used.next(5)
    assert used == NormalDist(1, 2) and used.params == {"mean": 1.0, "std": 2.0}


def test_gamma_can_be_given_in_all_its_ways():
    a, b = 0.25, 2.0
    for made in (GammaDist(mean=0.5, std=1.0), GammaDist(0.5, 1.0), GammaDist(m=0.5, s=1.0), GammaDist(a=a, b=b),
                 GammaDist(mean=0.5), GammaDist(a=a, b=b, repr_mode="ab")):
        assert made.params == {"a": a, "b": b} and made.mean() == 0.5 and made.std() == 1.0
    assert GammaDist().params == {"a": 1.0, "b": 1.0}
    assert repr(GammaDist(0.5, 1.0)) == "GammaDist(mean=0.5, std=1.0)"
    assert repr(GammaDist(a=3, b=7, repr_mode="ab")) == "GammaDist(a=3.0, b=7.0, repr_mode='ab')"


@settings(deadline=None)
@given(st.lists(st.floats(1.0, 1e3), min_size=2, max_size=9, unique=True), st.floats(-0.5, 10), st.floats(0.5, 2))
def test_from_stats_takes_mean_and_spread_of_values(values, bias, expand):
    for dist in (NormalDist(), GammaDist(), LogNormalDist()):
        assert dist.from_stats(values, bias, expand) is dist
        assert dist.mean() == pytest.approx(np.mean(values) + bias) and dist.std() == pytest.approx(np.std(values) * expand)
    for dist in (ExponentialDist(), PoissonDist()):
        assert dist.from_stats(values, bias, expand).mean() == pytest.approx(np.mean(values) + bias)
    with pytest.raises(InvalidParameterValueError, match="cannot be made from a mean"):
        VonMisesDist().from_stats(values)
    uniform = UniformDist().from_stats(values, bias, expand)
    centre, half = (max(values) + min(values)) / 2 + bias, (max(values) - min(values)) / 2 * expand
    assert uniform.params == {"min": pytest.approx(centre - half), "max": pytest.approx(centre + half)}


@pytest.mark.parametrize("make", [lambda: NormalDist(0, -1), lambda: UniformDist(2, 1), lambda: GammaDist(a=0), lambda: GammaDist(b=-1),
                                  lambda: GammaDist(0.0, 1.0), lambda: NormalDist(float("nan")), lambda: NormalDist("a"),
                                  lambda: GammaDist(q=3), lambda: GammaDist(1.0, 1.0, "xx"), lambda: NormalDist(True),
                                  lambda: PoissonDist(-1), lambda: BinomialDist(2.5, 0.5), lambda: BinomialDist(2, 1.5), lambda: UniformIntDist(1, 1),
                                  lambda: UniformIntDist(0.5, 3), lambda: VonMisesDist(0, -1), lambda: LogNormalDist(0, -1), lambda: ExponentialDist(-1),
                                  lambda: NormalDist(low=2, high=1), lambda: NormalDist(low=0, constrain="squeeze"), lambda: NormalDist(low="a")])
def test_parameters_that_make_no_distribution_are_errors(make):
    with pytest.raises(InvalidParameterValueError):
        make()


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_the_repr_can_be_read_again(mean, std):
    for dist in (GammaDist(mean, std), GammaDist(a=mean, b=std), NormalDist(mean, std, units="mV", seed=3, name="x"), UniformDist(0, std),
                 NormalDist(mean, std, low=mean - std, constrain="clip"), GammaDist(mean, std, high=mean), *ONE_OF_EACH):
        again = ParameterSet({"a": dist})
        assert ParameterSet(again.pretty()).a == dist == pickle.loads(pickle.dumps(dist))
