"""neurodamus.core.random: the documented constructors, seeds that stay with their stream, wrong input."""

import pickle
import threading

import numpy as np
import pytest

from simcore.api.neurodamus.core.configuration import RNGConfig
from simcore.api.neurodamus.core.random import ACG, RNG, MCellRan4, Random123, gamma, set_global_index, stimulus_stream
from simcore.errors import ConfigurationError, InvalidParameterValueError


def first(rng):
    return rng.uniform(0, 1)


@pytest.mark.parametrize(("made", "same"), [
    (lambda: RNG(), lambda: Random123(0, 55, 0)), (lambda: RNG(seed=12), lambda: Random123(12, 55, 0)),
    (lambda: RNG.create(RNGConfig.Modes.RANDOM123, (1, 2, 3), 4), lambda: Random123(1, 2, 3, seed=4)),
    (lambda: RNG.create("random123", (1, 2, 3)), lambda: Random123(1, 2, 3)),
    (lambda: RNG.create(RNGConfig.Modes.UPMCELLRAN4, (5,), 6), lambda: MCellRan4(5, low_i=6)),
    (lambda: RNG.create(RNGConfig.Modes.COMPATIBILITY, (5,), 6), lambda: RNG(seed=6)),
    (lambda: RNG.create(None, ()), lambda: RNG()), (lambda: ACG(), lambda: ACG(55, 0)),
    (lambda: MCellRan4(5, 6, 7), lambda: MCellRan4(5, low_i=7))])
def test_streams_are_made_in_all_documented_ways(made, same):
    assert isinstance(made(), RNG)
    assert [made().uniform(0, 1)] == [same().uniform(0, 1)]


def test_a_seed_changes_no_other_stream():
    one = Random123(1, 2, 3)
    before = first(one)
    Random123(1, 2, 3, seed=99)
    assert first(Random123(1, 2, 3)) == before != first(Random123(1, 2, 3, seed=99))


def test_global_index_is_set_for_new_streams_of_this_thread_alone():
    old, made_before = first(Random123(1, 2, 3)), Random123(1, 2, 3)
    assert set_global_index(99) == 0
    elsewhere = []
    try:
        thread = threading.Thread(target=lambda: elsewhere.append(first(Random123(1, 2, 3))))
        thread.start()
        thread.join()
        assert first(Random123(1, 2, 3)) == first(Random123(1, 2, 3, seed=99))
        assert first(Random123(1, 2, 3, seed=0)) == first(made_before) == elsewhere[0] == old
    finally:
        assert set_global_index(0) == 99


def test_a_pickled_stream_goes_on_where_it_was():
    for rng in (Random123(1, 2, 3), MCellRan4(9), ACG(seed=3)):
        rng.normal(0, 1)
        rng.repicks(10)
        copy = pickle.loads(pickle.dumps(rng))
        assert [copy.repick() for _ in range(5)] == [rng.repick() for _ in range(5)]


@pytest.mark.parametrize("kind", ["normal", "poisson", "uniform"])
def test_picks_do_not_depend_on_how_many_are_asked_for_at_once(kind):
    arguments = {"normal": (1, 4), "poisson": (3,), "uniform": (0, 1)}[kind]
    whole, parts = Random123(1, 2, 3), Random123(1, 2, 3)
    for rng in (whole, parts):
        getattr(rng, kind)(*arguments)
    expected = whole.repicks(3000).tolist()
    got = [x for n in (1, 2, 3, 0, 1, 500, 7, 2486) for x in parts.repicks(n).tolist()]
    assert got == expected and whole.seq() == parts.seq()


@pytest.mark.parametrize(("draw", "mean", "variance"), [
    (lambda r: r.uniform(-3, 5), 1, 64 / 12), (lambda r: r.uniform(5, -3), 1, 64 / 12), (lambda r: r.discunif(0, 9), 4.5, 8.25),
    (lambda r: r.normal(2, 9), 2, 9), (lambda r: r.negexp(2.5), 2.5, 6.25), (lambda r: r.poisson(4), 4, 4),
    (lambda r: r.lognormal(1, 0.25), 1, 0.25), (lambda r: r.binomial(10, 0.3), 3, 2.1),
    (lambda r: r.geometric(0.8), 5, 20), (lambda r: r.erlang(2, 1), 2, 1), (lambda r: r.hypergeo(2, 9), 2, 9),
    (lambda r: r.weibull(2, 1), 0.886227, 0.214602)])
def test_distributions_have_their_mean_and_variance(draw, mean, variance):
    rng = Random123(1, 2, 3)
    draw(rng)
    values = rng.repicks(40000)
    assert abs(values.mean() - mean) < 5 * np.sqrt(variance / values.size)
    assert values.var() == pytest.approx(variance, rel=0.1)


@pytest.mark.parametrize(("shape", "scale"), [(4.0, 0.5), (0.3, 2.0), (1.0, 1.0)])
def test_gamma_variates_have_their_moments(shape, scale):
    values = gamma(Random123(1, 2, 3), shape, scale, 20000)
    assert values.mean() == pytest.approx(shape * scale, rel=0.05)
    assert values.var() == pytest.approx(shape * scale**2, rel=0.1)


def test_no_gamma_variates_are_an_empty_array():
    assert gamma(RNG(), 2.0, 1.0, 0).shape == (0,)


def test_ids_that_would_be_ignored_are_warned_of():
    with pytest.warns(UserWarning, match="does not use its ids"):
        assert first(RNG(5)) == first(RNG())


@pytest.mark.parametrize(("wrong", "error", "message"), [
    (lambda: RNG.create("random", (1,)), ConfigurationError, "no mode of random numbers 'random'; did you mean 'RANDOM123'"),
    (lambda: RNG.create("RANDOM123", (1, 2)), ConfigurationError, "takes 3 id"),
    (lambda: RNG.create("UPMCELLRAN4", (1, 2)), ConfigurationError, "takes 1 id"),
    (lambda: Random123(-1, 2, 3), InvalidParameterValueError, r"id1 must be in \[0, 2\*\*32\), got -1"),
    (lambda: Random123(1, 2.5, 3), InvalidParameterValueError, "id2 must be a whole number, got 2.5"),
    (lambda: Random123(1, 2, 2**32), InvalidParameterValueError, "id3"),
    (lambda: Random123(1, 2, 3, seed="x"), InvalidParameterValueError, "seed must be a whole number"),
    (lambda: MCellRan4(0), ConfigurationError, "at least 1"),
    (lambda: gamma(RNG(), 0, 1), InvalidParameterValueError, "shape .* must be > 0, got 0"),
    (lambda: RNG().normal(0, -1), InvalidParameterValueError, "variance must be >= 0, got -1"),
    (lambda: RNG().poisson(1e4), InvalidParameterValueError, "mean of a Poisson count"),
    (lambda: RNG().geometric(1.0), InvalidParameterValueError, "probability"),
    (lambda: RNG().hypergeo(2, 1), InvalidParameterValueError, "squared mean"),
])
def test_wrong_input_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


@pytest.mark.parametrize(("stream", "same"), [
    (lambda: stimulus_stream("ornstein_uhlenbeck", 7, block=2, stimulus_seed=5, base_seed=3), (2999, 291209, 130, 3)),
    (lambda: stimulus_stream("shot_noise", 7, own_seed=9), (2997, 19216, 9, 0)),
    (lambda: stimulus_stream("noise", 7, block=1, own_seed=9), (101, 500, 307, 0))])
def test_stimuli_of_circuits_have_neurodamus_streams(stream, same):
    assert first(stream()) == first(Random123(*same))


def test_an_unknown_stimulus_has_no_stream():
    with pytest.raises(ConfigurationError, match="did you mean 'shot_noise'"):
        stimulus_stream("shotnoise", 1)
