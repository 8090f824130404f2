"""What is wrong with a network of detailed cells or with what is to be recorded, and the whole message it gets."""

import math

import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.errors import SimcoreError
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor
from simcore.morphology.sections import Section


def cell(number):
    soma = Section(f"soma{number}", L=20.0, diam=20.0).insert("hh")
    Section(f"dend{number}", L=100.0, diam=2.0, nseg=3).insert("pas").connect(soma, 1.0)
    return soma


def network():
    made = CableNetwork()
    for number in range(2):
        made.add(cell(number))
    return made


def receptor(net, process="ExpSyn"):
    return add_receptor(net.cells[1].root(0.5), POINT_PROCESSES[process], {})


def trace(**request):
    return lambda net: CableSimulation(net, record={"traces": [{"variable": "v"} | request]})


def elsewhere(net):
    net.stimulate(add_receptor(cell(9)(0.5), POINT_PROCESSES["ExpSyn"], {}), [1.0], weight=0.1)
    CableSimulation(net)


def far(net):
    net.connect(0, receptor(net), weight=0.1, delay=1e12)
    CableSimulation(net)


CALLS = {
    "a trace's key": (trace(sections="all"), "a trace has no 'sections'; did you mean 'section'?"),
    "a record's key": (lambda n: CableSimulation(n, record={"trace": []}), "'trace' is nothing to record; did you mean 'traces'?"),
    "no variable": (lambda n: CableSimulation(n, record={"traces": [{"x": 0.5}]}), "a trace needs a variable to record, such as v"),
    "cells -1": (trace(cells=-1), "cells to record must be from 0 to 1, got -1"),
    "spikes of 1.5": (lambda n: CableSimulation(n, record={"spikes": [0, 1.5]}), "spikes must be recorded of all cells (True), none (False) or gids, got [0, 1.5]"),
    "spikes of cell 2": (lambda n: CableSimulation(n, record={"spikes": [1, 2]}), "cells whose spikes are recorded must be from 0 to 1, got 2"),
    "interval 0": (trace(interval=0.0), "a sampling interval must be a whole number of steps (dt = 0.025 ms), got 0 ms"),
    "interval nan": (trace(interval=math.nan), "a sampling interval must be a whole number of steps (dt = 0.025 ms), got nan ms"),
    "one root, two cells": (lambda n: n.add(n.cells[0].root), "the sections of 'soma0' are those of cell 0 already (cell 2)"),
    "a threshold": (lambda n: n.add(cell(2), threshold=math.nan), "threshold must be finite, got nan mV (cell 2)"),
    "another place's": (lambda n: n.watch(0, n.cells[0].root, 0.5, threshold="a"), "threshold must be finite, got 'a' mV (cell 0)"),
    "gid 1.5": (lambda n: n.add(cell(2), gid=1.5), "a gid must be new and a whole number from 0 to 2147483646, got 1.5"),
    "weight": (lambda n: n.connect(0, receptor(n), weight="a"), "weight must be finite, got a uS (cell 0 to soma1(0.5))"),
    "delay": (lambda n: n.connect(0, receptor(n), weight=1.0, delay=math.nan), "delay must be >= 0 ms, got nan ms (cell 0 to soma1(0.5))"),
    "a source": (lambda n: n.connect(-1, receptor(n), weight=1.0), "a source must be a gid, a whole number from 0, got -1 (cell -1 to soma1(0.5))"),
    "a far source": (lambda n: n.connect(2**40, receptor(n), weight=1.0), "a source must be a gid, a whole number from 0, got 1099511627776 (cell 1099511627776 to soma1(0.5))"),
    "a long delay": (far, "a delay must be less than 2,147,483,648 steps (dt = 0.025 ms), got 1e+12 ms"),
    "a time of nan": (lambda n: n.stimulate(receptor(n), [0.3, math.nan], weight=1.0), "times must be >= 0 ms, got nan ms (events to soma1(0.5))"),
    "events of nan uS": (lambda n: n.stimulate(receptor(n), [0.3], weight=math.nan), "weight must be finite, got nan uS (events to soma1(0.5))"),
    "a deaf receptor": (lambda n: n.stimulate(receptor(n, "AlphaSynapse"), [0.3], weight=1.0), "AlphaSynapse follows time and hears no events (events to soma1(0.5))"),
    "a receptor of no cell": (elsewhere, "events must go to cells of the network, got ExpSyn on soma9(0.5), and 'soma9' is the root of none"),
    "a duration": (lambda n: CableSimulation(n).run(math.nan), "a duration must be a whole number of steps (dt = 0.025 ms), got nan ms"),
    "dt": (lambda n: CableSimulation(n, dt="a"), "dt must be > 0 ms, got a ms"),
    "lanes": (lambda n: CableSimulation(n, width=-1), "a block must have at least one lane, got width = -1")}


@pytest.mark.parametrize("case", CALLS)
def test_each_is_refused_with_rule_value_unit_and_place(case):
    call, message = CALLS[case]
    with pytest.raises(SimcoreError) as caught:
        call(network())
    assert str(caught.value) == message
