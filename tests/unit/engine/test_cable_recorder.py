"""What traces of detailed cells say of themselves, and what is sampled where a section ends."""

import numpy as np
import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.errors import ConfigurationError
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section


def branched():
    """A driven cell of three sections, the network it is in, and a receptor in the middle of the second."""
    soma = Section("soma", L=20.0, diam=20.0).insert("hh")
    dendrite = Section("dend", L=400.0, diam=2.0, nseg=5).insert("hh").connect(soma, 1.0)
    Section("tip", L=100.0, diam=1.0, nseg=3).insert("pas").connect(dendrite, 1.0)
    attach_clamp(soma, 0.5, delay=1.0, duration=20.0, amplitude=0.5)
    receptor = add_receptor(dendrite(0.5), POINT_PROCESSES["ExpSyn"], {"tau": 2.0})
    network = CableNetwork()
    network.add(soma)
    network.stimulate(receptor, [1.0], weight=0.01)
    return network, dendrite, receptor


def traces(network, *requests, scheme="default"):
    simulation = CableSimulation(network, scheme=scheme, record={"traces": requests})
    simulation.run(5.0)
    return simulation.recording().traces


@pytest.mark.parametrize("scheme", ["default", "neuron"])
@pytest.mark.parametrize("variable", ["m_hh", "ina_hh"])
def test_gates_and_currents_at_an_end_are_those_of_the_compartment_next_to_it(scheme, variable):
    """Ends where sections meet are points without membrane; v there is a value of its own."""
    network, dendrite, _ = branched()
    requests = [{"variable": name, "section": dendrite, "x": x} for name in (variable, "v") for x in (0.0, 0.1, 0.9, 1.0)]
    zero, first, last, one, *v = (t.values[:, 0] for t in traces(network, *requests, scheme=scheme))
    assert np.array_equal(zero, first) and np.array_equal(one, last) and not np.array_equal(first, last)
    assert abs(v[0] - v[1]).max() > 0.1 and abs(v[3] - v[2]).max() > 0.1


def test_a_trace_has_the_unit_of_what_it_is_and_the_place_of_a_receptor():
    network, dendrite, receptor = branched()
    found = traces(network, {"variable": "v"}, {"variable": "m_hh"}, {"variable": "ina_hh"},
                   *({"variable": name, "receptor": receptor} for name in ("g", "i")), {"variable": "v", "section": dendrite})
    assert [t.units for t in found] == ["mV", "1", "mA/cm**2", "uS", "nA", "mV"]
    assert [(t.sections.tolist(), t.positions.tolist()) for t in found[3:]] == [([1], [0.5])] * 3
    g, i, v = (t.values[:, 0] for t in found[3:])
    np.testing.assert_allclose(i, g * v, rtol=1e-12)        # reversal 0 mV


def test_a_receptor_on_no_cell_of_the_network_is_refused():
    network, *_ = branched()
    lost = add_receptor(Section("lost", L=10.0, diam=10.0)(0.5), POINT_PROCESSES["ExpSyn"], {})
    with pytest.raises(ConfigurationError, match=r"ExpSyn on lost\(0.5\) is in no cell of this network"):
        traces(network, {"variable": "g", "receptor": lost})
