"""The AdEx cell under constant current: where it begins, from which current it fires, how its rate rises."""

import numpy as np
import pytest

from simcore.engine.simulation import run_network
from simcore.experiments.adex_steps import PARAMETERS, build
from simcore.parameters.experiments import load_experiment
from simcore.validation.judge import judge
from tests.unit.validation.checks.test_curves import runs

DEFAULTS = {name: param.default if not isinstance(param, dict) else {key: one.default for key, one in param.items()}
            for name, param in PARAMETERS.items()}
RECORD = {"spikes": True, "traces": [{"population": "cell", "variable": "v", "cells": 1, "interval": 1.0}]}


def run(duration=500.0, **parameters):
    found = run_network(build(DEFAULTS | parameters), duration=duration, dt=0.1, seed=1, record=RECORD)
    return (found.spikes.step + 1) * 0.1, found.traces[0].values[:, 0]


def rheobase(cell):
    """Current at which the resting point of v and w vanishes: Touboul & Brette (2008) Biol Cybern 99:319 [nA].

    For a / g < tau_m / tau_w it is the saddle-node of -g (v - E) + g D e^((v - T)/D) - a (v - E) + I, at
    v = T + D ln(1 + a / g); above that ratio the point loses its stability earlier, by a Hopf bifurcation, at
    v = T + D ln(1 + tau_m / tau_w).
    """
    g = cell["cm"] / cell["tau_m"] * 1e3
    a, D, ratio = cell["a"], cell["delta_T"], cell["tau_m"] / cell["tau_w"]
    x = min(a / g, ratio)
    v = cell["v_thresh"] + D * np.log(1 + x)
    return 1e-3 * ((g + a) * (v - cell["v_rest"]) - g * D * (1 + x))


def test_without_current_it_stays_where_the_bias_holds_it():
    spikes, v = run(current=0.0, bias=-0.126)
    assert len(spikes) == 0
    np.testing.assert_allclose(v, v[0], atol=2e-5)         # what the exponential term adds: 2 mV e^-12 g / (g + a)
    leak = DEFAULTS["cell"]["cm"] / DEFAULTS["cell"]["tau_m"] * 1e3
    assert v[0] == pytest.approx(-70.6 - 126 / (leak + 4.0))


def test_it_fires_for_ever_from_the_rheobase_of_theory():
    """Just below, the cell may fire a few spikes at the onset and falls silent; just above it goes on."""
    threshold = rheobase(DEFAULTS["cell"])
    assert threshold == pytest.approx(0.62, abs=0.03)
    below, _ = run(duration=2000.0, current=0.97 * threshold)
    above, _ = run(duration=2000.0, current=1.03 * threshold)
    assert len(below[below > 1000]) == 0
    assert len(above[above > 1000]) >= 2


def test_the_rate_rises_with_the_current_and_adaptation_flattens_it():
    counts = [len(run(duration=1000.0, current=current)[0]) for current in (0.7, 0.8, 0.9, 1.0)]
    assert np.all(np.diff(counts) > 0)
    strong = [len(run(duration=1000.0, current=current, cell=DEFAULTS["cell"] | {"b": 0.3})[0]) for current in (0.7, 1.0)]
    assert strong[1] - strong[0] < 0.6 * (counts[-1] - counts[0])


def test_nothing_in_it_is_random():
    first = run_network(build(DEFAULTS, seed=1), duration=200.0, dt=0.1, seed=1, record=RECORD)
    second = run_network(build(DEFAULTS, seed=2), duration=200.0, dt=0.1, seed=2, record=RECORD)
    np.testing.assert_array_equal(first.spikes.step, second.spikes.step)


def test_its_study_finds_what_it_says_it_finds():
    """params/adex_fi.yaml: as steep as Glt cells, rightly steeper than Etv1 cells, rightly silent where others fire."""
    experiment = load_experiment("params/adex_fi.yaml")
    currents = [point.parameters["current"] for point in experiment.points.values()]
    rates = [len(run(duration=point.duration, current=point.parameters["current"])[0]) / point.duration * 1e3
             for point in experiment.points.values()]
    content = judge(runs(currents, rates), experiment.tests, where=experiment.source)
    assert [(cell["passed"], bool(cell["fails_because"])) for cell in content["scores"]] == [(True, False), (False, True), (False, True)]
    assert content["summary"]["surprises"] == 0
    slope, _, curve = content["scores"]
    assert slope["prediction"]["value"] == pytest.approx(74.9, abs=0.1)         # docs/validation.md
    assert curve["prediction"]["rates"][:2] == [0.0, 0.0]
