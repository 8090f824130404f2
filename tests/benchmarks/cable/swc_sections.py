"""Reads an SWC file into unbranched sections, without any simulator.

sections(path) returns a list of dicts, the soma first:
  parent   index of the parent section (-1 for the soma)
  kind     SWC type
  points   [(x, y, z, diameter)] in um, first to last

A one-sample soma becomes a cylinder whose length is its diameter. A section whose parent
is the soma starts at its own first sample; any other starts at its parent's last sample.
"""

import math
from itertools import pairwise
from pathlib import Path


def sections(path):
    rows = {}
    for line in Path(path).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            i, t, x, y, z, r, p = line.split()[:7]
            rows[int(i)] = (int(t), float(x), float(y), float(z), 2 * float(r), int(p))
    kids = {}
    for i, row in rows.items():
        kids.setdefault(row[5], []).append(i)
    (root,) = kids[-1]
    t, x, y, z, d, _ = rows[root]
    out = [dict(parent=-1, kind=t, points=[(x, y - d / 2, z, d), (x, y + d / 2, z, d)])]
    stack = [(k, 0, None) for k in reversed(kids.get(root, []))]
    while stack:
        i, parent, before = stack.pop()
        pts = [before] if before else []
        kind = rows[i][0]
        while True:
            pts.append(rows[i][1:5])
            nxt = kids.get(i, [])
            if len(nxt) != 1:
                break
            i = nxt[0]
        out.append(dict(parent=parent, kind=kind, points=pts))
        me = len(out) - 1
        stack += [(k, me, pts[-1]) for k in reversed(nxt)]
    return out


def length(sec):
    p = sec["points"]
    return sum(math.dist(a[:3], b[:3]) for a, b in pairwise(p))
