"""neurodamus.core.stimuli: every documented name and signature; sums, sources at their place, wrong input."""

import inspect

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.api.neurodamus.core.random import Random123
from simcore.api.neurodamus.core.stimuli import ConductanceSource, CurrentSource, SignalSource
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.errors import ConfigurationError, InvalidParameterValueError, ParameterTypeError
from simcore.morphology.sections import Section

DOCUMENTED = {
    "add_noise": "mean, variance, duration, dt=0.5", "add_ornstein_uhlenbeck": "tau, sigma, mean, duration, dt=0.25",
    "add_pulse": "max_amp, duration", "add_pulses": "pulse_duration, amp, *more_amps", "add_ramp": "amp1, amp2, duration",
    "add_segment": "amp, duration, amp2=None", "add_sin": "amp, total_duration, freq, step=0.025",
    "add_shot_noise": "tau_D, tau_R, rate, amp_mean, amp_var, duration, dt=0.25", "add_sinspec": "start, dur",
    "add_train": "amp, frequency, pulse_duration, total_duration", "delay": "duration", "plot": "ylims=None", "reset": "",
    "noise": "mean, variance, duration, dt=0.5, base_amp=0.0, **kw",
    "ornstein_uhlenbeck": "tau, sigma, mean, duration, dt=0.25, base_amp=0.0, **kw",
    "pulse": "max_amp, duration, base_amp=0.0, **kw", "ramp": "amp1, amp2, duration, base_amp=0.0, **kw",
    "shot_noise": "tau_D, tau_R, rate, amp_mean, var, duration, dt=0.25, base_amp=0.0, **kw",
    "sin": "amp, total_duration, freq, step=0.025, base_amp=0.0, **kw",
    "train": "amp, frequency, pulse_duration, total_duration, base_amp=0.0, **kw"}


def plain(parameters):
    return [f"{'*' * (p.kind - 1) if p.kind in (2, 4) and p.kind == 2 else '**' if p.kind == 4 else ''}{p.name}"
            f"{'' if p.default is p.empty else f'={p.default!r}'}"
            for p in parameters if p.name != "self" and p.kind != p.KEYWORD_ONLY]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_signatures_hold(name):
    wanted = [w for w in DOCUMENTED[name].split(", ") if w]
    assert plain(inspect.signature(getattr(SignalSource, name)).parameters.values()) == wanted


class Place:
    """A segment that keeps what is attached; its section is a function of the position."""

    def __init__(self):
        self.clamps, self.positions = [], []
        self.attach, self.detach = self.clamps.append, self.clamps.remove

    def section(self, position):
        self.positions.append(position)
        return self


SHAPES = {
    "pulse": ((1.0, 5.0), {}), "ramp": ((1.0, 2.0, 5.0), {}), "train": ((1.0, 40.0, 5.0, 100.0), {}), "sin": ((1.0, 20.0, 50.0), {}),
    "noise": ((0.0, 1.0, 20.0), {}), "shot_noise": ((4.0, 0.4, 500.0, 0.1, 0.01, 50.0), {}), "ornstein_uhlenbeck": ((2.0, 1.0, 0.0, 20.0), {})}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", [SignalSource, CurrentSource])
def test_short_forms_are_sources_with_one_shape(name, kind):
    arguments, _ = SHAPES[name]
    short = getattr(kind, name)(*arguments, base_amp=0.5, delay=3.0, rng=Random123(1, 2, 3))
    whole = getattr(kind(0.5, delay=3.0, rng=Random123(1, 2, 3)), f"add_{name}")(*arguments)
    assert type(short) is kind
    assert short.time_vec.tolist() == whole.time_vec.tolist() and short.stim_vec.tolist() == whole.stim_vec.tolist()


def test_short_forms_of_a_conductance_take_the_reversal():
    source = ConductanceSource.pulse(0.1, 5.0, -80.0)
    assert source.reversal == -80.0 and source.stim_vec.tolist() == [0.0, 0.1, 0.1, 0.0]


def test_a_base_given_to_one_shape_is_for_that_shape_alone():
    source = SignalSource(1.0).add_pulse(2.0, 1.0, base_amp=0.0).add_pulse(3.0, 1.0)
    assert source.stim_vec.tolist() == [0, 2, 2, 0, 1, 3, 3, 1]


def test_reset_forgets_points_but_not_the_time():
    source = SignalSource().add_pulse(1.0, 5.0)
    source.reset()
    assert source.add_pulse(1.0, 5.0).time_vec.tolist() == [5, 5, 10, 10]


def test_any_course_can_be_added():
    source = SignalSource(0.5, delay=2.0).add_samples([1.0, 2.0], [3.0, 4.0], duration=5.0)
    assert source.time_vec.tolist() == [0, 2, 3, 4, 7, 7] and source.stim_vec.tolist() == [0.5, 0.5, 3, 4, 4, 0.5]


signals = st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.sampled_from([0.0, 0.5, 1.0, 2.5])), max_size=4)


@given(one=signals, two=signals, delay=st.sampled_from([0.0, 0.75]))
def test_the_sum_of_signals_has_the_sum_of_their_values(one, two, delay):
    a, b = SignalSource(0.25), SignalSource(1.0, delay=delay)
    for source, shapes in ((a, one), (b, two)):
        for amp1, amp2, duration in shapes:
            source.add_ramp(amp1, amp2, duration)
    t = np.linspace(-0.1, 12, 97) + 0.0123
    np.testing.assert_allclose((a + b).value_at(t), a.value_at(t) + b.value_at(t), rtol=0, atol=1e-9)


def test_conductances_are_added_where_their_reversal_is_the_same():
    total = ConductanceSource.pulse(1.0, 5.0, -80.0) + ConductanceSource.pulse(2.0, 3.0, -80.0)
    assert total.reversal == -80.0 and total.value_at([1.0, 4.0]).tolist() == [3.0, 1.0]
    with pytest.raises(ConfigurationError, match="same reversal"):
        ConductanceSource(-80.0) + ConductanceSource(0.0)
    with pytest.raises(TypeError):
        SignalSource() + 1


def test_a_source_acts_where_it_is_attached_until_it_is_detached():
    place = Place()
    source = CurrentSource.pulse(2.0, 5.0, delay=1.0)
    handle = source.attach_to(place.section, 0.3)
    source.add_pulse(9.0, 5.0)
    assert place.positions == [0.3]
    np.testing.assert_array_equal(place.clamps[0].per_step(0, 8, 1.0), [0, 2, 2, 2, 2, 2, 0, 0])
    handle.detach()
    handle.detach()
    assert place.clamps == []


def test_a_constant_current_is_a_step():
    place = Place()
    CurrentSource.Constant(0.5, 3.0, 2.0).attach_to(place.section)
    assert place.positions == [0.5] and place.clamps[0].per_step(0, 6, 1.0).tolist() == [0, 0, 0.5, 0.5, 0.5, 0]


def test_a_conductance_is_linear_between_points_or_as_in_neurodamus_linear_in_resistance():
    place = Place()
    source = ConductanceSource(-10.0).add_ramp(0.001, 0.020, 10.0)
    source.attach_to(place.section)
    source.attach_to(place.section, by_resistance=True)
    ours, theirs = (clamp.per_step(0, 3, 10 / 3)[1] for clamp in place.clamps)          # the middle of step 1: halfway
    assert ours == pytest.approx(0.0105) and theirs == pytest.approx(2 / (1 / 0.001 + 1 / 0.020))
    assert place.clamps[0].reversal == -10.0


def test_a_conductance_is_zero_before_after_and_where_the_signal_is_negative():
    place = Place()
    ConductanceSource(delay=2.0).add_segment(1.0, 2.0).add_segment(-1.0, 2.0).attach_to(place.section)
    assert place.clamps[0].per_step(0, 8, 1.0).tolist()[2:] == [1, 1, 0, 0, 0, 0]


def test_noise_without_a_stream_is_repeatable_and_warned_of_once(caplog):
    source = SignalSource().add_noise(0, 1, 10.0).add_noise(0, 1, 10.0)
    assert len(caplog.records) == 1
    assert source.stim_vec[:20].tolist() == SignalSource.noise(0, 1, 10.0).stim_vec[:20].tolist()
    assert source.stim_vec[1:10].tolist() != source.stim_vec[24:33].tolist(), "the second noise goes on in the stream"


def test_shot_noise_has_campbells_mean_and_variance():
    """Campbell's theorem: mean = rate E[A] ∫f, variance = rate E[A²] ∫f²; f: difference of exponentials of peak 1."""
    tau_d, tau_r, rate, mean, var = 4.0, 1.0, 800.0, 0.5, 0.05
    t_peak = np.log(tau_d / tau_r) * tau_d * tau_r / (tau_d - tau_r)
    scale = 1 / (np.exp(-t_peak / tau_d) - np.exp(-t_peak / tau_r))
    integral = scale * (tau_d - tau_r)
    square = scale**2 * (tau_d / 2 + tau_r / 2 - 2 * tau_d * tau_r / (tau_d + tau_r))
    source = SignalSource.shot_noise(tau_d, tau_r, rate, mean, var, 40000.0, 0.25, rng=Random123(1, 2, 3))
    values = source.stim_vec[200:-1]
    assert values.mean() == pytest.approx(rate / 1000 * mean * integral, rel=0.02)
    assert values.var() == pytest.approx(rate / 1000 * (mean**2 + var) * square, rel=0.06)


def test_an_ornstein_uhlenbeck_process_has_its_moments_and_correlation_time():
    values = SignalSource.ornstein_uhlenbeck(3.0, 0.2, 1.0, 40000.0, 0.25, rng=Random123(1, 2, 3)).stim_vec[400:-1]
    centred = values - values.mean()
    assert values.mean() == pytest.approx(1.0, abs=0.01) and values.std() == pytest.approx(0.2, rel=0.03)
    assert np.mean(centred[12:] * centred[:-12]) / values.var() == pytest.approx(np.exp(-1), abs=0.03)


def test_shot_noise_without_events_or_spread():
    assert not SignalSource.shot_noise(4.0, 1.0, 0.0, 0.5, 0.1, 50.0).stim_vec.any()
    equal = SignalSource.shot_noise(4.0, 1.0, 0.2, 0.5, 0.0, 50000.0, 0.25, rng=Random123(1, 2, 3)).stim_vec
    assert equal.max() == pytest.approx(0.5, rel=0.01), "single events, all of the mean's height"


def test_plot_shows_the_points(monkeypatch):
    matplotlib.use("agg")
    figure = SignalSource.ramp(1.0, 2.0, 5.0).plot(ylims=(-1, 3))
    [line] = figure.axes[0].lines
    assert line.get_xdata().tolist() == [0, 0, 5, 5] and figure.axes[0].get_ylim() == (-1, 3)
    matplotlib.pyplot.close(figure)


@pytest.mark.parametrize(("wrong", "error", "message"), [
    (lambda: SignalSource(delay=-1), InvalidParameterValueError, "delay must be a finite number >= 0 ms, got -1"),
    (lambda: SignalSource().add_pulse(1, -2), InvalidParameterValueError, "duration"),
    (lambda: SignalSource().add_pulse(1, 2, base=3), TypeError, "base"),
    (lambda: SignalSource().add_train(1, 0, 1, 10), InvalidParameterValueError, "frequency of a train must be > 0 Hz"),
    (lambda: SignalSource().add_train(1, 100, 11, 100), InvalidParameterValueError, "shorter than the period of 10 ms"),
    (lambda: SignalSource().add_sin(1, 10, 10, 0), InvalidParameterValueError, "step of a sampled signal must be > 0 ms"),
    (lambda: SignalSource().add_noise(0, -1, 10), InvalidParameterValueError, "variance"),
    (lambda: SignalSource().add_shot_noise(4, 4, 1, 1, 1, 10), InvalidParameterValueError, "tau_D and tau_R must be > 0 ms and differ"),
    (lambda: SignalSource().add_shot_noise(4, 1, -1, 1, 1, 10), InvalidParameterValueError, "rate"),
    (lambda: SignalSource().add_shot_noise(4, 1, 1, 0, 1, 10), InvalidParameterValueError, "amplitudes of mean 0"),
    (lambda: SignalSource().add_ornstein_uhlenbeck(-1, 1, 1, 10), InvalidParameterValueError, "tau must be >= 0 ms"),
    (lambda: SignalSource().add_ornstein_uhlenbeck(1, 1, 1, float("inf")), InvalidParameterValueError, "finite"),
    (lambda: SignalSource().add_samples([1, 0], [1, 1]), InvalidParameterValueError, "ascend"),
    (lambda: SignalSource().add_samples([], []), InvalidParameterValueError, "equal length"),
    (lambda: SignalSource().add_samples([1, 2], [1, 1], 1.5), InvalidParameterValueError, "reach the last sample"),
    (lambda: SignalSource().add_sinspec(0, 1), NotImplementedError, "never defined"),
    (lambda: CurrentSource().attach_to(Place().section), ConfigurationError, "without a shape"),
    (lambda: CurrentSource.pulse(1, 1).attach_to(Place()), ParameterTypeError, "segment.sec"),
    (lambda: CurrentSource.Constant(1, -1), InvalidParameterValueError, "duration must be >= 0 ms"),
])
def test_wrong_input_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_an_attached_source_drives_a_section():
    """An RC circuit: after a long pulse, v is at rest + I R; after it is detached, at rest."""
    section = Section("soma", L=20.0, diam=20.0).insert("pas")
    handle = CurrentSource.pulse(0.01, 200.0).attach_to(section, 0.5)
    area = np.pi * 20 * 20 * 1e-8                       # cm2; 0.001 S/cm2: tau 1 ms, 0.01 nA against 0.0126 uS
    for expected in (-70 + 0.01 / (1e-3 * area * 1e6), -70.0):
        network = CableNetwork()
        network.add(section)
        simulation = CableSimulation(network, v_init=-70.0, record={"traces": [{"variable": "v"}]})
        simulation.run(100.0)
        [trace] = simulation.recording().traces
        assert trace.values[-1, 0] == pytest.approx(expected, abs=1e-6)
        handle.detach()
    handle.detach()
