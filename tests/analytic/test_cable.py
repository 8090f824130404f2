"""Cables against closed forms: Rall's steady states, decay of a passive compartment, orders of convergence, charge."""

import math

import numpy as np
import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section
from tests.peers.compartmental.cases import CASES, simulate


def tree_of(case, nseg):
    """Sections of a passive tree with e = 0 and a constant current into its near end."""
    made = []
    for k, b in enumerate(case["branches"]):
        section = Section(f"b{k}", L=b["L_um"], diam=b["diam_um"], Ra=b["Ra_ohmcm"], nseg=nseg).insert("pas")
        section.g_pas, section.e_pas = b["g_S_cm2"], 0.0
        made.append(section if b["parent"] < 0 else section.connect(made[b["parent"]], 1.0))
    attach_clamp(made[0], 0.0, delay=0.0, duration=1e30, amplitude=case["current_nA"])
    return made


def steady_error(case, nseg):
    """Largest relative error of the steady state at the middles of all compartments and at both ends of sections."""
    made = tree_of(case, nseg)
    exact = {}
    for point in case["exact"]:
        section, x = made[point["branch"]], point["x"]
        if x in (0.0, 1.0) or (x * nseg) % 1.0 == 0.5:
            exact[(point["branch"], x)] = (section, x, point["v_mV"])
    traces, _ = simulate(made[0], {k: e[:2] for k, e in exact.items()}, 20e6, dt=1e6, scheme="neuron", v_init=0.0)
    return max(abs(traces[k][-1] / e[2] - 1.0) for k, e in exact.items())


@pytest.mark.parametrize("name", ["cylinder", "short_fat", "y_rall_3_2", "y_uneven"])
def test_steady_state_is_ralls_and_of_second_order_in_nseg(name):
    """Within 1e-4 at 201 compartments a section (1e-4 of NEURON's own error there: the same matrix)."""
    errors = [steady_error(CASES["cable"][name], nseg) for nseg in (11, 33, 99, 201)]
    assert errors[-1] < 1e-4
    orders = np.log(np.array(errors[:2]) / np.array(errors[1:3])) / math.log(3.0)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)


def leaky(tau=20.0):
    """One compartment with a time constant of tau ms (cm 1 uF/cm2)."""
    soma = Section("soma", L=20.0, diam=20.0).insert("pas")
    soma.g_pas, soma.e_pas = 1e-3 / tau, -70.0
    return soma


def test_a_passive_compartment_decays_as_crank_nicolson_and_backward_euler_do():
    for scheme, factor in (("default", (1 - 0.5 * 0.5 / 20) / (1 + 0.5 * 0.5 / 20)), ("neuron", 1 / (1 + 0.5 / 20))):
        traces, _ = simulate(s := leaky(), {"v": (s, 0.5)}, 50.0, dt=0.5, scheme=scheme, v_init=-50.0)
        np.testing.assert_allclose(traces["v"], -70.0 + 20.0 * factor ** np.arange(101), rtol=1e-12)


def spiking(dt, scheme):
    """v of an HH compartment with a dendrite at 12 ms, in the middle of an upstroke, and a synapse that acts at 1 ms."""
    soma = Section("soma", L=20.0, diam=20.0).insert("hh")
    dend = Section("dend", L=200.0, diam=2.0, nseg=5).insert("pas").connect(soma, 1.0)
    dend.e_pas = -65.0
    receptor = add_receptor(dend(0.5), POINT_PROCESSES["Exp2Syn"], {"tau1": 1.0, "tau2": 4.0})
    attach_clamp(soma, 0.5, delay=0.5, duration=8.0, amplitude=0.1)
    network = CableNetwork()
    network.add(soma)
    network.stimulate(receptor, [1.0], weight=0.004)
    record = {"traces": [{"variable": "v"}, {"variable": "v", "section": dend, "x": 0.9}]}
    simulation = CableSimulation(network, dt=dt, scheme=scheme, record=record)
    simulation.run(12.0)
    simulation.recorder.sample_now()
    return np.array([t.values[-1, 0] for t in simulation.recording().traces])


@pytest.mark.parametrize(("scheme", "order"), [("default", 2.0), ("neuron", 1.0)])
def test_order_in_dt(scheme, order):
    fine = spiking(0.05 / 64, "default")
    errors = np.array([np.abs(spiking(0.05 / k, scheme) - fine).max() for k in (1, 2, 4)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), order, atol=0.25)


@pytest.mark.parametrize("delay", [1.0, 1.003, 1.0125, 1.024])
def test_charge_of_a_pulse_does_not_depend_on_the_grid(delay):
    """Without a leak the final v is the charge over the capacitance, wherever the pulse begins."""
    soma = Section("soma", L=20.0, diam=20.0)
    attach_clamp(soma, 0.5, delay=delay, duration=3.3337, amplitude=0.01)
    traces, _ = simulate(soma, {"v": (soma, 0.5)}, 8.0, dt=0.025, v_init=-65.0)
    capacitance = 1e-5 * math.pi * 20.0 * 20.0                      # nF
    np.testing.assert_allclose(traces["v"][-1] + 65.0, 0.01 * 3.3337 / capacitance, rtol=1e-12)


def test_charge_is_conserved_in_a_tree():
    """No leak: what flows into the end of one branch is found as capacitance times v in all compartments."""
    root = Section("root", L=300.0, diam=3.0, nseg=7)
    kids = [Section(f"kid{k}", L=100.0 + 50 * k, diam=1.0, nseg=4).connect(root, x) for k, x in enumerate((0.0, 0.5, 1.0, 1.0))]
    attach_clamp(kids[3], 1.0, delay=0.3, duration=2.0, amplitude=0.05)
    places = {(s, g.x): (s, g.x) for s in (root, *kids) for g in s}
    traces, _ = simulate(root, places, 5.0, dt=0.025, v_init=0.0)
    charge = sum(1e-5 * section(x).area() * traces[section, x][-1] for section, x in places)
    np.testing.assert_allclose(charge, 0.05 * 2.0, rtol=1e-11)


def test_a_point_without_membrane_has_the_potential_its_currents_balance_at():
    """v at an end where current is injected: the next compartment's plus current times the half resistance."""
    cable = Section("cable", L=100.0, diam=2.0, nseg=5).insert("pas")
    cable.e_pas = -65.0
    attach_clamp(cable, 0.0, delay=1.0, duration=10.0, amplitude=0.1)
    traces, _ = simulate(cable, {"end": (cable, 0.0), "next": (cable, 0.1)}, 5.0, dt=0.025)
    gap = traces["end"] - traces["next"]
    half = cable.geometry().left[0]
    np.testing.assert_allclose(gap[:40], 0.0, atol=1e-12)
    np.testing.assert_allclose(gap[41:], 0.1 * half, rtol=1e-9)
