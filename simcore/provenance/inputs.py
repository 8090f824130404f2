"""Files that the points of a study were made of, as they lay beside each other: experiment files, and what these name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from simcore.provenance.record import file_digest


def places(names: Iterable[str]) -> dict[str, Path]:
    """Where each file of a record lies below the folder that has them all; if there is none, its name alone.

    Of files that would share a place, later ones have a numbered folder.
    """
    paths = {name: Path(os.path.normpath(name)) for name in names}
    try:
        top = os.path.commonpath([path.parent for path in paths.values()])
    except ValueError:                                      # no files, or absolute names and others
        top = None
    found: dict[str, Path] = {}
    for name, path in paths.items():
        place = Path("..") if top is None else path.relative_to(top)
        place = Path(path.name) if ".." in place.parts else place
        found[name] = Path(str(len(found)), path.name) if place in found.values() else place
    return found


def take_inputs(inputs: Mapping[str, str], to: Path, folders: Sequence[Path]) -> list[Path]:
    """Copy files (name: digest) that are still what was read; returns the folders at and below `to` that have been theirs.

    Also those of files that have changed: an experiment file may have, and what it names is looked for from its folder.
    folders: where they may be, under their names or their places; the first that has the content is taken.
    """
    found = places(inputs)
    for name, place in found.items():
        candidates = (folder / path for folder in folders for path in (name, place))
        source = next((path for path in candidates if path.is_file() and file_digest(path) == inputs[name]), None)
        if source:
            (to / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to / place)
    beside = dict.fromkeys((to / place).parent for place in found.values())
    return [folder for folder in beside if folder.is_dir()]
