"""Networks of detailed cells with populations and places: what is recorded, under which names, and what cannot be."""

import numpy as np
import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.detailed import DetailedNetwork, run_detailed
from simcore.errors import ConfigurationError, NonExistentParameterError
from simcore.models.clamps import StepCurrent
from simcore.morphology.attachments import attach
from simcore.morphology.sections import Section

PLACES = {"soma": ("soma", 0.5), "far": ("dend", 0.9)}


def network(n=3):
    """Cells whose currents differ, so that each has its own spikes."""
    made = CableNetwork()
    for k in range(n):
        soma = Section("soma", L=20.0, diam=20.0).insert("hh")
        Section("dend", L=200.0, diam=2.0, nseg=5).insert("pas").connect(soma)
        attach(soma, 0.5, StepCurrent(0.1 + 0.1 * k, 1.0, 100.0))
        made.add(soma, threshold=-10.0)
    return made


def run(record, *, populations=None, duration=20.0, **keys):
    model = DetailedNetwork(network(), populations or {"left": 1, "right": 2}, PLACES)
    return run_detailed(model, duration=duration, dt=0.025, record=record, **keys)


def trace(**keys):
    return {"population": "right", "variable": "v", "cells": True, "interval": 0.5} | keys


def test_populations_are_ranges_of_gids_and_places_are_columns_of_one_trace():
    found = run({"traces": [trace(places=["soma", "far"])]})
    assert [(p.name, p.first_gid, p.size) for p in found.populations] == [("left", 0, 1), ("right", 1, 2)]
    (only,) = found.traces
    assert only.population == "right" and only.units == "mV"
    assert only.cells.tolist() == [1, 1, 2, 2] and only.sections.tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(only.positions, [0.5, 0.9, 0.5, 0.9], rtol=1e-6)


def test_the_bits_are_those_of_one_simulation_without_names():
    found = run({"traces": [trace(places=["far"], cells=[1])]}, progress=lambda *_: None)
    plain = CableSimulation(network(), dt=0.025, record={"traces": [{"variable": "v", "cells": [2], "section": "dend", "x": 0.9,
                                                                     "interval": 0.5}]})
    plain.run(20.0)
    expected = plain.recording()
    assert np.array_equal(found.traces[0].values, expected.traces[0].values)
    assert np.array_equal(found.spikes.step, expected.spikes.step) and found.duration == 20.0
    assert len(found.spikes.step) > 1


def test_compartments_and_ends_are_places_too():
    found = run({"traces": [trace(cells=1, places=["dend(1)", "dend(0.5)"]), trace(cells=1, places=["all"]), trace(cells=1)]})
    ends, everywhere, default = found.traces
    assert ends.positions.tolist() == [0.5, 1.0]
    assert len(everywhere.cells) == 6
    assert default.sections.tolist() == [0]
    assert np.array_equal(everywhere.values[:, 0], default.values[:, 0])
    assert np.array_equal(everywhere.values[:, everywhere.positions.tolist().index(0.5, 1)], ends.values[:, 0])


@pytest.mark.parametrize(("wanted", "cells"), [(True, [0, 1, 2]), ({"right": 1}, [1]), ({"right": [1], "left": True}, [0, 2]),
                                               (False, None)])
def test_spikes_are_those_of_the_cells_that_were_asked_for(wanted, cells):
    found = run({"spikes": wanted}).spikes
    if cells is None:
        assert found is None
    else:
        assert found.cells.tolist() == cells and set(found.gid.tolist()) <= set(cells)


def test_progress_is_told_until_the_end():
    told = []
    found = run({}, progress=lambda *now: told.append(now))
    assert [t for t, _, _ in told] == pytest.approx(np.arange(1, 21).tolist())
    assert told[-1][1:] == (20.0, len(found.spikes.step))


@pytest.mark.parametrize(("record", "error", "says"), [
    ({"traces": [trace(population="rigth")]}, ConfigurationError, "did you mean 'right'"),
    ({"traces": [trace(places=["fra"])]}, ConfigurationError, "did you mean 'far'"),
    ({"traces": [trace(places=["dned(0.5)"])]}, NonExistentParameterError, "did you mean 'dend'"),
    ({"traces": [trace(variable="m_h", places=["soma"])]}, NonExistentParameterError, "did you mean 'm_hh'"),
    ({"traces": [trace(cells=[2])]}, ConfigurationError, "cells of 'right' must be from 0 to 1, got 2"),
    ({"spikes": {"rihgt": 1}}, ConfigurationError, "did you mean 'right'"),
])
def test_what_cannot_be_recorded_is_said_with_the_nearest(record, error, says):
    with pytest.raises(error, match=says):
        run(record)


def test_populations_have_all_cells():
    with pytest.raises(ConfigurationError, match="must have all 3 cells, they have 2"):
        run({}, populations={"left": 2})
