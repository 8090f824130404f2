"""Makes reference/random_cells.npz: cells of random trees, channels, clamps and synapses, in NEURON 9.0.2.

    python random_cells_neuron.py

`case(seed)` describes a cell; for each seed `v` is (sections, samples) mV at the middle of sections every 10th step, `spikes`
are times [ms] at which v of the root rises above 0 mV.
"""

import random
from pathlib import Path

SEEDS = range(24)
EVERY = 10


def case(seed):
    """A cell as a dict: 1 to 9 sections, any nseg, connections at 0, 1, 0.5 and 0.25, hh or pas, a clamp, up to 3 synapses."""
    r = random.Random(seed)
    sections = [{"parent": -1, "at": 1.0, "hh": True, "L": r.uniform(10, 30), "diam": r.uniform(10, 30), "nseg": r.choice([1, 1, 3]),
                 "Ra": r.uniform(50, 200), "cm": r.uniform(0.5, 2)}]
    for i in range(1, r.randint(1, 9)):
        sections.append({"parent": r.randrange(i), "at": r.choice([1.0, 1.0, 1.0, 0.5, 0.0, 0.25]), "hh": r.random() < 0.4,
                         "L": r.uniform(20, 300), "diam": r.uniform(0.5, 4), "nseg": r.choice([1, 2, 3, 4, 5, 7, 11]),
                         "Ra": r.uniform(50, 200), "cm": r.uniform(0.5, 2), "g": r.uniform(1e-5, 5e-4), "e": r.uniform(-75, -60)})
    n = len(sections)
    clamp = {"section": r.randrange(n), "x": r.choice([0.5, 0.0, 1.0, 0.3]), "amplitude": r.uniform(0.05, 1.0),
             "delay": r.uniform(1, 5), "duration": r.uniform(1, 15)}
    synapses = [{"kind": r.choice(["ExpSyn", "Exp2Syn", "AlphaSynapse"]), "section": r.randrange(n), "x": r.choice([0.1, 0.5, 0.9]),
                 "tau": r.uniform(0.2, 3), "tau2": r.uniform(3.5, 10), "e": r.choice([0.0, -80.0]), "weight": r.uniform(0.001, 0.02),
                 "start": r.uniform(1, 6), "interval": r.uniform(2, 6), "delay": r.choice([1.0, 1.5, 0.3])} for _ in range(r.randint(0, 3))]
    return {"sections": sections, "clamp": clamp, "synapses": synapses, "celsius": r.choice([6.3, 16.3, 37.0]),
            "dt": r.choice([0.025, 0.0125, 0.1]), "v_init": r.choice([-65.0, -70.0]), "t_stop": 25.0}


def parameters(synapse):
    """Those of the point process, by name."""
    found = {"e": synapse["e"]}
    if synapse["kind"] == "AlphaSynapse":
        return found | {"onset": synapse["start"], "tau": synapse["tau"], "gmax": synapse["weight"]}
    if synapse["kind"] == "ExpSyn":
        return found | {"tau": synapse["tau"]}
    return found | {"tau1": synapse["tau"], "tau2": synapse["tau2"]}


def in_neuron(h, cell):
    """(v, spikes)."""
    import numpy as np

    made, keep = [], []
    for s in cell["sections"]:
        section = h.Section(f"s{len(made)}")
        for name in ("L", "diam", "nseg", "Ra", "cm"):
            setattr(section, name, s[name])
        if s["parent"] >= 0:
            section.connect(made[s["parent"]](s["at"]), 0)
        section.insert("hh" if s["hh"] else "pas")
        for segment in section if not s["hh"] else ():
            segment.pas.g, segment.pas.e = s["g"], s["e"]
        made.append(section)
    about = cell["clamp"]
    clamp = h.IClamp(made[about["section"]](about["x"]))
    clamp.amp, clamp.delay, clamp.dur = about["amplitude"], about["delay"], about["duration"]
    for s in cell["synapses"]:
        process = getattr(h, s["kind"])(made[s["section"]](s["x"]))
        for name, value in parameters(s).items():
            setattr(process, name, value)
        keep.append(process)
        if s["kind"] != "AlphaSynapse":
            source = h.NetStim()
            source.start, source.interval, source.number = s["start"], s["interval"], 5
            link = h.NetCon(source, process)
            link.weight[0], link.delay = s["weight"], s["delay"]
            keep += [source, link]
    spikes = h.Vector()
    watch = h.NetCon(made[0](0.5)._ref_v, None, sec=made[0])
    watch.threshold = 0.0
    watch.record(spikes)
    h.celsius, h.dt = cell["celsius"], cell["dt"]
    h.finitialize(cell["v_init"])
    v = [[s(0.5).v for s in made]]
    for k in range(1, round(cell["t_stop"] / cell["dt"]) + 1):
        h.fadvance()
        if k % EVERY == 0:
            v.append([s(0.5).v for s in made])
    return np.array(v).T, np.array(spikes)


def main():
    import numpy as np
    from neuron import h

    h.load_file("stdrun.hoc")
    h.usetable_hh = 0
    arrays = {}
    for seed in SEEDS:
        arrays[f"{seed}/v"], arrays[f"{seed}/spikes"] = in_neuron(h, case(seed))
    np.savez_compressed(Path(__file__).parent / "reference" / "random_cells.npz", **arrays)


if __name__ == "__main__":
    main()
