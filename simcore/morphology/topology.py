"""Cells in words: what a section is like, and the tree as text."""

from __future__ import annotations

from simcore.morphology.sections import Section


def section_info(section: Section) -> str:
    """Four lines: length, diameter, segments, axial resistivity, with their units."""
    return (f"Section {section.name}\n  length {section.L:g} um\n  diameter {section.diam:g} um\n"
            f"  {section.nseg} segments\n  Ra {section.Ra:g} ohm cm")


def topology(root: Section) -> str:
    """The tree below a root, one section a line: `|` and dashes, one for each segment, in the manner of NEURON."""
    lines = [f"|{'-' * root.nseg}|       {root.name}(0-1)"]
    waiting = [(child, 1) for child in reversed(root.children)]
    while waiting:
        section, depth = waiting.pop()
        hung = f"{section.parent.name}({section.parent_x:g})"
        lines.append(f"{'  ' * depth}`{'-' * section.nseg}|       {section.name}(0-1) on {hung}")
        waiting += [(child, depth + 1) for child in reversed(section.children)]
    return "\n".join(lines)
