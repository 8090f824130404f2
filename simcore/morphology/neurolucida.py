"""Somata of Neurolucida files (ASC): stacks of contours, which MorphIO refuses."""

from __future__ import annotations

import re

import numpy as np

_TOKENS = re.compile(r';[^\n]*|"[^"]*"|[()]')
_NAMED = re.compile(r'\(\s*"(cell\s?body|soma)"|\(\s*cellbody\s*\)', re.IGNORECASE)
_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_POINT = re.compile(rf"\(\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+{_NUMBER}(?=[\s,)])[^()]*\)")


def one_contour(text: str) -> tuple[str, list[np.ndarray]]:
    """The text with the first of its contours of cell bodies only, and all of them, (n, 3) um, of three points at least."""
    kept, contours, last = [], [], 0
    for begin, end in _blocks(text):
        block = text[begin:end]
        if not _NAMED.search(block):
            continue
        points = np.array([[float(x) for x in place] for place in _POINT.findall(re.sub(r";[^\n]*", "", block))])
        if contours:
            kept.append(text[last:begin] + "\n" * block.count("\n"))         # lines keep their numbers
            last = end
        if len(points) > 2:
            contours.append(points)
    return "".join([*kept, text[last:]]), contours


def _blocks(text: str) -> list[tuple[int, int]]:
    """(begin, end) of the outermost pairs of brackets."""
    found, depth, begin = [], 0, 0
    for token in _TOKENS.finditer(text):
        if token.group() == "(":
            begin = token.start() if depth == 0 else begin
            depth += 1
        elif token.group() == ")":
            depth -= 1
            if depth == 0:
                found.append((begin, token.end()))
    return found
