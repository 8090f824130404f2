"""The cells of the studies params/cable_fi.yaml and params/hh_ring.yaml in NEURON 9.0.2; writes studies_neuron.json.

    python studies_neuron.py            (needs neuron and nothing of simcore; three minutes)

"neuron": NEURON's own method (backward Euler, dt 0.025 ms). "fine": secondorder 2 (Crank-Nicolson with staggered gates) at
dt 0.0025 ms, near the true solution. Rates are computed, not read from tables. Times in ms, currents in nA, rates in Hz.
"""

import json
import math
from pathlib import Path

from neuron import h

h.load_file("stdrun.hoc")
h.load_file("import3d.hoc")
HERE = Path(__file__).parent
SWC = HERE.parents[2] / "params" / "morphologies" / "tree50.swc"
CURRENTS = [0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0]
METHODS = {"neuron": (0, 0.025), "fine": (2, 0.0025)}
DURATION, SKIP, START = 520.0, 120.0, 20.0                      # ms
GOLDEN = 0.6180339887498949
h.usetable_hh = 0


def excite(section, part):
    """Hodgkin & Huxley's channels with `part` of their densities."""
    section.insert("hh")
    section.gnabar_hh, section.gkbar_hh, section.gl_hh = 0.12 * part, 0.036 * part, 0.0003 * part
    section.el_hh, section.ena, section.ek = -54.3, 50.0, -77.0


def swc_cell():
    """All sections of the morphology, as simcore.experiments.cable_fi has them; the soma first."""
    reader = h.Import3d_SWC_read()
    reader.input(str(SWC))
    h.Import3d_GUI(reader, False).instantiate(None)
    sections = list(h.allsec())
    for section in sections:
        section.Ra, section.cm = 100.0, 1.0
        section.nseg = 2 * int(math.ceil(section.L / 20.0) / 2) + 1
        excite(section, 1.0 if "soma" in section.name() or "axon" in section.name() else 0.25)
    return sections


def path(section):
    """Way to the end of a section [um]."""
    length = 0.0
    while section.parentseg() is not None:
        length, section = length + section.L, section.parentseg().sec
    return length


def advance(method, duration):
    """Run from rest."""
    h.secondorder, h.dt = METHODS[method]
    h.steps_per_ms = 1.0 / h.dt
    h.celsius, h.v_init, h.tstop = 6.3, -65.0, duration
    h.run()


def peaks(v, dt, level):
    """Times of the maxima between an upward and the next downward crossing of a level, by a parabola through three samples."""
    found, k = [], 1
    while k < len(v) - 1:
        if v[k - 1] <= level < v[k]:
            begin = k
            while k < len(v) and v[k] > level:
                k += 1
            top = max(range(begin, k), key=lambda i: v[i])
            if k < len(v):
                a, b, c = v[top - 1], v[top], v[top + 1]
                found.append((top + 0.5 * (a - c) / (a - 2 * b + c)) * dt)
        k += 1
    return found


def f_i():
    """Spikes of each current, and the way of an action potential along the axon."""
    sections = swc_cell()
    soma = sections[0]
    axon = max((s for s in sections if "axon" in s.name()), key=path)
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur = START, 1e9
    counter = h.NetCon(soma(0.5)._ref_v, None, sec=soma)
    counter.threshold = -10.0
    times, at_soma, at_axon = h.Vector(), h.Vector(), h.Vector()
    counter.record(times)
    at_soma.record(soma(0.5)._ref_v)
    at_axon.record(axon(1.0 - 0.5 / axon.nseg)._ref_v)
    found = {"axon": [axon.name(), axon.nseg, path(axon)], "currents": CURRENTS}
    for method in METHODS:
        rows = []
        for current in CURRENTS:
            clamp.amp = current
            advance(method, DURATION)
            late = [t for t in times if t > SKIP]
            interval = (late[-1] - late[0]) / (len(late) - 1) if len(late) > 1 else None
            row = {"spikes": [round(t, 6) for t in times], "rate": len(late) / (DURATION - SKIP) * 1e3, "interval": interval}
            tops = [peaks(list(v), h.dt, -20.0) for v in (at_soma, at_axon)]
            ways = [min(b for b in tops[1] if b > a) - a for a in tops[0] if a > SKIP and any(b > a for b in tops[1])]
            rows.append(row | {"axon_delay": sum(ways) / len(ways) if ways else None})
        found[method] = rows
    low, high = 0.3, 0.5
    while high - low > 1e-3:
        clamp.amp = 0.5 * (low + high)
        advance("fine", DURATION)
        fires = any(t > SKIP for t in times)
        low, high = (low, clamp.amp) if fires else (clamp.amp, high)
    found["rheobase"] = [low, high]
    for section in sections:
        h.delete_section(sec=section)
    return found


def ring_cell(gid, branching, length=60.0, spread=0.3, nseg=5):
    """Soma and dendrites as simcore.experiments.cable_ring has them."""
    soma = h.Section(name=f"soma{gid}")
    soma.L = soma.diam = 20.0
    excite(soma, 1.0)
    made, parents = [], [soma]
    for level in range(branching + 1):
        new = []
        for parent in parents:
            for _ in range(2):
                section = h.Section(name=f"dend{gid}_{len(made)}")
                turn = (1024 * gid + len(made) + 1) * GOLDEN % 1.0
                section.L, section.diam = length * (1.0 + spread * (2.0 * turn - 1.0)), (2.0, 1.5, 1.0, 0.7)[min(level, 3)]
                section.nseg = nseg
                section.insert("pas")
                section.g_pas, section.e_pas = 1e-4, -65.0
                section.connect(parent(1.0))
                made.append(section)
                new.append(section)
        parents = new
    for section in (soma, *made):
        section.Ra, section.cm = 100.0, 1.0
    return soma, made


def ring(method, cells, branching, delay, duration=300.0):
    """Spikes (time, gid) of the ring."""
    whole = [ring_cell(gid, branching) for gid in range(cells)]
    synapses, wires = [], []
    times, gids = h.Vector(), h.Vector()
    for gid, (_, dendrites) in enumerate(whole):
        synapse = h.ExpSyn(dendrites[0](0.1))
        synapse.tau, synapse.e = 2.0, 0.0
        synapses.append(synapse)
        soma = whole[gid - 1][0]
        wire = h.NetCon(soma(0.5)._ref_v, synapse, sec=soma)
        wire.threshold, wire.delay, wire.weight[0] = -10.0, delay, 0.05
        wire.record(times, gids, (gid - 1) % cells)
        wires.append(wire)
    kick = h.NetStim()
    kick.start, kick.number, kick.noise = 1.0, 1, 0
    wires.append(h.NetCon(kick, synapses[0]))
    wires[-1].delay, wires[-1].weight[0] = 0.0, 0.05
    soma, dendrites = whole[0]
    near, far = h.Vector(), h.Vector()
    near.record(soma(0.5)._ref_v)
    far.record(dendrites[-1](0.9)._ref_v)
    advance(method, duration)
    far_v = list(far)
    starts = [t for t in peaks(list(near), h.dt, -20.0) if t > 50.0]
    ways = []
    for start in starts:
        first, last = round(start / h.dt), min(round((start + 20.0) / h.dt), len(far_v) - 2)
        top = max(range(first, last), key=lambda i: far_v[i])
        a, b, c = far_v[top - 1:top + 2]
        ways += [(top + 0.5 * (a - c) / (a - 2 * b + c)) * h.dt - start] if top < last - 1 else []
    spikes = sorted((round(t, 6), int(g)) for t, g in zip(times, gids, strict=True))
    late = [t for t, _ in spikes if t > 50.0]
    own = [t for t, g in spikes if g == 0]
    return {"cells": cells, "branching": branching, "delay": delay, "n_spikes": len(spikes),
            "hop": (late[-1] - late[0]) / (len(late) - 1), "first": [t for t, _ in spikes[:cells + 2]],
            "last": spikes[-1], "period": (own[-1] - own[0]) / (len(own) - 1), "tip_delay": sum(ways) / len(ways)}


if __name__ == "__main__":
    made = {"version": h.nrnversion(5), "f_i": f_i()}
    made["ring"] = {method: [ring(method, *point) for point in ((8, 3, 2.0), (16, 3, 2.0), (16, 3, 5.0), (16, 3, 10.0))]
                    for method in METHODS}
    (HERE / "studies_neuron.json").write_text(json.dumps(made, indent=1) + "\n")
