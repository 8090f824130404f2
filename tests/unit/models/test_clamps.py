"""Values of clamps in time steps: middles, exact means, the same however steps are asked for."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.models.clamps import PlayedConductance, PlayedCurrent, StepCurrent
from simcore.models.waveforms import value_at

DT = 0.025


@st.composite
def courses(draw):
    """Points of which some are jumps, some on the grid of steps."""
    n = draw(st.integers(1, 8))
    gaps = draw(st.lists(st.sampled_from([0.0, DT, 0.5 * DT, 0.01, 0.3, 0.0031]), min_size=n, max_size=n))
    values = draw(st.lists(st.floats(-5, 5), min_size=n, max_size=n))
    return np.cumsum(gaps), np.array(values)


def integral(times, values, begin, end):
    """Of the signal from begin to end, by trapezoids between its points; the first value holds before, 0 after."""
    inner = [t for t in times if begin < t < end]
    total = 0.0
    edges = [begin, *inner, end]
    for a, b in itertools.pairwise(edges):
        middle = 0.5 * (a + b)
        total += (b - a) * (float(value_at(np.array([middle]), times, values)[0]) if middle < times[-1] else 0.0)
    return total


@given(course=courses())
def test_mean_over_a_step_is_the_integral(course):
    times, values = course
    got = PlayedCurrent(times, values).per_step(0, 60, DT, mean=True)
    expected = [integral(times, values, k * DT, (k + 1) * DT) / DT for k in range(60)]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9)


@settings(max_examples=300)
@given(course=courses(), parts=st.lists(st.integers(0, 9), max_size=12), mean=st.booleans())
def test_steps_may_be_asked_for_in_any_parts(course, parts, mean):
    for clamp in (PlayedCurrent(*course), PlayedConductance(*course, -70.0), PlayedConductance(*course, -70.0, True),
                  StepCurrent(2.0, 0.11, 0.3)):
        first, got = 0, []
        for n in parts:
            got += clamp.per_step(first, n, DT, mean=mean).tolist()
            first += n
        assert got == clamp.per_step(0, first, DT, mean=mean).tolist()


@given(delay=st.floats(0, 1), duration=st.floats(0, 1))
def test_a_step_current_gives_its_whole_charge(delay, duration):
    charge = StepCurrent(0.5, delay, duration).per_step(0, 100, DT, mean=True).sum() * DT
    assert charge == pytest.approx(0.5 * duration, abs=1e-12)
    assert abs(StepCurrent(0.5, delay, duration).per_step(0, 100, DT).sum() * DT - 0.5 * duration) <= 0.5 * DT + 1e-12


def test_a_whole_step_has_exactly_the_amplitude():
    assert set(StepCurrent(0.1, 0.0, 1e9).per_step(123456, 1000, DT, mean=True)) == {0.1}


def test_middle_and_mean_agree_where_nothing_bends():
    clamp = PlayedCurrent(np.array([0.0, 10.0]), np.array([1.0, 3.0]))
    np.testing.assert_array_equal(clamp.per_step(4, 100, DT, mean=True), clamp.per_step(4, 100, DT))


def test_first_value_of_a_current_holds_before_and_a_conductance_is_zero():
    times, values = np.array([1.0, 2.0]), np.array([0.5, 0.5])
    assert PlayedCurrent(times, values).per_step(0, 3, 1.0).tolist() == [0.5, 0.5, 0.0]
    assert PlayedConductance(times, values, 0.0).per_step(0, 3, 1.0).tolist() == [0.0, 0.5, 0.0]
