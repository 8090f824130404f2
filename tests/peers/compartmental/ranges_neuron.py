"""Makes reference/ranges.json: a cable whose range variables all differ from segment to segment, in NEURON 9.0.2.

    python ranges_neuron.py
"""

import json
from pathlib import Path

NSEG = 7
RANGES = {                                                  # name -> value at the beginning and at the end
    "diam": (3.0, 1.0), "cm": (0.7, 1.6), "gnabar_hh": (0.2, 0.08), "gkbar_hh": (0.03, 0.05), "gl_hh": (2e-4, 5e-4),
    "el_hh": (-56.0, -53.0), "ena": (52.0, 45.0), "ek": (-70.0, -80.0), "g_pas": (1e-5, 2e-4), "e_pas": (-75.0, -60.0)}
DT, STEPS = 0.025, 1200


def value(name, k):
    """Of segment k."""
    first, last = RANGES[name]
    return first + (last - first) * (k + 0.5) / NSEG


def main():
    from neuron import h

    h.load_file("stdrun.hoc")
    cable = h.Section("cable")
    cable.L, cable.nseg, cable.Ra = 400.0, NSEG, 80.0
    cable.insert("hh")
    cable.insert("pas")
    h.usetable_hh = 0
    for k, segment in enumerate(cable):
        for name in RANGES:
            setattr(segment, name, value(name, k))
    clamp = h.IClamp(cable(0.1))
    clamp.delay, clamp.dur, clamp.amp = 2.0, 25.0, 0.15
    h.dt, h.celsius = DT, 6.3
    h.finitialize(-65.0)
    v = [[segment.v for segment in cable]]
    for _ in range(STEPS):
        h.fadvance()
        v.append([segment.v for segment in cable])
    out = Path(__file__).parent / "reference" / "ranges.json"
    out.write_text(json.dumps({"v": v[::10]}))


if __name__ == "__main__":
    main()
