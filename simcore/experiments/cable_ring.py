"""A ring of branching cells: each hears the one before it, and an action potential runs round for ever.

A cell has a soma with the channels of Hodgkin & Huxley and a passive dendritic tree, which forks into two `branching`
times after the two stems, four diameters thinner and thinner. Lengths of its sections differ from cell to cell, in a way
that is no random number (multiples of the golden ratio), so that other simulators can have the same cells. The synapse
lies on the first compartment of the first stem; cell 0 gets an event at `kick`.

The circulation takes cells · (delay + response): the response, from the arrival of an event to the spike, is the same at
every visit once the membrane has recovered in between.

Source: the ring test of NEURON and CoreNEURON (M. Hines, github.com/neuronsimulator/ringtest); P. Kumbhar et al. (2019),
CoreNEURON: an optimized compute engine for the NEURON simulator, Front Neuroinform 13:63.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.engine.cable_network import CableNetwork
from simcore.engine.detailed import DetailedNetwork
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor
from simcore.morphology.sections import Section
from simcore.units import Param

PARAMETERS = {
    "cells": Param(16, "", "number of cells", low=2, high=1_000_000),
    "branching": Param(3, "", "how many times the two stems fork", low=0, high=10),
    "compartments": Param(5, "", "compartments of a dendritic section", low=1, high=1000),
    "delay": Param(5.0, "ms", "from a spike to its arrival at the next cell", low=0.0, low_open=True),
    "weight": Param(0.05, "uS", "jump of the synaptic conductance at an arrival", low=0.0),
    "tau_syn": Param(2.0, "ms", "decay time of the synaptic conductance", low=0.0, low_open=True),
    "length": Param(60.0, "um", "mean length of a dendritic section", low=0.0, low_open=True),
    "spread": Param(0.3, "", "largest deviation of a length from the mean, relative", low=0.0, high=1.0, high_open=True),
    "kick": Param(1.0, "ms", "time of the event that starts the circulation", low=0.0),
    "scheme": Param("default", "", "Crank-Nicolson, second order (default), or backward Euler as NEURON's",
                    choices=("default", "neuron")),
}

POPULATIONS = {"ring": ("v", "m_hh", "h_hh", "n_hh", "ina_hh", "ik_hh", "il_hh")}
PLACES = ("soma", "tip")

SOMA = 20.0                                     # um, length and diameter
DIAMETERS = (2.0, 1.5, 1.0, 0.7)                # um, of stems and the levels after them; the last goes on
PASSIVE = {"g_pas": 1e-4, "e_pas": -65.0}       # S/cm2, mV
RA, CM, CELSIUS, V_INIT, THRESHOLD = 100.0, 1.0, 6.3, -65.0, -10.0
GOLDEN = 0.6180339887498949


def tree(parameters: Mapping, gid: int) -> list[tuple[int, float, float]]:
    """Dendritic sections of a cell, level by level: index of the parent here (-1: the soma), length and diameter [um]."""
    sections: list[tuple[int, float, float]] = []
    parents = [-1]
    for level in range(parameters["branching"] + 1):
        level_of = []
        for parent in [p for p in parents for _ in range(2)]:
            turn = (1024 * gid + len(sections) + 1) * GOLDEN % 1.0
            level_of.append(len(sections))
            sections.append((parent, parameters["length"] * (1.0 + parameters["spread"] * (2.0 * turn - 1.0)),
                             DIAMETERS[min(level, len(DIAMETERS) - 1)]))
        parents = level_of
    return sections


def cell(parameters: Mapping, gid: int) -> tuple[Section, list[Section]]:
    """Soma and dendrites of a cell."""
    soma = Section("soma", L=SOMA, diam=SOMA, Ra=RA, cm=CM, kind="soma").insert("hh")
    made: list[Section] = []
    for k, (parent, length, diam) in enumerate(tree(parameters, gid)):
        section = Section(f"dend[{k}]", L=length, diam=diam, nseg=parameters["compartments"], Ra=RA, cm=CM, kind="dend")
        section.insert("pas").connect(made[parent] if parent >= 0 else soma, 1.0)
        for name, value in PASSIVE.items():
            setattr(section, name, value)
        made.append(section)
    return soma, made


def build(parameters: Mapping, seed: int = 0) -> DetailedNetwork:
    """The network at rest. Nothing here is random."""
    p = parameters
    network = CableNetwork()
    first_compartment = 0.5 / p["compartments"]
    for gid in range(p["cells"]):
        soma, dendrites = cell(p, gid)
        network.add(soma, threshold=THRESHOLD)
        synapse = add_receptor(dendrites[0](first_compartment), POINT_PROCESSES["ExpSyn"], {"tau": p["tau_syn"]})
        network.connect((gid - 1) % p["cells"], synapse, weight=p["weight"], delay=p["delay"])
        if gid == 0:
            network.stimulate(synapse, [p["kick"]], weight=p["weight"])
    tip = (dendrites[-1].name, 1.0 - first_compartment)
    return DetailedNetwork(network, {"ring": p["cells"]}, {"soma": ("soma", 0.5), "tip": tip}, scheme=p["scheme"],
                           celsius=CELSIUS, v_init=V_INIT)
