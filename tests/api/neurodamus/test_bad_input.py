"""Bad input and the whole message it gets: the rule, the value with its unit, where, and what would be right."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from simcore.api.neurodamus.core.cell import Cell
from simcore.api.neurodamus.core.mechanisms import HH
from simcore.api.neurodamus.core.running import run_sim
from simcore.api.neurodamus.core.stimuli import ConductanceSource, CurrentSource
from simcore.api.neurodamus.core.synapses import ExpSyn
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.errors import SimcoreError
from tests.mpi.launch import mpiexec

SWC = "1 1 0 0 0 10 -1\n2 3 10 0 0 1 1\n3 3 50 0 0 1 2\n"
FILES = {
    "loop.swc": SWC + "4 3 60 0 0 1 5\n5 3 70 0 0 1 4\n", "orphan.swc": SWC + "4 3 60 0 0 1 9\n", "thin.swc": SWC + "4 3 60 0 0 -1 3\n",
    "two.swc": "1 3 0 0 0 1 -1\n2 3 9 0 0 1 1\n3 3 0 5 0 1 -1\n4 3 0 9 0 1 3\n", "words.swc": SWC + "4 3 sixty 0 0 1 3\n", "cell.hoc": "create soma\n",
    "bad.asc": "((Dendrite)\n (9 0 0 1)\n (40 0 0 1)\n", "bad.h5": "no HDF5"}
MESSAGES = {
    "loop.swc": "a tree has no loops: sample 4 is its own ancestor ({path})",
    "missing.swc": "there is no such morphology file ({path})",
    "orphan.swc": "the parent of sample 4 must exist, got 9 ({path})",
    "thin.swc": "a radius must be > 0 um, got -1 um at sample 4 ({path})",
    "two.swc": "a cell is one tree: sample 3 has no parent and is no neurite of a soma ({path})",
    "words.swc": "line 4 must have id, type, x, y, z, radius, parent, got '4 3 sixty 0 0 1 3' ({path})",
    "cell.hoc": "a morphology must be a file of type .swc, .asc, .h5, got 'cell.hoc' ({path})"}


@pytest.mark.parametrize("name", [*FILES, "missing.swc"])
def test_a_file_that_is_no_morphology(name, tmp_path):
    path = tmp_path / name
    if name in FILES:
        path.write_text(FILES[name])
    with pytest.raises(SimcoreError) as caught:
        Cell(0, path)
    wanted = MESSAGES.get(name, "cannot use this morphology: ")
    assert str(caught.value).startswith(wanted.format(path=path)) and str(caught.value).endswith(f"({path})")
    assert str(caught.value).count(str(path)) == 1


def built():
    cell = Cell.Builder.add_soma(20).add_dendrite("dend", 100, 3, diam=2).create()
    HH().apply(cell.all)
    return cell


def seg(cell):
    return cell.dendrites[0](0.5)


CALLS = {
    "a section without parent": (lambda c: Cell.Builder.DendriteSection("lonely", 10, diam=1).create(), "a cell needs a soma as root; 'lonely', the root of 'lonely', is none and has no parent (lonely)"),
    "a loop": (lambda c: c.soma.connect(c.dendrites[0]), "a tree has no loops: 'dend' is below 'soma' or is it (soma)"),
    "diam -5": (lambda c: setattr(c.soma, "diam", -5), "diam must be > 0 um, got -5 um (soma)"),
    "diam of a segment": (lambda c: setattr(seg(c), "diam", -5), "diam must be > 0 um, got -5 um (dend(0.5))"),
    "nseg 0": (lambda c: setattr(c.soma, "nseg", 0), "nseg must be a whole number from 1 to 32767, got 0 (soma)"),
    "nseg nan": (lambda c: setattr(c.soma, "nseg", float("nan")), "nseg must be a whole number from 1 to 32767, got nan (soma)"),
    "nseg inf": (lambda c: setattr(c.soma, "nseg", float("inf")), "nseg must be a whole number from 1 to 32767, got inf (soma)"),
    "cm of a segment": (lambda c: setattr(seg(c), "cm", 0.0), "cm must be > 0 uF/cm2, got 0.0 uF/cm2 (dend(0.5))"),
    "gnabar of a segment": (lambda c: setattr(seg(c), "gnabar_hh", -0.1), "gnabar_hh must be >= 0 S/cm**2, got -0.1 S/cm**2 (dend(0.5))"),
    "no mechanism": (lambda c: setattr(seg(c), "g_pas", 1.0), "section 'dend' has no g_pas: insert 'pas' first"),
    "a typing error": (lambda c: setattr(seg(c), "gnabr_hh", 1.0), "section 'dend' has no variable 'gnabr_hh'; did you mean 'gnabar_hh'?"),
    "v": (lambda c: setattr(seg(c), "v", -50.0), "section 'dend' does not keep v: a run begins at its v_init, and its result has v"),
    "a state": (lambda c: seg(c).m_hh, "m_hh of section 'dend' is computed by a run: record it there"),
    "Ra of a segment": (lambda c: setattr(seg(c), "Ra", 100.0), "Ra is one for a section, not for its segments: use section 'dend' itself"),
    "x 1.5": (lambda c: c.soma(1.5), "a position must be from 0 to 1, got 1.5 (soma)"),
    "t_stop -1": (lambda c: run_sim(-1.0, c.soma), "t_stop must be >= 0 ms, got -1.0"),
    "t_stop nan": (lambda c: run_sim(float("nan"), c.soma), "t_stop must be a finite number [ms], got nan"),
    "v_init nan": (lambda c: run_sim(1.0, c.soma, v_init=float("nan")), "v_init must be a finite number [mV], got nan"),
    "v_init text": (lambda c: run_sim(1.0, c.soma, v_init="rest"), "v_init must be a finite number [mV], got 'rest'"),
    "v_init nan of a network": (lambda c: CableSimulation(CableNetwork(), v_init=float("nan")), "v_init must be finite, got nan mV"),
    "celsius nan of a network": (lambda c: CableSimulation(CableNetwork(), celsius=float("nan")), "celsius must be finite, got nan degC"),
    "celsius inf": (lambda c: run_sim(1.0, c.soma, celsius=float("inf")), "celsius must be a finite number [degC], got inf"),
    "a current of inf": (lambda c: CurrentSource.Constant(float("inf"), 1.0), "amplitude of a clamp must be finite, got inf nA (point 0)"),
    "a current of nan": (lambda c: CurrentSource.ramp(1.0, float("nan"), 5.0).attach_to(c.soma), "values of a clamp must be finite, got nan nA (point 2)"),
    "reversal nan": (lambda c: ConductanceSource.pulse(0.1, 5.0, float("nan")).attach_to(c.soma), "reversal of a clamp must be finite, got nan mV (point 0)"),
    "dt 0": (lambda c: run_sim(1.0, c.soma, dt=0.0), "dt must be > 0 ms, got 0.0 ms"),
    "dt nan": (lambda c: run_sim(1.0, c.soma, dt=float("nan")), "dt must be a finite number [ms], got nan"),
    "a delay": (lambda c: c.connect_to(ExpSyn(c.soma), weight=0.1, delay="soon"), "delay must be >= 0 ms, got soon ms (ExpSyn on soma(0.5))"),
    "a delay of inf": (lambda c: c.connect_to(ExpSyn(c.soma), weight=0.1, delay=float("inf")), "delay must be >= 0 ms, got inf ms (ExpSyn on soma(0.5))"),
    "a threshold": (lambda c: c.connect_to(ExpSyn(c.soma), weight=0.1, threshold=float("nan")), "threshold must be finite, got nan mV (ExpSyn on soma(0.5))"),
    "a weight of nan": (lambda c: c.connect_to(ExpSyn(c.soma), weight=float("nan")), "weight must be finite, got nan uS"),
    "a weight": (lambda c: c.connect_to(ExpSyn(c.soma), weight="0.1"), "a connection needs a weight [uS]: a number or {0: number}, got '0.1'"),
    "a cell to record": (lambda c: run_sim(1.0, c.all), "run_sim records at segments and sections, and with `record` pairs such as (soma(0.5), 'm_hh'), got [soma, dend]"),
    "what to record": (lambda c: run_sim(1.0, c.soma, record=["m_hh"]), "run_sim records at segments and sections, and with `record` pairs such as (soma(0.5), 'm_hh'), got 'm_hh'"),
    "another name": (lambda c: run_sim(1.0, c.soma, v_init_mV=-65.0), "run_sim has no parameter 'v_init_mV'; did you mean 'v_init'?")}


@pytest.mark.parametrize("case", CALLS)
def test_bad_values_are_told_with_the_whole_message(case):
    call, message = CALLS[case]
    with pytest.raises((SimcoreError, AttributeError)) as caught:
        call(built())
    assert str(caught.value) == message


def test_numbers_of_numpy_are_weights_and_a_section_stands_for_its_middle():
    cell = built()
    weights = [cell.connect_to(ExpSyn(cell.soma), weight=w).weight[0] for w in (np.float32(0.5), np.int64(1), np.float64(0.1))]
    assert weights == [0.5, 1.0, 0.1] and all(type(w) is float for w in weights)
    result = run_sim(1.0, cell.soma, record=[(cell.soma, "m_hh")])
    assert result.get(cell.soma, "m_hh").size == result.t_vec.size


def test_a_t_stop_between_two_steps_is_told_and_rounded_as_in_neuron():
    cell = built()
    with pytest.warns(UserWarning, match=r"t_stop = 1.02 ms is no whole number of steps of dt = 0.025 ms: the run ends at 1.025 ms") as told:
        result = cell.run_sim(1.02)
    assert result.t_vec[-1] == pytest.approx(1.025) and len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cell.run_sim(0.3, dt=0.1).t_vec.size == 4 and cell.run_sim(0.0).t_vec.tolist() == [0.0]


FAILS = """
from mpi4py import MPI
from simcore.engine.cable_simulation import CableSimulation
from simcore.morphology.attachments import attach_clamp
from tests.mpi import cables
net = cables.network()
attach_clamp(net.cells[3].root, 0.5, delay=5.0, duration=1.0, amplitude=1e308)
CableSimulation(net, dt=0.05, comm=MPI.COMM_WORLD).run(50.0)
print("went through")
"""


@pytest.mark.mpi
def test_a_rank_that_raises_while_the_others_run_ends_all(tmp_path):
    """Cell 3 is on the second of two ranks; the first would wait for its spikes for ever."""
    program = tmp_path / "fails.py"
    program.write_text(f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[3])!r})\n{FAILS}")
    done = mpiexec(2, program)
    assert done.returncode != 0 and "went through" not in done.stdout
    assert "SimulationError: v and all states must stay finite, but do not before t = 5.4 ms (cell 3)" in done.stderr + done.stdout
