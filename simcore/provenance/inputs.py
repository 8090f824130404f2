"""Files that the points of a study were made of, as they lay beside each other: experiment files, and what these name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from simcore.provenance.record import file_digest


def places(names: Iterable[str]) -> dict[str, Path]:
    """Where each file of a record lies below the folder that has them all; if there is none, its name alone."""
    paths = {name: Path(os.path.normpath(name)) for name in names}
    try:
        top = os.path.commonpath([path.parent for path in paths.values()])
    except ValueError:                                      # no files, or absolute names and others
        return {name: Path(path.name) for name, path in paths.items()}
    found = {name: path.relative_to(top) for name, path in paths.items()}
    return {name: Path(path.name) if ".." in path.parts else path for name, path in found.items()}


def take_inputs(inputs: Mapping[str, str], to: Path, folders: Sequence[Path]) -> list[Path]:
    """Copy files (name: digest) that are still what was read; returns the folders below `to` that they are in.

    folders: where they may be, under their names or their places; the first that has the content is taken.
    """
    found = []
    for name, place in places(inputs).items():
        candidates = (folder / path for folder in folders for path in (name, place))
        source = next((path for path in candidates if path.is_file() and file_digest(path) == inputs[name]), None)
        if source:
            (to / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to / place)
            found.append((to / place).parent)
    return list(dict.fromkeys(found))
