"""The cell from a morphology file under a step of current: its compartments and channels, at rest, and its f–I curve."""

from pathlib import Path

import numpy as np
import pytest

from simcore.engine.detailed import run_detailed
from simcore.errors import InvalidParameterValueError
from simcore.experiments.cable_fi import PARAMETERS, build, cell, path_length
from simcore.parameters.experiments import load_experiment

PARAMS = Path(__file__).parents[3] / "params"
DEFAULTS = {name: param.default for name, param in PARAMETERS.items()}
DEFAULTS["morphology"] = str(PARAMS / "morphologies" / "tree50.swc")
STICK = "1 1 0 0 0 10 -1\n2 3 10 0 0 1 1\n3 3 210 0 0 1 2\n"


def run(duration=100.0, dt=0.025, **parameters):
    record = {"spikes": True, "traces": [{"population": "cell", "variable": "v", "cells": True, "interval": 0.1,
                                          "places": ["soma", "axon", "tip"]}]}
    found = run_detailed(build(DEFAULTS | parameters), duration=duration, dt=dt, record=record)
    return (found.spikes.step + 1) * dt, found.traces[0]


def test_compartments_are_an_odd_number_and_no_longer_than_said():
    sections = cell(DEFAULTS | {"compartment": 15.0}).all
    assert len(sections) == 52
    assert all(s.nseg % 2 == 1 and s.L / s.nseg <= 15.0 for s in sections)


def test_soma_and_axon_have_all_channels_and_dendrites_a_part():
    found = cell(DEFAULTS | {"dendritic": 0.5})
    assert found.soma.gnabar_hh == pytest.approx(0.12) and found.axons[0].gkbar_hh == pytest.approx(0.036)
    assert found.dendrites[0].gnabar_hh == pytest.approx(0.06) and found.apicals[0].gl_hh == pytest.approx(0.00015)
    passive = cell(DEFAULTS | {"dendritic": 0.0})
    assert set(passive.dendrites[0].mechanisms) == {"pas"} and set(passive.axons[0].mechanisms) == {"hh"}


def test_places_are_the_ends_farthest_from_the_soma():
    found = cell(DEFAULTS)
    places = build(DEFAULTS).places
    ends = {s.name: path_length(s) for s in found.axons}
    assert places["axon"][0] == max(ends, key=ends.get) and places["soma"] == ("soma[0]", 0.5)
    assert places["tip"][0].startswith(("dend", "apic"))


def test_it_is_silent_below_and_fires_faster_and_faster_above_its_rheobase():
    counts = [len(run(duration=220.0, current=current)[0]) for current in (0.1, 0.4, 0.8, 1.5)]
    assert counts[0] == 0
    assert np.all(np.diff(counts) > 0)


def test_an_action_potential_begins_in_the_axon_and_arrives_at_its_end():
    times, trace = run(current=0.6)
    soma, tops = trace.values[:, 0], trace.values.max(axis=0)
    assert len(times) and trace.sections[0] == 0 and soma.max() > 0.0
    assert tops.max() > 20.0


def test_a_passive_stick_comes_to_the_closed_form_of_its_input_resistance(tmp_path):
    """Soma of 20 um without channels and a dendrite of 200 um: R = 1 / (G_soma + G_inf tanh(L / lambda))."""
    (tmp_path / "stick.swc").write_text(STICK)
    parameters = {"morphology": str(tmp_path / "stick.swc"), "dendritic": 0.0, "current": 0.01, "compartment": 2.0}
    model = build(DEFAULTS | parameters)
    soma = model.network.cells[0].root
    soma.gnabar_hh, soma.gkbar_hh, soma.gl_hh, soma.el_hh = 0.0, 0.0, 1e-4, -65.0
    found = run_detailed(model, duration=400.0, dt=0.1, record={"traces": [
        {"population": "cell", "variable": "v", "cells": True, "interval": 100.0}]})
    lam = np.sqrt(1e4 / 100.0 / 1e-4 * 2.0 / 4.0 * 1e-4) * 1e2              # um: sqrt(d / (4 Ra g))
    g_inf = 1e-4 * np.pi * 2.0 * lam * 1e-2                                 # uS
    expected = 0.01 / (1e-4 * np.pi * 20.0**2 * 1e-2 + g_inf * np.tanh(200.0 / lam))
    assert found.traces[0].values[-1, 0] + 65.0 == pytest.approx(expected, rel=2e-3)


def test_a_file_without_soma_and_a_broken_file_are_errors_of_the_experiment_file(tmp_path):
    text = "name: x\nmodel: simcore.experiments.cable_fi\nduration: 1 ms\ndt: 0.025 ms\nparameters: {morphology: a.swc}\n"
    (tmp_path / "x.yaml").write_text(text)
    for content, says in (("1 3 0 0 0 1 -1\n2 3 9 0 0 1 1\n", "has none"), ("1 1 0 0 0 1 2\n2 1 9 0 0 1 1\n", "loop"),
                          ("1 1 0 0 0 -1 -1\n", "radius must be > 0 um")):
        (tmp_path / "a.swc").write_text(content)
        with pytest.raises(InvalidParameterValueError, match=rf"morphology: .*{says}.*x\.yaml: parameters\.morphology"):
            load_experiment(tmp_path / "x.yaml")
