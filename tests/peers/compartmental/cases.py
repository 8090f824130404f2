"""Cells of the reference data, in simcore."""

import gzip
import json
from pathlib import Path

import numpy as np

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.morphology.attachments import attach_clamp
from simcore.morphology.loading import load
from simcore.morphology.sections import Section

HERE = Path(__file__).parent
CASES = json.loads(gzip.decompress((HERE / "reference" / "cases.json.gz").read_bytes()))
TRACES = dict(np.load(HERE / "reference" / "traces.npz"))


def sections_of(case):
    """Sections of a case, from its SWC file where there is one, with mechanisms and the clamp."""
    about = CASES["traces"][case]
    if "swc" in about:
        made = list(load(HERE / "swc" / about["swc"]).all)
    else:
        made = [Section(s["name"], L=s["L"], diam=s["seg_diam_um"][0]) for s in about["sections"]]
    for section, s in zip(made, about["sections"], strict=True):
        section.nseg, section.Ra, section.cm = s["nseg"], s["Ra"], s["cm"]
        for name in s["mechanisms"]:
            section.insert(name)
        if "pas" in s["mechanisms"]:
            section.g_pas, section.e_pas = about["pas"]["g"], about["pas"]["e"]
    clamp = about["clamp"]
    attach_clamp(made[clamp["section"]], clamp["x"], delay=clamp["delay"], duration=clamp["dur"], amplitude=clamp["amp_nA"])
    return made


def places_of(case, sections):
    """{name of a trace: (section, x)} of a case."""
    if case.startswith("hh_soma"):
        return {"v": (sections[0], 0.5)}
    if case == "hh_cable":
        return {name: (sections[0], x) for name, x in CASES["traces"][case]["record"].items()}
    by_name = {s.name: s for s in sections} | {"soma": sections[0]}
    return {what: (by_name[name], x) for what, (name, x) in CASES["traces"][case]["record"].items()}


def simulate(root, traces, t_stop, **options):
    """{key: (n,) samples up to and with t_stop} of {key: (section, x) or (section, x, variable)}, and the spike steps."""
    traces = {key: (*place, "v")[:3] for key, place in traces.items()}
    network = CableNetwork()
    network.add(root, probes=[place[:2] for place in traces.values()])
    record = {"traces": [{"variable": v, "section": s, "x": x} for s, x, v in traces.values()]}
    simulation = CableSimulation(network, record=record, **options)
    simulation.run(t_stop)
    simulation.recorder.sample_now()
    recording = simulation.recording()
    return {key: t.values[:, 0] for key, t in zip(traces, recording.traces, strict=True)}, recording.spikes.step
