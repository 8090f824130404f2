"""One cell from a morphology file and a step of current into its soma: a point of an f–I curve.

Soma and axon have the channels of Hodgkin & Huxley (1952); dendrites have them with densities `dendritic` times those, or
are passive where it is 0. Sections are cut into compartments not longer than `compartment`, an odd number of them. The
current flows from `start` to the end of the run; explored over `current`, an experiment has the f–I curve.

Source of the equations: A.L. Hodgkin & A.F. Huxley (1952), A quantitative description of membrane current and its
application to conduction and excitation in nerve, J Physiol 117:500.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from simcore.engine.cable_network import CableNetwork
from simcore.engine.detailed import DetailedNetwork
from simcore.errors import ConfigurationError
from simcore.models.clamps import StepCurrent
from simcore.morphology.attachments import attach
from simcore.morphology.loading import SUFFIXES, Morphology, load
from simcore.morphology.sections import Section
from simcore.parameters.inputs import InputFile
from simcore.units import Param


def _whole(path: Path) -> Morphology:
    """The morphology of a file; ConfigurationError if it has no soma."""
    found = load(path)
    if found.soma is None:
        raise ConfigurationError(f"a current is injected into the soma, but {path} has none", name="morphology")
    return found


PARAMETERS = {
    "morphology": InputFile(meaning="file of the cell: SWC, ASC or H5", suffixes=SUFFIXES, reader=_whole),
    "current": Param(0.5, "nA", "injected into the soma"),
    "start": Param(20.0, "ms", "when the current begins", low=0.0),
    "compartment": Param(20.0, "um", "longest compartment", low=0.0, low_open=True),
    "dendritic": Param(0.25, "", "densities of channels in dendrites relative to the soma's; 0: passive", low=0.0),
    "g_pas": Param(1e-4, "S/cm**2", "leak conductance of passive dendrites", low=0.0),
    "e_pas": Param(-65.0, "mV", "its reversal potential"),
    "Ra": Param(100.0, "ohm*cm", "axial resistivity", low=0.0, low_open=True),
    "celsius": Param(6.3, "", "temperature in degrees Celsius", low=-20.0, high=60.0),
    "scheme": Param("default", "", "Crank-Nicolson, second order (default), or backward Euler as NEURON's",
                    choices=("default", "neuron")),
}

POPULATIONS = {"cell": ("v", "m_hh", "h_hh", "n_hh", "ina_hh", "ik_hh", "il_hh", "i_pas")}
PLACES = ("soma", "axon", "tip")

V_INIT, THRESHOLD = -65.0, -10.0                # mV


def cell(parameters: Mapping) -> Morphology:
    """The sections, cut into compartments and with their channels."""
    p = parameters
    found = _whole(Path(p["morphology"]))
    for section in found.all:
        section.Ra = p["Ra"]
        section.nseg = 2 * int(math.ceil(section.L / p["compartment"]) / 2) + 1
        if section.kind in ("soma", "axon") or p["dendritic"]:
            _excite(section, 1.0 if section.kind in ("soma", "axon") else p["dendritic"])
        else:
            section.insert("pas")
            section.g_pas, section.e_pas = p["g_pas"], p["e_pas"]
    return found


def build(parameters: Mapping, seed: int = 0) -> DetailedNetwork:
    """The cell at rest, with its current. Nothing here is random."""
    found = cell(parameters)
    network = CableNetwork()
    network.add(found.soma, threshold=THRESHOLD)
    attach(found.soma, 0.5, StepCurrent(parameters["current"], parameters["start"], 1e9))
    places = {"soma": (found.soma.name, 0.5), "tip": _end(found.dendrites + found.apicals or found.all),
              "axon": _end(found.axons or (found.soma,))}
    return DetailedNetwork(network, {"cell": 1}, places, scheme=parameters["scheme"], celsius=parameters["celsius"],
                           v_init=V_INIT)


def path_length(section: Section) -> float:
    """Way along the tree from the root's end to the end of a section [um]."""
    length = 0.0
    while section.parent is not None:
        length, section = length + section.L, section.parent
    return length


def _excite(section: Section, part: float) -> None:
    section.insert("hh")
    section.gnabar_hh, section.gkbar_hh, section.gl_hh = (part * g for g in (section.gnabar_hh, section.gkbar_hh,
                                                                             section.gl_hh))


def _end(sections: tuple[Section, ...]) -> tuple[str, float]:
    """The last compartment of the section that ends farthest from the soma."""
    last = max(sections, key=path_length)
    return last.name, 1.0 - 0.5 / last.nseg
