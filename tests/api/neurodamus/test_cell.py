"""neurodamus.core.cell, mechanisms, synapses: what they do, and what is refused. Names and arguments: test_documented.py."""

import logging
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from simcore.api.neurodamus.core.cell import Cell, CellCreationError
from simcore.api.neurodamus.core.mechanisms import HH, PAS, Mechanism
from simcore.api.neurodamus.core.running import run_sim
from simcore.api.neurodamus.core.stimuli import CurrentSource
from simcore.api.neurodamus.core.synapses import AlphaSynapse, CellSynapse, Exp2Syn, ExpSyn, NetStim
from simcore.errors import ConfigurationError, InvalidParameterValueError, NonExistentParameterError
from simcore.models.mechanisms import PointProcess, expsyn
from simcore.morphology.errors import MissingMorphologyError
from tests.peers.compartmental.cases import HERE


def built():
    """A soma, a forked dendrite, an apical dendrite, an axon of three sections."""
    B = Cell.Builder
    soma = B.add_soma(20)
    soma.add_dendrite("d0", 100, 3, diam=2).append_dendrite("a0", 120, 3, apical=True, diam=2).add("a1", 50, 1, diam=1)
    soma.append_axon("x0", 60, 2, diam=1).chain(B.AxonSection("x1", 60, diam=1), B.AxonSection("x2", 70, diam=1))
    soma.children[0].attach(B.DendriteSection("d1", 40, 2, diam=1), B.DendriteSection("d2", 40, 2, diam=1))
    return soma.create()


def names(sections):
    return [s.name for s in sections]


def test_the_builder_makes_trees_with_kinds():
    cell = built()
    assert names(cell.all)[0] == "soma" == cell.soma.name
    assert sorted(names(cell.all)) == ["a0", "a1", "d0", "d1", "d2", "soma", "x0", "x1", "x2"]
    assert names(cell.dendrites) == ["d0", "d1", "d2"] and names(cell.apical_dendrites) == ["a0", "a1"]
    assert names(cell.axons) == ["x0", "x1", "x2"] and cell.axons[2].parentseg() == cell.axons[1](1)
    assert (cell.soma.L, cell.soma.diam, cell.dendrites[1].nseg) == (20.0, 20.0, 2)
    assert cell.builder.create() is cell and len(cell.all) == 9
    cell.builder.add_dendrite("late", 30, 1, diam=1)
    assert names(cell.builder.create().all).count("late") == 1


def test_a_cell_can_be_filled_through_init_soma():
    cell = Cell(gid=7)
    assert cell.soma is None and cell.all == cell.axons == []
    assert cell.init_soma(10).add_dendrite("d", 50, 1, diam=1).create() is cell and len(cell.all) == 2
    with pytest.raises(CellCreationError, match="has sections already"):
        cell.init_soma(10)


def test_what_cannot_be_built_is_refused(caplog):
    B = Cell.Builder
    with pytest.raises(CellCreationError, match="'lonely', the root of 'lonely', is none"):
        B.DendriteSection("lonely", 10, diam=1).create()
    with pytest.raises(InvalidParameterValueError, match="needs a diameter"):
        B.add_soma(20).add_dendrite("d", 50, 1)
    for n in (0, None):
        with pytest.raises(InvalidParameterValueError, match="n_segments must be >= 1"):
            B.add_soma(20).add("d", 50, n, diam=1)
    with pytest.raises(InvalidParameterValueError, match="diam must be > 0 um, got -2"):
        B.add_soma(20).add("d", 50, 1, diam=-2)
    with pytest.raises(InvalidParameterValueError, match="nseg must be"):
        B.DendriteSection("d", 50, 0, diam=1)
    with pytest.raises(NonExistentParameterError, match="no parameter 'Rax'; did you mean 'Ra'"):
        B.add_soma(20, Rax=3)
    with pytest.raises(CellCreationError, match="begin at a soma"):
        B.add_soma(20).append("d", 50, 1, diam=1).add_axon("x", 5, 1, diam=1)
    one, two, d = B.add_soma(20), B.add_soma(20), B.DendriteSection("d", 5, diam=1)
    one.attach(d)
    with pytest.raises(CellCreationError, match="cannot hang on"):
        two.attach(d)
    with pytest.raises(CellCreationError, match="no loops"):
        d.attach(one)
    with pytest.raises(RuntimeError, match="empty"):
        _ = Cell().builder
    with caplog.at_level(logging.WARNING):
        B.add_soma(20).add("kindless", 5, 1, diam=1).create()
    assert "'kindless' has no kind" in caplog.text


def test_morphologies_are_loaded(capsys):
    cell = Cell(3, HERE / "swc" / "tree50.swc")
    assert (len(cell.all), len(cell.axons), len(cell.dendrites), len(cell.apical_dendrites)) == (52, 15, 21, 15)
    with pytest.raises(RuntimeError, match="loaded from a file"):
        _ = cell.builder
    cell.show_topology()
    assert capsys.readouterr().out.count("\n") == 52
    assert cell.section_info(0).splitlines()[1] == "  length 18 um"
    assert '"axon[0]"' in Cell().load_morphology(HERE / "swc" / "tree50.swc", export_commands=True)._commands
    with pytest.raises(MissingMorphologyError):
        Cell(0, "nowhere.swc")


def test_mechanisms_set_what_is_set_and_leave_the_rest():
    cell = built()
    HH(gnabar=0.2).apply(cell.soma, gkbar=0.05)
    PAS(g=1e-4).apply(cell.dendrites)
    assert (cell.soma.gnabar_hh, cell.soma.gkbar_hh, cell.soma.el_hh) == (0.2, 0.05, -54.3)
    assert [d.g_pas for d in cell.dendrites] == [1e-4] * 3 and cell.dendrites[0].e_pas == -70.0
    assert HH(gnabar=0.0, gl=None, el=-50.0).as_dict(excludes=("el",)) == {"gnabar": 0.0}
    with pytest.raises(TypeError, match="abstract"):
        Mechanism()
    with pytest.raises(NonExistentParameterError, match="no parameter 'gnabr'; did you mean 'gnabar'"):
        HH(gnabr=1)
    for wrong in (5, "soma", [1]):
        with pytest.raises(TypeError, match="applied to"):
            HH().apply(wrong)


def ready():
    """A spiking cell and one that listens."""
    one, two = built(), built()
    for cell in (one, two):
        HH().apply(cell.soma)
        PAS(g=1e-4, e=-65.0).apply(cell.all[1:])
    return one, two


def test_spikes_reach_other_cells():
    one, two = ready()
    CurrentSource.pulse(1.0, 3.0, delay=5.0).attach_to(one.soma)
    receptor = two.add_synaptic_receptor(two.dendrites[0](0.5), ExpSyn(tau=2.0), e=5.0)
    connection = one.connect_to(receptor, delay=3.0, weight={0: 0.05})
    assert (connection.weight[0], connection.delay, connection.threshold) == (0.05, 3.0, 10.0)
    assert receptor.parameters == {"tau": 2.0, "e": 5.0} and two.receptors["d0"] == [receptor]
    result = run_sim(40.0, one.soma, two.soma(0.5), dt=0.025, v_init=-65.0, celsius=6.3)
    assert result.t_vec.shape == result.get_voltages_at(two.soma).shape == (1601,) and result.t_vec[-1] == 40.0
    assert result.get_voltages_at(one.soma)[0] == -65.0
    assert len(result.spikes[one.soma]) == len(result.spikes[two.soma]) == 1
    assert result.spikes[two.soma][0] - result.spikes[one.soma][0] > 3.0
    again = two.run_sim(40.0)
    assert (again.get_voltages_at(two.soma) == result.get_voltages_at(two.soma)).all()


def test_a_synapse_from_another_cell():
    one, two = ready()
    CurrentSource.Constant(1.0, 3.0, 5.0).attach_to(one.soma)
    two.add_synapse(one.soma(0.5), two.soma(0.5), Exp2Syn(tau1=0.5, tau2=2.0), weight=0.05, delay=2.0, e=-5.0)
    assert len(run_sim(30.0, two.soma).spikes[two.soma]) == 1


def test_virtual_sources_and_alpha_synapses_act():
    one, _ = ready()
    NetStim(interval=10.0, number=3, start=5.0).connect_to(ExpSyn(one.soma, tau=2.0), weight=0.05, delay=1.0)
    quiet = built()
    HH().apply(quiet.soma)
    AlphaSynapse(quiet.soma(0.5), onset=4.0, tau=1.0, gmax=0.1)
    assert [len(run_sim(40.0, c.soma).spikes[c.soma]) >= n for c, n in ((one, 2), (quiet, 1))] == [True, True]
    noisy = NetStim(10.0, 20, 5.0, 1.0)
    noisy.noiseFromRandom123(1, 2, 3)
    assert noisy.spike_times(300.0) == noisy.spike_times(300.0) != NetStim(10.0, 20, 5.0, 1.0).spike_times(300.0)


def heard(sources, order):
    """v of a passive cell for each source (20 ms), all in one run."""
    cells = []
    for source in sources:
        cells.append(Cell.Builder.add_soma(20).create())
        PAS(g=1e-4).apply(cells[-1].soma)
        source.connect_to(ExpSyn(cells[-1].soma, tau=1.0), weight=0.001)
        Exp2Syn(cells[-1].soma)
    for one, other in pairwise(cells):          # so that one run has them all
        one.connect_to(ExpSyn(other.soma), weight=0.0)
    result = run_sim(60.0, *[cells[k].soma for k in order])
    return [result.get_voltages_at(cell.soma) for cell in cells]


def test_each_noisy_source_has_a_stream_of_its_own():
    """The k-th made of a run has Random123(1, 0, k), whatever is named first and whatever was made before the run."""
    first = heard([NetStim(5.0, 20, 0.0, 1.0) for _ in range(3)], (0, 1, 2))
    assert not any((a == b).all() for a, b in ((first[0], first[1]), (first[1], first[2]), (first[0], first[2])))
    again = heard([NetStim(5.0, 20, 0.0, 1.0) for _ in range(3)], (2, 0, 1))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    given = [NetStim(5.0, 20, 0.0, 1.0) for _ in range(3)]
    for k, source in enumerate(given, 1):
        source.noiseFromRandom123(1, 0, k)
    assert all((a == b).all() for a, b in zip(first, heard(given, (1, 2, 0)), strict=True))


def test_default_streams_of_sources_are_neurons():
    """NEURON 9.0.2: three NetStims made one after the other, interval 10, start 5, noise 1."""
    wanted = [[12.42548410828236, 22.687848365455338, 31.888465842272055, 33.20818669331009],
              [6.77568242604807, 9.883074292274028, 23.52071856714035, 26.54226664012861],
              [11.993810837643224, 14.888569219745408, 16.16313413647877, 19.036632803937458]]
    for number, times in enumerate(wanted, 1):
        np.testing.assert_allclose(NetStim(10.0, 50, 5.0, 1.0).spike_times(100.0, number)[:4], times, rtol=1e-14)


def test_a_synapse_of_ones_own_is_a_subclass_with_a_declaration():
    class Slow(CellSynapse):
        process = PointProcess(name="Slow", meaning="half of an ExpSyn", parameters=expsyn.PARAMETERS, states=expsyn.ExpSyn.states,
                               prepare=lambda dt, **p: expsyn.prepare(dt, **p) | {"jump_g": 0.5}, current=expsyn.current)

    got = []
    for kind, weight in ((Slow, 0.002), (ExpSyn, 0.001)):
        cell = Cell.Builder.add_soma(20).create()
        PAS().apply(cell.soma)
        NetStim(5.0, 3, 1.0).connect_to(kind(cell.soma, tau=3.0), weight=weight)
        got.append(cell.run_sim(20.0).get_voltages_at(cell.soma))
    assert (got[0] == got[1]).all() and got[0].max() > -69.0 and Slow(tau=2.0).get_synpase_conf() == {"tau": 2.0}
    with pytest.raises(ConfigurationError, match="'ExpSyn' is a mechanism of simcore; give yours another name"):
        type("Mine", (CellSynapse,), {"process": replace(expsyn.ExpSyn, meaning="another")})(cell.soma)
    for wrong in (lambda: CellSynapse(cell.soma(0.5)), lambda: CellSynapse(tau=1.0)):
        with pytest.raises(TypeError, match="CellSynapse is abstract: use ExpSyn"):
            wrong()


def test_topology_is_that_of_a_cell_or_of_all(capsys):
    cell, other = Cell.Builder.add_soma(20, "mine").create(), Cell.Builder.add_soma(20, "theirs").create()
    cell.show_topology()
    assert capsys.readouterr().out == "|-|       mine(0-1)\n"
    Cell.show_topology()
    text = capsys.readouterr().out
    assert 0 <= text.index("mine") < text.index("theirs") and other.soma.name == "theirs"


def test_states_and_currents_can_be_recorded():
    one, _ = ready()
    result = run_sim(1.0, one.soma, record=[(one.soma(0.5), "m_hh"), (one.soma(0.5), "ina_hh")])
    assert 0.0 < result.get(one.soma, "m_hh")[0] < 0.1 and result.get(one.soma, "ina_hh")[0] < 0.0
    with pytest.raises(NonExistentParameterError, match=r"v at d0\(0.5\) was not recorded"):
        result.get_voltages_at(one.dendrites[0])


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda c: run_sim(10.0), ConfigurationError, "at least one section"),
    (lambda c: run_sim(-1.0, c.soma), InvalidParameterValueError, "t_stop must be >= 0 ms"),
    (lambda c: run_sim(1.0, c.soma, dtt=0.1), NonExistentParameterError, "no parameter 'dtt'; did you mean 'dt'"),
    (lambda c: run_sim(1.0, c.soma, dt=0.0), ConfigurationError, "dt must be > 0 ms"),
    (lambda c: run_sim(1.0, c.soma, scheme="euler"), ConfigurationError, "scheme must be one of default, neuron"),
    (lambda c: run_sim(1.0, c.soma, record=[(c.soma(0.5), "k_hh")]), NonExistentParameterError, "no variable 'k_hh'"),
    (lambda c: c.connect_to(ExpSyn(c.soma)), TypeError, "needs a weight"),
    (lambda c: c.connect_to(c.soma, weight=1.0), TypeError, "ends at a receptor"),
    (lambda c: c.connect_to(ExpSyn(c.soma), weight=1.0, delay=-1.0), InvalidParameterValueError, "delay must be >= 0 ms"),
    (lambda c: ExpSyn(c.soma, tau=0.0), InvalidParameterValueError, "tau must be > 0 ms"),
    (lambda c: ExpSyn(taw=1.0), NonExistentParameterError, "no parameter 'taw'"),
    (lambda c: NetStim(interval=-1.0), InvalidParameterValueError, "interval must be > 0 ms"),
    (lambda c: NetStim(noise=2.0), InvalidParameterValueError, "noise must be <= 1"),
    (lambda c: c.add_synaptic_receptor(c.soma, ExpSyn()), TypeError, "needs a segment")])
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(built())


def test_driving_v_to_no_number_names_the_cell():
    one, _ = ready()
    CurrentSource.Constant(1e308, 3.0, 0.0).attach_to(one.soma)
    with pytest.raises(Exception, match=r"must stay finite.*cell 0"):
        run_sim(5.0, one.soma)


def test_results_do_not_depend_on_what_ran_before():
    first = [np.asarray(run_sim(10.0, c.soma).get_voltages_at(c.soma)) for c in ready()]
    second = [np.asarray(run_sim(10.0, c.soma).get_voltages_at(c.soma)) for c in reversed(ready())]
    assert all((a == first[0]).all() for a in [*first, *second])
