"""Distributions: documented forms, draws after theory, the same everywhere."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simcore.errors import InvalidParameterValueError
from simcore.parameters import GammaDist, NormalDist, ParameterDist, ParameterSet, UniformDist

THEORY = [(UniformDist(-1.0, 3.0), stats.uniform(-1, 4)), (NormalDist(-70, 5), stats.norm(-70, 5)),
          (GammaDist(mean=0.5, std=1.0), stats.gamma(0.25, scale=2.0)), (GammaDist(a=7.5, b=0.1), stats.gamma(7.5, scale=0.1)),
          (GammaDist(a=1.0, b=2.0), stats.gamma(1.0, scale=2.0))]


@pytest.mark.parametrize(("dist", "theory"), THEORY, ids=lambda v: getattr(v, "dist_name", ""))
def test_draws_have_the_distribution(dist, theory):
    draws = dist.draws(0, 4000, seed=7, name="x")
    assert draws.dtype == np.float64 and draws.shape == (4000,)
    assert stats.kstest(draws, theory.cdf).pvalue > 1e-3
    assert dist.mean() == pytest.approx(theory.mean()) and dist.std() == pytest.approx(theory.std())
    assert all(dist.quantile(p) == pytest.approx(theory.ppf(p), rel=1e-9) for p in (0.01, 0.5, 0.9))


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
    for dist in (NormalDist(), GammaDist()):
        assert dist.from_stats(values, bias, expand) is dist
        assert dist.mean() == pytest.approx(np.mean(values) + bias) and dist.std() == pytest.approx(np.std(values) * expand)
    uniform = UniformDist().from_stats(values, bias, expand)
    centre, half = (max(values) + min(values)) / 2 + bias, (max(values) - min(values)) / 2 * expand
    assert uniform.params == {"min": pytest.approx(centre - half), "max": pytest.approx(centre + half)}


@pytest.mark.parametrize("make", [lambda: NormalDist(0, -1), lambda: UniformDist(2, 1), lambda: GammaDist(a=0), lambda: GammaDist(b=-1),
                                  lambda: GammaDist(0.0, 1.0), lambda: NormalDist(float("nan")), lambda: NormalDist("a"),
                                  lambda: GammaDist(q=3), lambda: GammaDist(1.0, 1.0, "xx"), lambda: NormalDist(True)])
def test_parameters_that_make_no_distribution_are_errors(make):
    with pytest.raises(InvalidParameterValueError):
        make()


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_the_repr_can_be_read_again(mean, std):
    for dist in (GammaDist(mean, std), GammaDist(a=mean, b=std), NormalDist(mean, std, units="mV", seed=3, name="x"), UniformDist(0, std)):
        again = ParameterSet({"a": dist})
        assert ParameterSet(again.pretty()).a == dist == pickle.loads(pickle.dumps(dist))
