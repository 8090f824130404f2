"""pyNN.random: numbers of numpy's generator, masks and ranks, boundaries, all distributions in both ways of naming."""

import ctypes.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simcore.api.pynn import gsl
from simcore.api.pynn.random import (
    DISTRIBUTIONS,
    GSLRNG,
    NativeRNG,
    NumpyRNG,
    RandomDistribution,
    available_distributions,
)
from simcore.errors import ConfigurationError, InvalidParameterValueError, NonExistentParameterError, SimcoreError

VALUES = {"binomial": {"n": 20, "p": 0.3}, "exponential": {"beta": 2.0}, "gamma": {"k": 2.0, "theta": 3.0},
          "lognormal": {"mu": 0.1, "sigma": 0.5}, "normal": {"mu": -3.0, "sigma": 2.0},
          "normal_clipped": {"mu": 0.0, "sigma": 1.0, "low": -0.5, "high": 2.0},
          "normal_clipped_to_boundary": {"mu": 0.0, "sigma": 1.0, "low": -0.5, "high": 2.0}, "poisson": {"lambda_": 4.0},
          "uniform": {"low": 2.0, "high": 5.0}, "uniform_int": {"low": 2, "high": 9}, "vonmises": {"mu": 0.5, "kappa": 2.0}}


def has_gsl():
    try:
        gsl.library()
    except ConfigurationError:
        return False
    return True


def test_the_numbers_are_those_of_numpy_with_the_same_seed():
    rng, reference = NumpyRNG(seed=8658764), np.random.RandomState(8658764)
    assert rng.next(5).tolist() == reference.uniform(size=5).tolist()
    assert rng.next(3, "normal", [1.0, 2.0]).tolist() == reference.normal(1.0, 2.0, size=3).tolist()
    assert rng.next(3, "gamma", {"k": 2.0, "theta": 5.0}).tolist() == reference.gamma(2.0, 5.0, size=3).tolist()
    assert rng.next(4, "uniform_int", (0, 100)).tolist() == reference.randint(0, 100, size=4).tolist()
    assert rng.next(4, "beta", (1.0, 2.0)).tolist() == reference.beta(1.0, 2.0, size=4).tolist()      # only numpy's
    assert rng.permutation(5).tolist() == reference.permutation(5).tolist()                  # methods fall through


@pytest.mark.parametrize("make", [NumpyRNG, NativeRNG])
def test_how_many_numbers_come(make):
    rng = make(seed=0)
    assert np.ndim(rng.next()) == np.ndim(rng.next(1)) == 0 and rng.next(0).shape == (0,) and rng.next(7).shape == (7,)
    for n in (-1, 1.5):
        with pytest.raises(InvalidParameterValueError, match="must be a whole number >= 0"):
            rng.next(n)


def test_a_seed_of_zero_is_a_seed_and_none_depends_on_the_order_of_creation_alone():
    assert NumpyRNG(seed=0).next(3).tolist() == np.random.RandomState(0).uniform(size=3).tolist()
    first, second = NumpyRNG(), NumpyRNG()
    assert first.seed is None and second.effective_seed == first.effective_seed + 1
    assert first.next(3).tolist() != second.next(3).tolist()
    with pytest.raises(SimcoreError, match="must be a whole number"):
        NumpyRNG(seed=1.5)


def test_parallel_safe_processes_share_one_sequence():
    everything = NumpyRNG(seed=5).next(10)
    parts = [NumpyRNG(seed=5, rank=rank, num_processes=3) for rank in range(3)]
    assert [rng.next(10).tolist() for rng in parts] == [everything[rank::3].tolist() for rank in range(3)]
    mask = np.arange(10) % 4 == 1
    again = [NumpyRNG(seed=5, rank=rank, num_processes=3) for rank in range(3)]
    assert all(rng.next(10, mask_local=mask).tolist() == everything[mask].tolist() for rng in again)
    assert NumpyRNG(seed=5, rank=1, num_processes=3).next(10, mask_local=False).tolist() == everything.tolist()
    assert NumpyRNG(seed=5).next(10, mask=np.array([2, 5])).tolist() == everything[[2, 5]].tolist()
    with pytest.raises(InvalidParameterValueError, match="a mask must have 10 values"):
        NumpyRNG(seed=5).next(10, mask_local=np.array([True]))


def test_other_processes_draw_their_share_from_a_seed_of_their_own():
    rng = NumpyRNG(seed=5, rank=2, num_processes=4, parallel_safe=False)
    assert rng.next(10).tolist() == np.random.RandomState(7).uniform(size=10 // 4 + 1).tolist()
    assert rng.next(10, mask_local=np.arange(10) < 6).size == 6
    assert "Not parallel safe" in rng.describe() and "seed 5" in rng.describe()


@pytest.mark.parametrize("make", [NumpyRNG, NativeRNG])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_all_distributions_in_both_namings_have_the_statistics_of_theory(make, name):
    named = VALUES[name]
    assert set(VALUES) == set(available_distributions) and tuple(named) == available_distributions[name]
    by_name = RandomDistribution(name, rng=make(seed=3), **named)
    in_order = RandomDistribution(name, tuple(named.values()), rng=make(seed=3))
    values = by_name.next(3000)
    assert values.tolist() == in_order.next(3000).tolist() == RandomDistribution(name, rng=make(seed=3), parameters_pos=tuple(
        named.values())).next(3000).tolist()
    theory = in_order.engine()
    assert values.mean() == pytest.approx(theory.mean(), abs=5 * theory.std() / np.sqrt(3000))
    assert values.std() == pytest.approx(theory.std(), rel=0.1)


@pytest.mark.parametrize("make", [NumpyRNG, NativeRNG])
def test_numbers_outside_the_boundaries_are_clipped_or_drawn_again(make):
    for constrain in ("clip", "redraw"):
        made = RandomDistribution("normal", (0.0, 1.0), make(seed=2), boundaries=(1.0, -0.5), constrain=constrain)
        values = made.next(3000)
        assert values.min() >= -0.5 and values.max() <= 1.0 and ((values == -0.5).sum() > 500) == (constrain == "clip")
        free = RandomDistribution("normal", (0.0, 1.0), make(seed=2)).next(3000)
        inside = (free > -0.5) & (free < 1.0)
        assert np.array_equal(values[inside], free[inside])
        assert values.mean() == pytest.approx(made.engine().mean(), abs=0.05)
    with pytest.raises(InvalidParameterValueError, match=r"no number within \[50, 51\]"):
        RandomDistribution("normal", (0.0, 1.0), NumpyRNG(1), boundaries=(50, 51), constrain="redraw").next(3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 60), st.integers(1, 5), st.integers(0, 5), st.sampled_from(["clip", "redraw"]))
def test_processes_agree_on_numbers_that_were_drawn_again(n, n_ranks, rank, constrain):
    def made(**of):
        return RandomDistribution("normal", (0.0, 1.0), NumpyRNG(seed=9, **of), boundaries=(-0.3, 0.5), constrain=constrain)

    rank %= n_ranks
    assert np.atleast_1d(made(rank=rank, num_processes=n_ranks).next(n)).tolist() == np.atleast_1d(made().next(n))[rank::n_ranks].tolist()


def test_native_numbers_go_on_and_are_the_engines():
    rng = NativeRNG(seed=11)
    made = RandomDistribution("normal", (1.0, 2.0), rng)
    both = [*made.next(4), *made.next(3)]
    assert both == NativeRNG(seed=11).next(7, "normal", (1.0, 2.0)).tolist()
    assert stats.kstest(NativeRNG(seed=1).next(3000), stats.uniform.cdf).pvalue > 1e-3


def test_distributions_of_the_engine_belong_to_the_seed_of_the_generator():
    free = RandomDistribution("uniform", (0.0, 1.0)).engine()
    seeded = [RandomDistribution("uniform", (0.0, 1.0), rng=NumpyRNG(seed)).engine() for seed in (1, 1, 2)]
    assert free.seed == 0 and free.name == "" and [d.seed for d in seeded] == [1, 1, 2]
    clipped = RandomDistribution("normal", (0.0, 1.0), boundaries=(0.0, 2.0)).engine()
    assert (clipped.low, clipped.high, clipped.constrain) == (0.0, 2.0, "clip")
    assert RandomDistribution("beta", (1.0, 2.0), NumpyRNG(1)).engine() is None


@pytest.mark.parametrize(("make", "message"), [
    (lambda: RandomDistribution("normal", mu=1.0), "missing: sigma"), (lambda: RandomDistribution("normal", mu=1, sigm=2), "did you mean 'sigma'"),
    (lambda: RandomDistribution("normal", (1.0,)).next(), r"takes 2 parameters \(mu, sigma\), got 1"),
    (lambda: RandomDistribution("normal", (1, 2), mu=1), "not both"), (lambda: RandomDistribution("normall", (1, 2)).next(), "did you mean 'normal'"),
    (lambda: RandomDistribution("seed", (1,)).next(), "no distribution 'seed'"), (lambda: RandomDistribution(constrain="cut"), "'clip' or 'redraw'"),
    (lambda: RandomDistribution(rng=np.random), "rng must be a NumpyRNG"), (lambda: NativeRNG().next(1, "beta", (1, 2)), "no distribution 'beta'")])
def test_what_cannot_be_drawn_is_an_error(make, message):
    with pytest.raises(SimcoreError, match=message):
        make()


def test_without_the_library_gslrng_says_what_to_do(monkeypatch):
    monkeypatch.setattr(gsl, "_NAMES", ())
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    gsl.library.cache_clear()
    with pytest.raises(ConfigurationError, match=r"needs the GNU Scientific Library \(libgsl\), which is not installed"):
        GSLRNG(seed=1)
    gsl.library.cache_clear()


@pytest.mark.skipif(not has_gsl(), reason="the GNU Scientific Library is not installed")
@pytest.mark.parametrize("name", [n for n in DISTRIBUTIONS if n != "vonmises"])
def test_gsl_has_the_statistics_of_theory(name):
    made = RandomDistribution(name, rng=GSLRNG(seed=3), **VALUES[name])
    values = made.next(3000)
    theory = made.engine()
    assert values.mean() == pytest.approx(theory.mean(), abs=5 * theory.std() / np.sqrt(3000))
    assert values.std() == pytest.approx(theory.std(), rel=0.1)


@pytest.mark.skipif(not has_gsl(), reason="the GNU Scientific Library is not installed")
def test_gsl_has_its_own_names_and_generators():
    assert GSLRNG(seed=1).next(2, "gaussian", (2.0,)).shape == (2,) and GSLRNG(seed=1).flat(1.0, 2.0, size=3).min() >= 1.0
    words = GSLRNG(seed=4357).next(2)                       # MT19937 as in numpy, which takes two words for a number
    assert words[0] == np.random.RandomState(4357).randint(0, 2**32, dtype=np.uint64) / 2**32
    assert GSLRNG(seed=1, type="taus2").next(2).tolist() != GSLRNG(seed=1).next(2).tolist()
    with pytest.raises(ConfigurationError, match="has no generator 'mt'"):
        GSLRNG(seed=1, type="mt")
    with pytest.raises(NonExistentParameterError, match="did you mean 'gaussian'"):
        GSLRNG(seed=1).next(1, "gausian", (1.0,))
