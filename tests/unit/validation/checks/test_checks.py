"""Tests of populations, cells and distributions: pass what is right, fail what is not, say why there is no score."""

import numpy as np
import pytest
from scipy import stats

from simcore.errors import SimcoreError
from simcore.validation import CellModel, Model, ObservationError, ParametersError
from simcore.validation.capabilities import (
    ProducesSample,
    ProducesSpikeTimes,
    RespondsToCurrent,
    RespondsToSpike,
    Response,
)
from simcore.validation.checks import brunel, cells, distributions
from simcore.validation.checks import quantities as population
from simcore.validation.entries import find_test
from simcore.validation.judge import judge
from simcore.validation.scores import InsufficientDataScore
from simcore.validation.tests import Test as SciTest
from tests.unit.validation.trajectories import brunel as trajectory

ALL = [getattr(module, name) for module in (brunel, cells, distributions, population) for name, cls in vars(module).items()
       if isinstance(cls, type) and issubclass(cls, SciTest) and cls.__module__ == module.__name__]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_test_has_a_description_and_a_source(cls):
    assert find_test(f"{cls.__module__}.{cls.__name__}") is cls
    assert cls.__doc__
    assert cls.required_capabilities or cls is cells.FeatureTest
    if not cls.__doc__.startswith("Base of") and cls not in (population.QuantityTest, population.QuantityRangeTest):    # theirs is the quantity's
        assert any(character.isdigit() for character in cls.source), "a source has a year"


@pytest.mark.parametrize(("name", "mean", "units"), [
    ("FiringRateTest", 37.9, "Hz"), ("IrregularityTest", 0.4, ""), ("SynchronyTest", 104.0, ""), ("SpectralPeakTest", 127.0, "Hz")])
def test_quantities_of_a_population_are_compared_by_z(name, mean, units):
    path = f"simcore.validation.checks.quantities.{name}"
    entries = [{"test": path, "at": {"g": 5, "eta": 2}, "name": f"{off}",
                "observation": {"mean": mean * (1 + off), "std": mean * 0.01, "units": units, "source": "here"}} for off in (0.0, 0.05)]
    near, far = judge(trajectory(), entries)["scores"]
    assert near["passed"]
    assert not far["passed"]
    assert far["score"] == pytest.approx(-5, abs=0.2)
    assert near["units"] == units
    assert near["related"]["interval_95"][0] <= near["prediction"]["mean"] <= near["related"]["interval_95"][1]
    assert near["related"]["p_value"] == near["norm"]


def test_any_quantity_can_be_compared_and_units_are_converted():
    base = {"test": "simcore.validation.checks.quantities.QuantityTest", "at": {"g": 5, "eta": 2}}
    cell, = judge(trajectory(), [{**base, "quantity": "mean_rate", "observation": {"mean": 0.0379, "std": 0.001, "units": "kHz"}}])["scores"]
    assert cell["units"] == "Hz"
    assert cell["observation"]["mean"] == pytest.approx(37.9)
    assert cell["passed"]
    with pytest.raises(SimcoreError, match="needs the parameter 'quantity'"):
        judge(trajectory(), [{**base, "observation": {"mean": 1.0, "std": 1.0}}])
    with pytest.raises(ParametersError):
        population.QuantityTest({})


def test_undefined_quantities_are_insufficient_data():
    quantities = trajectory()
    quantities["cv_isi"][:] = np.nan
    entry = {"test": "simcore.validation.checks.quantities.IrregularityTest", "at": {"g": 5, "eta": 2}, "observation": {"mean": 0.4, "std": 0.1}}
    regime = {"test": "simcore.validation.checks.brunel.RegimeTest", "at": {"g": 5, "eta": 2}, "name": "AI",
              "observation": "params/observations/brunel_regimes.yaml"}
    for cell in judge(quantities, [entry, regime])["scores"]:
        assert cell["type"] == "InsufficientDataScore"
        assert cell["norm"] is None
        assert "passed" not in cell


class Cell(Model, RespondsToCurrent, RespondsToSpike):
    """Fires at gain * current, adapts by `slow` per interval, sags, and has an EPSP of an alpha function."""

    gain, slow, sag = 100.0, 1.0, 0.2

    def inject_current(self, amplitude, start, stop, duration):
        t = np.arange(0, duration, 0.1)
        v = np.full(len(t), -65.0)
        spikes = np.zeros(0)
        if amplitude > 0:
            interval = 1e3 / (self.gain * amplitude)
            spikes = start + np.cumsum(interval * self.slow ** np.arange(int(self.gain * amplitude * (stop - start) / 1e3 + 1e-9)))
            spikes = spikes[spikes <= stop]
            for time in spikes:
                near = (t >= time - 11) & (t < time + 4)
                v[near] = np.interp(t[near], [time - 11, time - 1, time, time + 2, time + 4], [-65.0, -50.0, 30.0, -75.0, -65.0])
        else:
            depth = 100 * amplitude
            v += np.where((t >= start) & (t <= stop), np.where(t < start + 50, depth, depth * (1 - self.sag)), 0.0)
        return Response(t, v, spikes)

    def receive_spike(self, time, duration):
        t = np.arange(0, duration, 0.1)
        x = np.clip((t - time) / 5.0, 0, None)
        return Response(t, -65 + 2.0 * x * np.exp(1 - x), np.zeros(0))


def test_an_fi_curve_is_compared_with_published_rates():
    observed = {"currents": [0.1, 0.2, 0.4], "rates": [10.0, 20.0, 40.0], "source": "made up"}
    test = cells.FICurveTest(observed)
    score = test.judge(Cell())
    assert score.score == 0
    assert test.passes(score)
    steep = Cell()
    steep.gain = 200.0
    score = test.judge(steep)
    assert score.score == pytest.approx(np.sqrt((10**2 + 20**2 + 40**2) / 3) / 5)
    assert not test.passes(score)
    assert score.related_data["predicted_Hz"] == [20.0, 40.0, 80.0]
    assert cells.FICurveTest({**observed, "std": [20.0, 20.0, 40.0]}).judge(steep).score == pytest.approx(np.sqrt((0.25 + 1 + 1) / 3))
    with pytest.raises(ObservationError, match="must have one length"):
        cells.FICurveTest({**observed, "rates": [1.0]}).judge(Cell())


def test_adaptation_of_a_cell():
    adapting = Cell()
    adapting.slow = 1.2
    test = cells.AdaptationTest({"mean": 0.2 / 2.2, "std": 0.01})
    assert abs(test.judge(adapting).score) < 1e-6
    assert not test.passes(test.judge(Cell()))
    assert isinstance(test.judge(SILENT), InsufficientDataScore)


class Silent(Cell):
    """Never fires."""

    gain = 1e-9


SILENT = Silent()


@pytest.mark.parametrize(("feature", "mean"), [("amplitude", "80 mV"), ("width", "1.28 ms"), ("ahp", "0.025 V")])
def test_spike_shape_of_a_cell(feature, mean):
    unit = mean.split()[1]
    test = cells.SpikeShapeTest({"mean": mean, "std": f"{float(mean.split()[0]) * 0.1} {unit}"}, feature=feature)
    score = test.judge(Cell())
    assert test.passes(score), (score, score.related_data)
    assert set(score.related_data) == {"amplitude", "width", "ahp", "threshold"}
    assert isinstance(test.judge(SILENT), InsufficientDataScore)


def test_sag_and_epsp_of_a_cell():
    test = cells.SagTest({"mean": 0.2, "std": 0.01})
    assert test.passes(test.judge(Cell()))
    flat = Cell()
    flat.sag = 0.0
    assert not test.passes(test.judge(flat))
    for feature, mean, std in (("amplitude", "2 mV", "10 uV"), ("time_to_peak", "5 ms", "0.2 ms"), ("rise_time", "0.0018 s", "0.1 ms")):
        test = cells.EPSPTest({"mean": mean, "std": std}, feature=feature)
        assert test.passes(test.judge(Cell())), (feature, test.judge(Cell()), test.judge(Cell()).related_data)


def test_bad_parameters_of_cell_tests_are_named():
    with pytest.raises(ParametersError, match="must be one of 'amplitude', 'width', 'ahp', got 'hight'"):
        cells.SpikeShapeTest({}, feature="hight")
    with pytest.raises(ParametersError, match="must be in nA"):
        cells.AdaptationTest({}, current="5 mV")


class Sample(Model, ProducesSample):
    """A sample."""

    def __init__(self, values):
        self.values = np.asarray(values)
        super().__init__()

    def produce_sample(self, name, population=None):
        return self.values


RNG = np.random.default_rng(1)
OBSERVED = RNG.normal(10, 2, 200).tolist()


@pytest.mark.parametrize("name", ["KolmogorovSmirnovTest", "WassersteinTest", "EffectSizeTest"])
def test_samples_of_the_same_distribution_pass_and_shifted_ones_fail(name):
    test = getattr(distributions, name)({"values": OBSERVED})
    same, shifted = Sample(RNG.normal(10, 2, 300)), Sample(RNG.normal(12, 2, 300))
    assert test.passes(test.judge(same))
    assert not test.passes(test.judge(shifted))
    assert test.judge(same) > test.judge(shifted)
    assert test.judge(same).related_data["n_predicted"] == 300
    assert isinstance(test.judge(Sample([1.0, np.nan])), InsufficientDataScore)


def test_statistics_are_those_of_scipy():
    sample = RNG.normal(11, 2, 100)
    score = distributions.KolmogorovSmirnovTest({"values": OBSERVED}).judge(Sample(sample))
    assert score.score == stats.ks_2samp(OBSERVED, sample).pvalue
    score = distributions.WassersteinTest({"values": OBSERVED}, scale=2.0).judge(Sample(sample + 100))
    assert score.score == pytest.approx(stats.wasserstein_distance(OBSERVED, sample + 100) / 2)
    assert isinstance(distributions.WassersteinTest({"values": [1.0, 1.0]}).judge(Sample(sample)), InsufficientDataScore)


def test_a_trajectory_gives_samples():
    entry = {"test": "simcore.validation.checks.distributions.EffectSizeTest", "sample": "mean_rate", "at": {"g": 5, "eta": 2},
             "observation": {"values": [37.8, 37.9, 38.0], "units": "Hz"}, "units": "Hz"}
    cell, = judge(trajectory(trials=6, spread=0.001), [entry])["scores"]
    assert cell["prediction"] == pytest.approx([37.88 * (1 + 0.001 * i) for i in range(6)])


class Spiking(Model, ProducesSpikeTimes):
    """Spikes of a rate that follows a sine."""

    shift = 0.0

    def produce_spike_times(self):
        rng = np.random.default_rng(2)
        return [np.sort(t[rng.uniform(size=len(t)) < (1 + np.sin(2 * np.pi * (t / 100 + self.shift))) / 2])
                for t in (rng.uniform(0, 200, 200) for _ in range(50))]


def test_a_psth_is_correlated_with_the_observed_one():
    time = np.arange(20) * 10 + 5.0
    test = distributions.PSTHTest({"rates": (100 * (1 + np.sin(2 * np.pi * time / 100))).tolist(), "bin": 10.0, "units": "Hz"})
    assert test.passes(test.judge(Spiking()))
    away = Spiking()
    away.shift = 0.5
    assert test.judge(away).score < -0.9
    assert isinstance(distributions.PSTHTest({"rates": [1.0, 1.0, 1.0], "bin": 10.0}).judge(Spiking()), InsufficientDataScore)
    with pytest.raises(ObservationError, match="bin must be > 0 ms"):
        distributions.PSTHTest({"rates": [1.0, 2.0, 1.0], "bin": 0.0}).judge(Spiking())


def test_an_integrate_and_fire_cell_has_the_fi_curve_of_theory():
    """f = 1 / (tau_refrac + tau_m ln((RI - (v_reset - v_rest)) / (RI - (v_thresh - v_rest)))), R = tau_m / cm."""
    cell = {"tau_m": 20.0, "cm": 1.0, "v_rest": -65.0, "v_reset": -70.0, "v_thresh": -50.0, "tau_refrac": 2.0}
    currents = [0.5, 0.8, 1.2]                  # R = 20 MOhm: 10, 16 and 24 mV
    rates = [0.0] + [1e3 / (2.0 + 20.0 * np.log((20 * i + 5) / (20 * i - 15))) for i in currents[1:]]
    test = cells.FICurveTest({"currents": currents, "rates": rates, "std": [1.0, 1.5, 1.5]}, start=50.0, stop=1050.0)
    score = test.judge(CellModel("IF_curr_exp", **cell))
    assert test.passes(score), score.related_data
    assert not test.passes(test.judge(CellModel("IF_curr_exp", **{**cell, "tau_m": 15.0})))


def test_an_epsp_of_an_integrate_and_fire_cell_is_the_closed_form():
    """v = w/cm tau_m tau_s / (tau_m - tau_s) (e^(-t/tau_m) - e^(-t/tau_s)) for a current w e^(-t/tau_s)."""
    tau_m, tau_s, weight = 20.0, 5.0, 0.1
    peak = tau_m * tau_s / (tau_m - tau_s) * np.log(tau_m / tau_s)
    height = weight * tau_m * tau_s / (tau_m - tau_s) * (np.exp(-peak / tau_m) - np.exp(-peak / tau_s))
    model = CellModel("IF_curr_exp", weight=weight, tau_m=tau_m, cm=1.0, tau_syn_E=tau_s)
    amplitude = cells.EPSPTest({"mean": height, "std": height * 0.001, "units": "mV"}).judge(model)
    assert abs(amplitude.score) < 2
    time = cells.EPSPTest({"mean": peak, "std": 0.1, "units": "ms"}, feature="time_to_peak").judge(model)
    assert abs(time.score) <= 2


def test_a_cell_model_checks_its_cell_and_parameters():
    with pytest.raises(SimcoreError, match="there is no cell 'IF_cur_exp'; did you mean 'IF_curr_exp'"):
        CellModel("IF_cur_exp")
    with pytest.raises(SimcoreError, match="did you mean 'tau_m'"):
        CellModel("IF_curr_exp", tau_mem=3.0)
