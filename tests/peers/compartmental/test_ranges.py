"""Range variables that differ from segment to segment, against NEURON."""

import json

import numpy as np
import pytest

from simcore.morphology.attachments import attach_clamp
from simcore.morphology.sections import Section
from tests.peers.compartmental.cases import HERE, simulate
from tests.peers.compartmental.ranges_neuron import DT, NSEG, RANGES, STEPS, value


def cable():
    made = Section("cable", L=400.0, nseg=NSEG, Ra=80.0).insert("hh").insert("pas")
    for k, segment in enumerate(made):
        for name in RANGES:
            setattr(segment, name, value(name, k))
    return made


@pytest.mark.parametrize("name", RANGES)
def test_a_segment_has_the_value_it_was_given_and_its_neighbours_theirs(name):
    made = cable()
    assert [getattr(segment, name) for segment in made] == [value(name, k) for k in range(NSEG)]
    setattr(made, name, 2.0)
    assert {getattr(segment, name) for segment in made} == {2.0} == {getattr(made, name)}


def test_a_cable_of_unlike_segments_is_neurons():
    wanted = np.array(json.loads((HERE / "reference" / "ranges.json").read_text())["v"])
    made = cable()
    attach_clamp(made, 0.1, delay=2.0, duration=25.0, amplitude=0.15)
    places = {k: (made, (k + 0.5) / NSEG) for k in range(NSEG)}
    traces, _ = simulate(made, places, DT * STEPS, dt=DT, scheme="neuron")
    ours = np.column_stack([traces[k][::10] for k in range(NSEG)])
    assert wanted.max() > 20.0
    np.testing.assert_allclose(ours, wanted, rtol=0, atol=1e-7)
