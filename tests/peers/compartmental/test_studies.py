"""The cells of the studies cable_fi and hh_ring against NEURON: every spike, by its own method and near the true solution."""

import json
from pathlib import Path

import numpy as np
import pytest

from simcore.engine.detailed import run_detailed
from simcore.experiments import cable_fi, cable_ring

HERE = Path(__file__).parent
NEURON = json.loads((HERE / "studies_neuron.json").read_text())
SWC = HERE.parents[2] / "params" / "morphologies" / "tree50.swc"
DT = 0.025


def spikes(model, duration, **parameters):
    """Times [ms] and gids."""
    defaults = {name: param.default for name, param in model.PARAMETERS.items()}
    found = run_detailed(model.build(defaults | parameters), duration=duration, dt=DT)
    return (found.spikes.step + 1) * DT, found.spikes.gid


@pytest.mark.parametrize("k", [0, 1, 6, 10, 11])
def test_a_current_makes_the_spikes_that_it_makes_in_neuron(k):
    """Spike by spike in NEURON's own method, over half a second of firing."""
    current, expected = NEURON["f_i"]["currents"][k], NEURON["f_i"]["neuron"][k]["spikes"]
    times, _ = spikes(cable_fi, 520.0, morphology=str(SWC), current=current, scheme="neuron")
    np.testing.assert_allclose(times, expected, atol=1e-5)


@pytest.mark.parametrize("k", [6, 8])
def test_second_order_is_nearer_to_the_true_solution_than_neuron_is(k):
    """The first ten spikes at one step: ours within one step (spikes are dated at its end), NEURON's some times as far."""
    current, fine = NEURON["f_i"]["currents"][k], np.array(NEURON["f_i"]["fine"][k]["spikes"][:10])
    times, _ = spikes(cable_fi, 180.0, morphology=str(SWC), current=current)
    ours = np.abs(times[:10] - fine).max()
    assert ours < 0.05
    assert np.abs(np.array(NEURON["f_i"]["neuron"][k]["spikes"][:10]) - fine).max() > 4 * ours


@pytest.mark.parametrize("k", [0, 2])
def test_the_ring_runs_round_as_in_neuron(k):
    point = NEURON["ring"]["neuron"][k]
    times, gids = spikes(cable_ring, 300.0, cells=point["cells"], delay=point["delay"], scheme="neuron")
    assert len(times) == point["n_spikes"]
    np.testing.assert_allclose(times[:len(point["first"])], point["first"], atol=1e-5)
    assert [pytest.approx(times[-1], abs=1e-5), gids[-1]] == point["last"]
