"""Waveforms against neurodamus 3.7.2's points, bit for bit, and against the currents that NEURON made of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from simcore.models.signals import Signal
from simcore.models.waveforms import value_at
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
    assert signal.stim_vec.tolist() == POINTS[f"{case}/amp"].tolist()


def test_chained_shapes_are_those_of_neurodamus():
    signal = Signal(rng=stream()).add_pulse(1.0, 5.0).delay(2.0).add_ramp(0.0, 2.0, 4.0).add_noise(0.1, 0.01, 3.0, 0.5)
    assert signal.time_vec.tolist() == POINTS["chain/t"].tolist()
    assert signal.stim_vec.tolist() == POINTS["chain/amp"].tolist()


@pytest.mark.parametrize(("shape", "scale"), [(4.0, 0.5), (0.6, 2.0)])
def test_gamma_variates_are_those_of_neurodamus(shape, scale):
    assert stream().gamma(shape, scale, 20).tolist() == POINTS[f"gamma_{shape}_{scale}"].tolist()


@pytest.mark.parametrize("name", PLAYED)
def test_value_in_the_middle_of_a_step_is_the_current_that_neuron_used(name):
    case, used = name.split("/")[1], PLAYED[name]
    times, values = POINTS[f"{case}/t"], 0.05 * POINTS[f"{case}/amp"]
    middle = (np.arange(1, len(used)) - 0.5) * DT
    got = np.where(middle < times[-1], value_at(middle, times, values), 0.0)
    np.testing.assert_allclose(got, used[1:], rtol=0, atol=2e-13)          # NEURON adds up its time, step by step
