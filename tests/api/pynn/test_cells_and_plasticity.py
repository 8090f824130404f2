"""Cell types, plasticity and current sources: names, defaults, units, and that they act."""

import math

import numpy as np
import pytest

from simcore.api import pynn as sim
from simcore.errors import SimcoreError

LIF = {"tau_refrac": 0.0, "tau_m": 20.0, "i_offset": 0.0, "cm": 1.0, "v_init": -65.0, "v_thresh": -50.0, "v_rest": -65.0,
       "v_reset": -65.0}
DOCUMENT = {                                # PyNN API version 0.6, "Standard neuron models"
    "IF_curr_exp": LIF | {"tau_syn_E": 5.0, "tau_syn_I": 5.0},
    "IF_curr_alpha": LIF | {"tau_syn_E": 0.5, "tau_syn_I": 0.5},
    "IF_cond_exp": LIF | {"tau_syn_E": 5.0, "tau_syn_I": 5.0, "e_rev_E": 0.0, "e_rev_I": -70.0},
    "IF_cond_alpha": LIF | {"tau_syn_E": 0.3, "tau_syn_I": 0.5, "e_rev_E": 0.0, "e_rev_I": -70.0},
    "EIF_cond_alpha_isfa_ista": {
        "tau_refrac": 0.0, "a": 4.0, "tau_m": 9.3667, "e_rev_E": 0.0, "i_offset": 0.0, "cm": 0.281, "delta_T": 2.0,
        "v_init": -70.6, "v_thresh": -50.4, "b": 0.0805, "tau_syn_E": 5.0, "v_reset": -70.6, "v_spike": -40.0, "e_rev_I": -80.0,
        "tau_syn_I": 5.0, "tau_w": 144.0, "w_init": 0.0, "v_rest": -70.6},
    "IF_facets_hardware1": {"g_leak": 40.0, "e_rev_I": -80.0, "v_thresh": -55.0, "tau_syn_E": 30.0, "v_rest": -65.0,
                            "tau_syn_I": 30.0, "v_reset": -80.0},
    "HH_cond_exp": {"gbar_K": 6000.0, "e_rev_E": 0.0, "gbar_Na": 20000.0, "cm": 0.2, "e_rev_leak": -65.0, "e_rev_I": -80.0,
                    "e_rev_K": -90.0, "v_init": -65.0, "e_rev_Na": 50.0, "tau_syn_E": 0.2, "tau_syn_I": 2.0,
                    "v_offset": -63.0, "i_offset": 0.0, "g_leak": 10.0},
    "SpikeSourcePoisson": {"duration": 1000000.0, "start": 0.0, "rate": 1.0},
    "SpikeSourceArray": {"spike_times": []},
    "IF_cond_exp_gsfa_grr": LIF | {                         # these two: the code of 0.6.0
        "tau_syn_E": 5.0, "tau_syn_I": 5.0, "e_rev_E": 0.0, "e_rev_I": -70.0, "tau_sfa": 100.0, "e_rev_sfa": -75.0,
        "q_sfa": 15.0, "tau_rr": 2.0, "e_rev_rr": -75.0, "q_rr": 3000.0},
    "SpikeSourceInhGamma": {"a": [1.0], "b": [1.0], "tbins": [0.0], "start": 0.0, "duration": 1e6},
}


@pytest.mark.parametrize("name", DOCUMENT)
def test_parameters_and_defaults_are_those_of_the_document(name):
    assert getattr(sim, name).default_parameters == DOCUMENT[name]


@pytest.mark.parametrize("celltype", sim.list_standard_models(), ids=lambda c: c.__name__)
def test_every_cell_type_runs_and_records_what_it_says(world, celltype):
    p = sim.Population(3, celltype)
    variables = celltype.recordable
    p.record(list(variables))
    if celltype.synapse_types:
        source = sim.Population(2, sim.SpikeSourceArray, {"spike_times": [1.0]})
        for target in celltype.synapse_types:
            sign = -1.0 if target == "inhibitory" and not celltype.conductance_based else 1.0
            sim.Projection(source, p, sim.AllToAllConnector(weights=0.01 * sign), target=target)
    sim.run(5.0)
    for variable in variables:
        if variable != "spikes":
            data = p.get_samples(variable)
            assert data.shape[0] == 3 * 51 and np.isfinite(data).all()
    assert celltype.can_record("spikes") and not celltype.can_record("foo")
    with pytest.raises(sim.RecordingError):
        p.record_variable("foo")


def test_cells_that_lack_a_variable_say_so(world):
    p = sim.Population(2, sim.IF_curr_exp)
    assert not p.can_record("gsyn") and p.can_record("i_syn")
    with pytest.raises(sim.RecordingError, match="IF_curr_exp"):
        p.record_gsyn()
    with pytest.raises(sim.RecordingError):
        sim.Population(2, sim.SpikeSourcePoisson).record_v()


def test_a_gamma_source_takes_arrays_of_bins_and_new_ones_between_runs(world):
    p = sim.Population(40, sim.SpikeSourceInhGamma, {"a": np.array([4.0, 2.0]), "b": np.array([0.005, 0.0025]),
                                                     "tbins": np.array([0.0, 500.0])})
    q = sim.Population(2, sim.IF_cond_exp)
    sim.Projection(p, q, sim.AllToAllConnector(weights=0.002))
    p.record()
    q.record()
    sim.run(1000.0)
    times = p.getSpikes()[:, 1]
    slow, fast = (times < 500).sum() / 20.0, (times >= 500).sum() / 20.0         # Hz
    assert slow == pytest.approx(50.0, rel=0.15) and fast == pytest.approx(200.0, rel=0.1)
    assert len(q.getSpikes()) > 10
    p.set({"a": [1.0], "b": [0.05], "tbins": [0.0]})
    assert all(value == [1.0] for value in p.get("a"))
    sim.run(1000.0)
    assert (p.getSpikes()[:, 1] > 1000.0).sum() / 40.0 == pytest.approx(20.0, rel=0.2)
    with pytest.raises(sim.InvalidParameterValueError):
        p.set("a", [0.0])


def test_v_init_does_not_follow_v_rest(world):
    p = sim.Population(1, sim.IF_curr_exp, {"v_rest": -70.0})
    p.record_v()
    sim.run(0.1)
    assert p.get_v()[0, 2] == -65.0


def test_check_parameters_is_that_of_the_class():
    checked = sim.IF_curr_exp.checkParameters({"tau_m": "3"}, with_defaults=True)
    assert checked == DOCUMENT["IF_curr_exp"] | {"tau_m": 3.0}
    assert sim.IF_curr_exp({"tau_m": 3}).parameters == checked == sim.IF_curr_exp(tau_m=3.0).parameters


def connected(dynamics, weight=0.5, times=(10.0, 15.0, 20.0), cell=sim.IF_curr_exp):
    source = sim.Population(1, sim.SpikeSourceArray, {"spike_times": list(times)})
    post = sim.Population(1, cell, {"tau_syn_E": 3.0})
    prj = sim.Projection(source, post, sim.OneToOneConnector(weights=weight, delays=1.0), synapse_dynamics=dynamics)
    return prj, post


def test_depression_follows_the_closed_form(world):
    """tau_facil = 0, tau_rec long: the k-th spike arrives with weight · U (1 - U)^k where nothing recovers."""
    _, post = connected(sim.SynapseDynamics(fast=sim.TsodyksMarkramMechanism(U=0.4, tau_rec=1e9, tau_facil=0.0)))
    post.record_variable("isyn_exc")
    sim.run(30.0)
    i = post.get_samples("isyn_exc")
    jumps = [i[round(t * 10), 2] - i[round(t * 10) - 1, 2] * math.exp(-0.1 / 3.0) for t in (11.0, 16.0, 21.0)]
    expected = [0.5 * 0.4 * 0.6 ** k for k in range(3)]
    assert jumps == pytest.approx(expected, rel=1e-6)


def test_parameters_of_the_dynamics_are_read_set_and_drawn(world):
    prj, _ = connected(sim.SynapseDynamics(fast=sim.TsodyksMarkramMechanism(U=0.4, tau_rec=50.0)))
    assert prj.getSynapseDynamics("U") == [0.4] and prj.getSynapseDynamics("tau_rec", "array").tolist() == [[50.0]]
    prj.setSynapseDynamics("U", 0.7)
    assert prj.getSynapseDynamics("U") == [0.7]
    prj.setSynapseDynamics("tau_rec", [30.0])
    assert prj.getSynapseDynamics("tau_rec") == [30.0]
    prj.randomizeSynapseDynamics("U", sim.RandomDistribution("uniform", [0.1, 0.2], rng=sim.NumpyRNG(1)))
    assert prj.getSynapseDynamics("U") == np.random.RandomState(1).uniform(0.1, 0.2, 1).tolist()
    with pytest.raises(sim.NonExistentParameterError):
        prj.getSynapseDynamics("tau_plus")


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", [sim.AdditiveWeightDependence, sim.MultiplicativeWeightDependence,
                                  sim.AdditivePotentiationMultiplicativeDepression, sim.GutigWeightDependence])
def test_one_pair_changes_the_weight_by_the_rule(world, kind, fraction):
    """Source at 10 ms, target made to fire at 14 ms, delay 1 ms: the closed form of one pair, potentiation or none."""
    stdp = sim.SynapseDynamics(slow=sim.STDPMechanism(sim.SpikePairRule(tau_plus=10.0, tau_minus=12.0), kind(w_max=2.0),
                                                      dendritic_delay_fraction=fraction))
    prj, post = connected(stdp, weight=0.5, times=(10.0,))
    teacher = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [13.9]})
    sim.Projection(teacher, post, sim.OneToOneConnector(weights=500.0, delays=0.1))
    post.record()
    post.set({"tau_refrac": 20.0})
    sim.run(30.0)
    (fired,) = post.getSpikes()[:, 1]
    gap = (fired + fraction) - (10.0 + 1.0 - fraction)
    growth = {"AdditiveWeightDependence": 2.0, "MultiplicativeWeightDependence": 1.5,
              "AdditivePotentiationMultiplicativeDepression": 2.0, "GutigWeightDependence": 2.0 * 0.75 ** 0.5}[kind.__name__]
    assert prj.getWeights()[0] == pytest.approx(0.5 + 0.01 * growth * math.exp(-gap / 10.0), rel=1e-9)


def test_plastic_weights_are_restored_by_reset(world):
    stdp = sim.SynapseDynamics(slow=sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence()))
    prj, post = connected(stdp, weight=0.5)
    teacher = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [12.0]})
    sim.Projection(teacher, post, sim.OneToOneConnector(weights=500.0))
    sim.run(30.0)
    after = prj.getWeights()
    assert after != [0.5]
    sim.reset()
    assert prj.getWeights() == [0.5]
    sim.run(30.0)
    assert prj.getWeights() == after


def test_wrong_mechanisms_are_refused():
    for wrong in ({"fast": sim.AdditiveWeightDependence()}, {"slow": sim.TsodyksMarkramMechanism()}):
        with pytest.raises(sim.InvalidModelError):
            sim.SynapseDynamics(**wrong)
    with pytest.raises(sim.InvalidModelError):
        sim.STDPMechanism(voltage_dependence=1)
    with pytest.raises(sim.InvalidParameterValueError):
        sim.STDPMechanism(dendritic_delay_fraction=1.5)
    with pytest.raises(sim.InvalidParameterValueError):
        sim.TsodyksMarkramMechanism(U=2.0)


def test_mechanisms_describe_themselves():
    text = sim.SynapseDynamics(sim.TsodyksMarkramMechanism(U=0.3), sim.STDPMechanism(
        sim.SpikePairRule(17.0), sim.GutigWeightDependence(mu_plus=0.2))).describe()
    assert all(word in text for word in ("TsodyksMarkramMechanism", "0.3", "SpikePairRule", "17.0", "mu_plus = 0.2"))


def charged(source, duration=50.0, **changes):
    """Steady integral of an injected current: v - v_rest of a cell with tau_m so long that it integrates, times cm."""
    sim.setup(rng_seed=3)
    p = sim.Population(2, sim.IF_curr_exp, {"tau_m": 1e12, "v_thresh": 1e6})
    made = source()
    made.inject_into(p)
    p.record_v()
    sim.run(duration / 2)
    if changes:
        made.set_parameters(**changes)
    sim.run(duration / 2)
    v = p.get_v()[:, 2].reshape(2, -1)
    assert np.array_equal(v[0], v[1])
    return v[0] + 65.0


def test_currents_deliver_their_charge():
    """nA · ms / nF = mV, exact for piecewise constant currents and for the mean of a sine over each step."""
    assert charged(lambda: sim.DCSource(0.5, 10.0, 30.0))[-1] == pytest.approx(10.0)
    assert charged(lambda: sim.DCSource(0.5, 10.0))[-1] == pytest.approx(20.0)
    assert charged(lambda: sim.StepCurrentSource([5.0, 20.0, 40.0], [1.0, -0.5, 0.25]))[-1] == pytest.approx(7.5)
    v = charged(lambda: sim.ACSource(1.0, 0.2, 20.0, 90.0, 10.0, 40.0))
    t = 0.1 * np.arange(501)
    on = np.clip(t - 10.0, 0.0, 30.0)
    expected = 0.2 * on + np.sin(2 * np.pi * 0.02 * on) / (2 * np.pi * 0.02)
    assert np.allclose(v, expected, atol=1e-9)
    noise = charged(lambda: sim.NoisyCurrentSource(0.1, 0.5, dt=0.5, rng=sim.NumpyRNG(seed=4)))
    steps = np.diff(noise) / 0.1
    assert np.allclose(steps.reshape(-1, 5), steps.reshape(-1, 5)[:, :1]), "a new value every 0.5 ms"
    assert np.array_equal(noise, charged(lambda: sim.NoisyCurrentSource(0.1, 0.5, dt=0.5, rng=sim.NumpyRNG(seed=4))))
    assert not np.array_equal(noise, charged(lambda: sim.NoisyCurrentSource(0.1, 0.5, dt=0.5, rng=sim.NumpyRNG(seed=5))))
    assert abs(np.mean(steps[::5]) - 0.1) < 5 * 0.5 / 10


def test_currents_are_changed_between_runs_and_two_add_up():
    assert charged(lambda: sim.DCSource(0.5), amplitude=-0.5)[-1] == pytest.approx(0.0, abs=1e-9)
    sim.setup()
    p = sim.Population(3, sim.IF_curr_exp, {"tau_m": 1e12, "v_thresh": 1e6})
    p.record_v()
    for cell in p:                      # as scripts do: cell after cell, each rank its own
        cell.inject(sim.DCSource(0.1))
    source = sim.DCSource(0.3)
    p.inject(source)
    sim.run(10.0)
    source.amplitude = 0.0
    late = sim.StepCurrentSource([12.0], [1.0])
    p.view([1]).inject(late)
    sim.run(10.0)
    v = p.get_v()[:, 2].reshape(3, -1)[:, -1] + 65.0
    assert v == pytest.approx([5.0, 13.0, 5.0])


def test_spike_sources_take_no_current(world):
    p = sim.Population(2, sim.SpikeSourcePoisson)
    with pytest.raises(TypeError):
        p.inject(sim.DCSource(1.0))


def test_wrong_values_of_currents_are_refused(world):
    for make in (lambda: sim.DCSource(1.0, start=-1.0), lambda: sim.StepCurrentSource([2.0, 1.0], [0.0, 1.0]),
                 lambda: sim.StepCurrentSource([1.0], [0.0, 1.0]), lambda: sim.NoisyCurrentSource(0.0, -1.0)):
        with pytest.raises(SimcoreError) as error:
            make()
        assert "must" in str(error.value) or "needs" in str(error.value)
    source = sim.DCSource(1.0)
    with pytest.raises(sim.InvalidParameterValueError):
        source.start = -5.0
    assert source.start == 0.0
    with pytest.raises(sim.NonExistentParameterError):
        source.set_parameters(amplitud=3.0)


def test_wrong_values_leave_a_current_as_it_was(world):
    source = sim.DCSource(1.0, start=2.0)
    for wrong in ({"amplitude": "x"}, {"amplitude": 2.0, "stop": 1.0}):
        with pytest.raises(ValueError):
            source.set_parameters(**wrong)
        assert source.get_parameters() == {"amplitude": 1.0, "start": 2.0, "stop": None}
    for wrong in (0.15, 0.0):
        with pytest.raises(sim.InvalidParameterValueError, match="multiple of the time step"):
            sim.NoisyCurrentSource(0.0, 1.0, dt=wrong)


def test_errors_list_the_valid_names_also_beside_a_near_one():
    with pytest.raises(sim.NonExistentParameterError, match=r"did you mean 'tau_m'\? Valid: cm, .*v_thresh"):
        sim.IF_curr_exp({"tau_mm": 1.0})
    assert "v" in str(sim.RecordingError("w", sim.IF_curr_exp)) and "IF_curr_exp" in str(sim.RecordingError("w", sim.IF_curr_exp()))
