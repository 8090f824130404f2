"""Single cells against NEURON 9: same method, same dt, same numbers; default method, nearer to the converged solution."""

import numpy as np
import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.models.mechanisms.netstim import spike_times
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.loading import load
from simcore.morphology.sections import Section
from simcore.rng.generators import Random123
from simcore.rng.picks import Random
from tests.peers.compartmental.cases import CASES, HERE, TRACES, places_of, sections_of, simulate

CELLS = ["hh_soma", "hh_cable", *(f"{n}_{tag}" for n in ("ball_and_stick", "y_branch", "tree50") for tag in "ab")]
MOST = 1e-9         # mV; found: 4e-10 where cells fire most, 3e-11 for the largest tree


@pytest.mark.parametrize("case", CELLS)
def test_scheme_neuron_is_neurons_backward_euler(case):
    sections = sections_of(case)
    places = places_of(case, sections)
    traces, _ = simulate(sections[0], places, CASES["traces"][case]["tstop"], dt=0.025, scheme="neuron")
    for what in places:
        assert np.abs(traces[what] - TRACES[f"{case}/0.025/{what}"]).max() < MOST, what


def test_gates_and_currents_are_neurons():
    sections = sections_of("hh_soma")
    wanted = {what: (sections[0], 0.5, f"{what}_hh") for what in ("m", "h", "n", "ina", "ik", "il")}
    traces, _ = simulate(sections[0], wanted, 60.0, dt=0.025, scheme="neuron")
    for what in ("m", "h", "n"):
        assert np.abs(traces[what] - TRACES[f"hh_soma/0.025/{what}"]).max() < 1e-10
    for what in ("ina", "ik", "il"):            # NEURON's are those of the old v with which the step was solved
        assert traces[what].shape == (2401,)
        assert np.abs(traces[what][:50] - TRACES[f"hh_soma/0.025/{what}"][:50]).max() < 1e-6


def test_temperature_speeds_gates_as_in_neuron():
    sections = sections_of("hh_soma")
    traces, _ = simulate(sections[0], {"v": (sections[0], 0.5)}, 60.0, dt=0.025, scheme="neuron", celsius=16.3)
    assert np.abs(traces["v"] - TRACES["hh_soma_16C/0.025/v"]).max() < MOST


def crossings(v, dt, threshold=0.0):
    """Times at which v rises through threshold, linear between samples."""
    k = np.flatnonzero((v[:-1] < threshold) & (v[1:] >= threshold))
    return dt * (k + (threshold - v[k]) / (v[k + 1] - v[k]))


@pytest.mark.parametrize("case", [c for c in CELLS if c != "hh_cable"])
def test_default_scheme_has_a_tenth_of_neurons_spike_time_error(case):
    what = "v" if case == "hh_soma" else "soma"
    sections = sections_of(case)
    t_stop = CASES["traces"][case]["tstop"]
    fine, _ = simulate(sections[0], {"x": places_of(case, sections)[what]}, t_stop, dt=0.0025)
    ours, _ = simulate(sections[0], {"x": places_of(case, sections)[what]}, t_stop, dt=0.025)
    exact = crossings(fine["x"], 0.0025)
    neuron = crossings(TRACES[f"{case}/0.025/{what}"], 0.025)
    assert len(exact) == len(neuron) >= 1
    error = np.abs(crossings(ours["x"], 0.025) - exact).max()
    assert error < 0.1 * np.abs(neuron - exact).max()
    assert error < 0.02


@pytest.mark.parametrize("case", ["hh_soma", "y_branch_a", "tree50_b"])
def test_default_scheme_is_neurons_second_order(case):
    """NEURON's secondorder 2 at dt 0.005, where the clamp's edges are on the grid."""
    what = "v" if case == "hh_soma" else "soma"
    sections = sections_of(case)
    ours, _ = simulate(sections[0], {"x": places_of(case, sections)[what]}, CASES["traces"][case]["tstop"], dt=0.005)
    assert np.abs(ours["x"][::5] - TRACES[f"{case}_cn/0.005/{what}"]).max() < MOST


@pytest.mark.parametrize("name", ["ball_and_stick", "y_branch", "tree50"])
def test_files_are_read_and_cut_as_neuron_does(name):
    reference = CASES["traces"][f"{name}_a"]["sections"]
    sections = load(HERE / "swc" / f"{name}.swc").all
    assert [s.name for s in sections] == [s["name"] for s in reference]
    for section, s in zip(sections, reference, strict=True):
        above = reference[s["parent"]]["name"] if s["parent"] >= 0 else None
        assert (section.parent.name if section.parent else None) == above
        np.testing.assert_allclose(section.points, np.array(s["pt3d"]), atol=1e-4)
        section.nseg, section.Ra = s["nseg"], s["Ra"]
        np.testing.assert_allclose(section.L, s["L"], rtol=1e-14)
        np.testing.assert_allclose([g.area() for g in section], s["seg_area_um2"], rtol=1e-14)
        np.testing.assert_allclose([g.ri() for g in section], s["seg_ri_megohm"], rtol=1e-14)
        np.testing.assert_allclose([g.diam for g in section], s["seg_diam_um"], rtol=1e-14)


def test_a_contour_soma_becomes_neurons_stack():
    soma = load(HERE / "swc" / "contour.asc").soma
    first, last = [-8.7143, -1.3014, 0.0, 2.3737], [12.5709, -1.533, 0.0, 3.3264]      # NEURON 9's Import3d
    assert soma.points.shape == (21, 4)
    np.testing.assert_allclose(soma.points[[0, 20]], [first, last], atol=1e-4)
    np.testing.assert_allclose(soma.points[10], [1.9283, -1.4172, 0.0, 11.9707], atol=1e-4)


def passive(g=1e-4):
    soma = Section("soma", L=20.0, diam=20.0, Ra=100.0).insert("pas")
    soma.g_pas, soma.e_pas = g, -70.0
    return soma


@pytest.mark.parametrize("kind", ["ExpSyn", "Exp2Syn", "AlphaSynapse"])
def test_synapses_are_neurons(kind):
    about = CASES["synapses"][{"AlphaSynapse": "alpha"}.get(kind, kind.lower())]
    soma = passive()
    process = POINT_PROCESSES[kind]
    receptor = add_receptor(soma(0.5), process, {n: about[n] for n in process.parameters})
    network = CableNetwork()
    network.add(soma)
    for t, weight in about.get("events", ()):
        network.stimulate(receptor, [t], weight=weight)
    record = {"traces": [{"variable": "v"}, *({"variable": state, "receptor": receptor} for state in process.states)]}
    simulation = CableSimulation(network, dt=0.025, scheme="neuron", v_init=-70.0, record=record)
    simulation.run(40.0)
    simulation.recorder.sample_now()
    traces = simulation.recording().traces
    key = f"synapses/{ {'AlphaSynapse': 'alpha'}.get(kind, kind.lower())}/0.025"
    assert np.abs(traces[0].values[:, 0] - TRACES[f"{key}/v"]).max() < 1e-9
    for state, trace in zip(process.states, traces[1:], strict=True):
        assert np.abs(trace.values[:, 0] - TRACES[f"{key}/{state}"]).max() < 1e-15


def test_netstim_times_are_neurons():
    cases = CASES["synapses"]["netstim"]
    assert len(cases) >= 14
    for name, case in cases.items():
        stream = Random(Random123(*case.get("ids", (1, 2, 3)), seed=case.get("globalindex", 0)))
        first = [stream.negexp(1)]
        times = spike_times(lambda first=first, stream=stream: first.pop() if first else stream.repick(), 300.0,
                            **{k: case[k] for k in ("interval", "number", "start", "noise")})
        np.testing.assert_allclose(times, case["times"], rtol=0, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("threshold", ["-70.0", "-65.0", "-60.0", "-56.0", "10.0"])
def test_threshold_and_delay_are_netcons(threshold):
    source, target = passive(1e-3), passive()
    for delay in (2.0, 9.0):
        attach_clamp(source, 0.5, delay=delay, duration=3.0, amplitude=0.2)
    receptor = add_receptor(target(0.5), POINT_PROCESSES["ExpSyn"], {})
    network = CableNetwork()
    network.add(source, threshold=float(threshold))
    network.add(target)
    network.connect(0, receptor, weight=0.001, delay=1.3)
    record = {"traces": [{"variable": "g", "receptor": receptor}]}
    simulation = CableSimulation(network, dt=0.025, scheme="neuron", v_init=-70.0, record=record)
    simulation.run(20.0)
    simulation.recorder.sample_now()
    recording = simulation.recording()
    times = CASES["synapses"]["netcon"]["thresholds"][threshold]["times"]
    np.testing.assert_allclose((recording.spikes.step + 1) * 0.025, times, atol=1e-6)
    key = f"synapses/netcon_thr{float(threshold):g}/g"
    assert np.abs(recording.traces[0].values[:, 0] - TRACES[key]).max() < 1e-15
