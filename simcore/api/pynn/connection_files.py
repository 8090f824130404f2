"""Files of connections: PyNN 0.6's `label[2, 3]⇥label[5]⇥weight⇥delay`, and columns of numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from simcore.api.pynn.errors import ConnectionError

_CELL = re.compile(r"\[([-\d,\s]*)\]\s*$")


def read_connections(file: object, *, distributed: bool = False) -> tuple[Sequence, tuple[str, ...] | None]:
    """Rows (source, target, …) and the names of what follows the first two (None: weight, delay).

    file: a name, or an object with read() and get_metadata(). Raises ConnectionError for a file that cannot be read.
    """
    if hasattr(file, "read") and hasattr(file, "get_metadata"):
        return np.asarray(file.read()), _further(file.get_metadata().get("columns"))
    names = _parts(str(file)) if distributed else [str(file)]
    rows, columns = [], None
    for name in names:
        try:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ConnectionError(f"cannot read the connections: {error}", name=name) from None
        own, columns = _rows(lines, name)
        rows += own
    return rows, _further(columns)


def _parts(name: str) -> list[str]:
    """The files name.0, name.1, …, in order; `name` itself where one process wrote it."""
    path = Path(name)
    parts = [p for p in path.parent.glob(f"{path.name}.*") if p.suffix[1:].isdigit()]
    if not parts and path.exists():
        return [name]
    if not parts:
        raise ConnectionError(f"there are no files {name}.0, {name}.1, …", name=name)
    return [str(p) for p in sorted(parts, key=lambda p: int(p.suffix[1:]))]


def _further(columns: object) -> tuple[str, ...] | None:
    return None if columns is None else tuple(c for c in columns if c not in ("i", "j"))


def _rows(lines: list[str], file: str) -> tuple[list, list | None]:
    columns, rows = None, []
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.strip() == "columns":
                columns = ast.literal_eval(value.strip())
        elif line.strip():
            try:
                rows.append(tuple(_fields(line)))
            except ValueError as error:
                raise ConnectionError(f"cannot read {line.strip()[:80]!r} as a connection: {error}",
                                      where=f"{file}, line {number}") from None
    return rows, columns


def _fields(line: str) -> Iterator[object]:
    fields = line.rstrip("\n").split("\t") if "\t" in line else line.split()
    if len(fields) < 2:
        raise ValueError("there must be at least a source and a target")
    for field in fields[:2]:
        address = _CELL.search(field)
        if address:
            yield tuple(int(k) for k in address.group(1).split(",") if k.strip())
        else:
            number = float(field)
            if number != int(number):
                raise ValueError(f"{field} is no cell")
            yield (int(number),)
    for field in fields[2:]:
        yield float(field)
