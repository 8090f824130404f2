"""Makes reference/import3d.json.gz: random morphology files, and what NEURON's Import3d makes of them.

    python import3d_neuron.py        (with NEURON 9.0.2)

SWC: somata of 1, 2, 3, 5 samples and branched ones, none at all; single-sample neurites, forks at the first sample, types
that change on the way, samples at one place. ASC: contours clockwise, uneven, tilted, closed, of three points, round,
stacked. Every section gets three compartments and a leak; v of each after 20 ms of 0.02 nA into the root.
"""

import gzip
import json
import math
import random
import tempfile
from pathlib import Path

SWC_SEEDS, ASC_SEEDS = range(1000, 1024), range(500, 510)


def direction(rng):
    angle = rng.uniform(0.0, 2.0 * math.pi)
    return math.cos(angle), math.sin(angle), rng.uniform(-0.3, 0.3)


SOMATA = (                                                 # (place, radius, number of the parent) by sample
    [((0, 0, 0), 8, 0)],
    [((0, 0, 0), 8, 0), ((0, -8, 0), 8, 1), ((0, 8, 0), 8, 1)],
    [((4.0 * i, 0, 0), r, i) for i, r in enumerate((3, 6, 8, 6, 3))],
    [((0, 0, 0), 5, 0), ((12, 1, 0), 6, 1)],
    [((0, 0, 0), 8, 0), ((0, -9, 0), 6, 1), ((0, 9, 0), 7, 1)],
    [((0, 0, 0), 5, 0), ((4, 0, 0), 6, 1), ((8, 0, 0), 5, 2), ((11, 0, 2), 4, 3), ((8, 6, 0), 4, 3), ((8, 9, 1), 3, 5)],
    [((5.0 * i, 0.3 * i, 0), r, i) for i, r in enumerate((4, 7, 5))],
    [])


class Swc:
    def __init__(self, seed):
        self.rng, self.lines, self.gap = random.Random(seed), [], random.Random(seed).choice([1, 1, 1, 3])
        soma = [self.add(1, place, radius, parent * self.gap or -1) for place, radius, parent in SOMATA[seed % 8]]
        if not soma:
            first = self.add(3, (0, 0, 0), self.rng.uniform(0.5, 2.0), -1)
            for _ in range(self.rng.randint(1, 3)):
                self.grow(first, (0, 0, 0), direction(self.rng), 0, 3)
        ball = seed % 8 == 1
        for _ in range(self.rng.randint(1, 5) if soma else 0):
            self.neurite(soma[0] if ball else self.rng.choice(soma), self.rng.choice([2, 3, 3, 4, 5]))

    def add(self, kind, place, radius, parent):
        number = (len(self.lines) + 1) * self.gap
        self.lines.append("{} {} {:.6f} {:.6f} {:.6f} {:.6f} {}".format(number, kind, *place, radius, parent))
        return number

    def neurite(self, parent, kind):
        way = direction(self.rng)
        base = tuple(map(float, self.lines[parent // self.gap - 1].split()[2:5]))
        place = tuple(a + 8.5 * e for a, e in zip(base, way, strict=True))
        first = self.add(kind, place, self.rng.uniform(0.5, 2.0), parent)
        if self.rng.random() < 0.8:
            self.grow(first, place, way, 0, kind)
            if self.rng.random() < 0.3:
                self.grow(first, place, direction(self.rng), 1, kind)

    def grow(self, parent, place, way, depth, kind):
        for _ in range(self.rng.randint(0 if depth else 1, 4)):
            step = self.rng.uniform(5.0, 30.0)
            place = tuple(a + step * e for a, e in zip(place, way, strict=True))
            parent = self.add(kind, place, self.rng.uniform(0.2, 2.0), parent)
            if self.rng.random() < 0.08:
                kind = self.rng.choice([2, 3, 4, 5])
        if depth < 2 and self.rng.random() < 0.6:
            for _ in range(self.rng.choice([2, 2, 3])):
                again = self.rng.random() < 0.1
                first = self.add(kind, place, self.rng.uniform(0.2, 2.0), parent) if again else parent
                self.grow(first, place, direction(self.rng), depth + 1, kind)


def contour(rng, odd):
    n, a, b, tilt = rng.choice([8, 12, 20]), rng.uniform(5, 12), rng.uniform(4, 10), rng.uniform(0, 3)
    if odd == 6:
        a = b = 8.0
    points = []
    for k in range(n):
        t, r = 2.0 * math.pi * k / n * (-1 if odd == 1 else 1), rng.uniform(0.5, 1.2) if odd == 2 else 1.0
        x, y = r * a * math.cos(t), r * b * math.sin(t)
        x, y = x * math.cos(tilt) - y * math.sin(tilt), x * math.sin(tilt) + y * math.cos(tilt)
        points.append((x, y, 0.3 * x if odd == 3 else 0.0))
    if odd == 4:
        points.append(points[0])
    return points[:3] if odd == 5 else points


def asc(seed):
    rng, odd = random.Random(seed), seed % 8
    points = contour(rng, odd)
    size = max(math.dist((0, 0), p[:2]) for p in points)
    text = []
    for z, scale in ((None, 1.0), (2.0, 0.8), (4.0, 0.5)) if odd == 7 else ((None, 1.0),):
        rows = [f"  ({scale * x:.3f} {scale * y:.3f} {w if z is None else z:.3f} 0.15)" for x, y, w in points]
        text.append("\n".join(['("CellBody"\n  (Color Red)\n  (CellBody)', *rows, ")\n"]))

    def grow(place, way, depth):
        lines = ""
        for _ in range(rng.randint(2, 4)):
            step = rng.uniform(5.0, 30.0)
            place = [p + step * e for p, e in zip(place, way, strict=True)]
            lines += "  ({:.3f} {:.3f} {:.3f} {:.3f})\n".format(*place, rng.uniform(0.4, 3.0))
        if depth < 2 and rng.random() < 0.7:
            lines += "  (\n" + "  |\n".join(grow(place, direction(rng), depth + 1) for _ in range(2)) + "  )\n"
        return lines

    for _ in range(rng.randint(1, 3)):
        way, far = direction(rng), rng.choice([0.3, 1.0, 1.0, 3.0])
        begin = [far * size * e for e in way]
        text.append(f"((Color Blue)\n  ({rng.choice(['Dendrite', 'Axon', 'Apical'])})\n{grow(begin, way, 0)})\n")
    return "\n".join(text)


def in_neuron(h, path, reader):
    """Sections as NEURON has them, with areas [um2], axial resistances [MOhm] and v [mV] after 20 ms."""
    for section in list(h.allsec()):
        h.delete_section(sec=section)
    reader.input(str(path))
    cell = type("Cell", (), {})()
    h.Import3d_GUI(reader, 0).instantiate(cell)
    sections = list(h.allsec())
    for section in sections:
        section.nseg, section.Ra = 3, 100.0
        section.insert("pas")
        for segment in section:
            segment.pas.g, segment.pas.e = 1e-4, -70.0
    clamp = h.IClamp(next(s for s in sections if s.parentseg() is None)(0.5))
    clamp.delay, clamp.dur, clamp.amp = 0.0, 1e9, 0.02
    h.dt = 0.025
    h.finitialize(-70.0)
    for _ in range(800):
        h.fadvance()

    def name(section):
        short = section.name().split(".")[-1]
        return short if "[" in short else short + "[0]"

    return [{"name": name(s), "parent": s.parentseg() and name(s.parentseg().sec), "x": s.parentseg() and s.parentseg().x,
             "L": s.L, "n_points": s.n3d(), "area": [g.area() for g in s], "ri": [g.ri() for g in s], "v": [g.v for g in s]}
            for s in sections]


def main():
    from neuron import h

    h.load_file("stdrun.hoc")
    h.load_file("import3d.hoc")
    files = {f"{seed}.swc": "# made\n" + "\n".join(Swc(seed).lines) + "\n" for seed in SWC_SEEDS}
    files |= {f"{seed}.asc": asc(seed) for seed in ASC_SEEDS}
    made = {}
    for name, text in files.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text)
            reader = h.Import3d_SWC_read() if path.suffix == ".swc" else h.Import3d_Neurolucida3()
            made[name] = {"text": text, "sections": in_neuron(h, path, reader)}
    out = Path(__file__).parent / "reference" / "import3d.json.gz"
    out.write_bytes(gzip.compress(json.dumps(made).encode(), mtime=0))


if __name__ == "__main__":
    main()
