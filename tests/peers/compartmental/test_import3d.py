"""Morphology files against NEURON's Import3d: which sections, where they hang, their size, and v after a current."""

import gzip
import json

import numpy as np
import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.morphology.attachments import attach_clamp
from simcore.morphology.loading import load
from tests.peers.compartmental.cases import HERE

FILES = json.loads(gzip.decompress((HERE / "reference" / "import3d.json.gz").read_bytes()))


def with_a_leak(path):
    """{name: section} of a file, as the reference has them."""
    sections = {s.name: s for s in load(path).all}
    for section in sections.values():
        section.nseg, section.Ra = 3, 100.0
        section.insert("pas")
        section.g_pas, section.e_pas = 1e-4, -70.0
    return sections


def voltages(root):
    """{(section, compartment): v [mV]} 20 ms after a current of 0.02 nA was switched on in the middle of the root."""
    attach_clamp(root, 0.5, delay=0.0, duration=1e9, amplitude=0.02)
    network = CableNetwork()
    network.add(root)
    simulation = CableSimulation(network, scheme="neuron", v_init=-70.0,
                                 record={"traces": [{"variable": "v", "section": "all", "x": "all"}]})
    simulation.run(20.025)
    trace, tree = simulation.recording().traces[0], root.subtree()
    return {(tree[number].name, place): v for number, place, v in zip(trace.sections, trace.positions, trace.values[-1], strict=True)}


@pytest.mark.parametrize("name", FILES)
def test_sections_and_what_they_do_are_neurons(name, tmp_path):
    path = tmp_path / name
    path.write_text(FILES[name]["text"])
    sections, wanted = with_a_leak(path), FILES[name]["sections"]
    assert set(sections) == {w["name"] for w in wanted}
    v = voltages(next(s for s in sections.values() if s.parent is None))
    for w in wanted:
        section = sections[w["name"]]
        above = section.parentseg()
        assert (above and above.sec.name, above and above.x) == (w["parent"], w["x"]), w["name"]
        assert len(section.points) == w["n_points"]
        np.testing.assert_allclose([section.L, *(g.area() for g in section), *(g.ri() for g in section)],
                                   [w["L"], *w["area"], *w["ri"]], rtol=1e-13, err_msg=w["name"])
        ours = [v[section.name, place] for place in sorted(p for s, p in v if s == section.name)]
        np.testing.assert_allclose(ours, w["v"], rtol=0, atol=1e-8, err_msg=w["name"])
