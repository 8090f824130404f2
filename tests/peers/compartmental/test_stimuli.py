"""Waveforms against neurodamus 3.7.2's points, bit for bit, and what they do to a compartment against NEURON."""

import json
from pathlib import Path

import numpy as np
import pytest

from simcore.models.clamps import PlayedConductance, PlayedCurrent, StepCurrent
from simcore.models.signals import Signal
from simcore.rng.generators import Random123
from simcore.rng.picks import Random

FOLDER = Path(__file__).parent / "random_and_stimuli"
ABOUT = json.loads((FOLDER / "stimuli.json").read_text())["cases"]
POINTS = dict(np.load(FOLDER / "stimuli.npz"))
PLAYED = dict(np.load(FOLDER / "played.npz"))
DT = 0.025


def stream():
    return Random(Random123(1, 2, 3, seed=7))


@pytest.mark.parametrize("case", [name for name, about in ABOUT.items() if "error" not in about and name != "chain"])
def test_points_are_those_of_neurodamus(case):
    signal, about = Signal(rng=stream(), **ABOUT[case]["source"]), ABOUT[case]
    arguments = about["args"]
    if isinstance(arguments, dict):
        getattr(signal, about["method"])(**arguments)
    else:
        getattr(signal, about["method"])(*arguments)
    assert signal.time_vec.tolist() == POINTS[f"{case}/t"].tolist()
    if case.startswith("sin"):                      # theirs is the sine of the C library, ours the same on every machine
        assert np.abs(signal.stim_vec - POINTS[f"{case}/amp"]).max() < 1e-15
    else:
        assert signal.stim_vec.tolist() == POINTS[f"{case}/amp"].tolist()


def test_chained_shapes_are_those_of_neurodamus():
    signal = Signal(rng=stream()).add_pulse(1.0, 5.0).delay(2.0).add_ramp(0.0, 2.0, 4.0).add_noise(0.1, 0.01, 3.0, 0.5)
    assert signal.time_vec.tolist() == POINTS["chain/t"].tolist()
    assert signal.stim_vec.tolist() == POINTS["chain/amp"].tolist()


@pytest.mark.parametrize(("shape", "scale"), [(4.0, 0.5), (0.6, 2.0)])
def test_gamma_variates_are_those_of_neurodamus(shape, scale):
    assert stream().gamma(shape, scale, 20).tolist() == POINTS[f"gamma_{shape}_{scale}"].tolist()


def backward_euler(n_steps, *, current=None, conductance=None, reversal=0.0):
    """v of the reference's compartment: 20 x 20 um, 1 uF/cm2, 1e-4 S/cm2 towards -70 mV; nF, uS, nA, ms."""
    area = np.pi * 20 * 20 * 1e-8
    capacitance, leak = area * 1e3 / DT, area * 1e2
    v = [-70.0]
    for k in range(n_steps):
        i = 0.0 if current is None else current[k]
        g = 0.0 if conductance is None else conductance[k]
        v.append((capacitance * v[-1] - 70 * leak + g * reversal + i) / (capacitance + leak + g))
    return v


@pytest.mark.parametrize("name", [n for n in PLAYED if n.startswith("current")])
def test_played_currents_move_a_compartment_as_in_neuron(name):
    case, wanted = name.split("/")[1], PLAYED[name]
    clamp = PlayedCurrent(POINTS[f"{case}/t"], 0.05 * POINTS[f"{case}/amp"])
    n_steps = len(wanted) - 1
    np.testing.assert_allclose(backward_euler(n_steps, current=clamp.per_step(0, n_steps, DT)), wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("case", "scale"), [("ornstein_uhlenbeck", 1.0), ("pulse", 0.01), ("shot_noise", 0.01)])
def test_played_conductances_move_a_compartment_as_in_neuron(case, scale):
    wanted, points = PLAYED[f"conductance/{case}"], (POINTS[f"{case}/t"], scale * POINTS[f"{case}/amp"])
    n_steps = len(wanted) - 1
    got = {}
    for by_resistance in (True, False):
        g = PlayedConductance(*points, reversal=-10.0, by_resistance=by_resistance).per_step(0, n_steps, DT)
        got[by_resistance] = np.array(backward_euler(n_steps, conductance=g, reversal=-10.0))
    np.testing.assert_allclose(got[True], wanted, rtol=0, atol=1e-11)
    assert abs(got[False] - wanted).max() < (1e-11 if case == "pulse" else 1.0)        # linear in g: differs where it is no step


@pytest.mark.parametrize("delay", [5.0, 5.01, 5.02])
def test_current_steps_move_a_compartment_as_in_neuron(delay):
    wanted = PLAYED[f"iclamp_{delay}_10.0"]
    current = StepCurrent(0.1, delay, 10.0).per_step(0, len(wanted) - 1, DT)
    np.testing.assert_allclose(backward_euler(len(wanted) - 1, current=current), wanted, rtol=0, atol=1e-11)


def test_a_step_that_ends_in_the_middle_of_a_time_step_is_exactly_as_long_as_asked():
    """NEURON has one step more here: it adds up its time, and the rounding errors decide."""
    assert np.count_nonzero(StepCurrent(0.1, 5.0125, 10.0).per_step(0, 800, DT)) == 400


def test_steps_may_be_asked_for_in_parts():
    clamp = PlayedCurrent(POINTS["chain/t"], POINTS["chain/amp"])
    parts = [clamp.per_step(first, 7, DT) for first in range(0, 700, 7)]
    assert np.concatenate(parts).tolist() == clamp.per_step(0, 700, DT).tolist()
