"""Observations: what tests compare with. One yaml file each, with values, units, and where they are from.

    mean: 37.7
    std: 1.5
    units: Hz
    source: "Brunel (2000) J Comput Neurosci 8:183, section 5"

Values are numbers in `units`, or text with a unit ("20 ms"). `source` is required; `where` (table, figure, repository and
commit), `kind` (recorded, simulated), `note`, `url` and `doi` are kept with it. A file may hold several observations, by
name: "file.yaml#current.mean_rate" is the one of that dotted name, with the text entries that stand above it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from simcore.errors import ExperimentError, nearest


def load_observation(path: str | os.PathLike, *, folders: tuple[str | os.PathLike, ...] = (), where: str = "") -> dict:
    """The content of an observation file.

    A path that is not absolute is looked for in the current folder, then in `folders`, then there by its name alone.
    ExperimentError if it is not found (naming the nearest), not readable, no mapping, or without source.
    """
    import yaml

    name, _, part = str(path).partition("#")
    file = find_observation(name, folders=folders, where=where)
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise ExperimentError(f"observation {file} cannot be read: {error}", name=str(path), where=where) from error
    if not isinstance(content, Mapping):
        raise ExperimentError(f"observation {file} must be a mapping of keys such as mean, std, units, source",
                              name=str(path), where=where)
    content = _part(dict(content), part, f"observation {file}", where)
    if not content.get("source"):
        raise ExperimentError(f"observation {file} must say its source (author, year, journal, figure or equation)",
                              name=f"{path}: source", where=where)
    return content


def _part(content: dict, part: str, file: str, where: str) -> dict:
    """The mapping of a dotted name, with all text that stands beside the mappings that hold it."""
    for key in filter(None, part.split(".")):
        inner = content.get(key)
        if not isinstance(inner, Mapping):
            names = [str(name) for name, value in content.items() if isinstance(value, Mapping)]
            raise ExperimentError(f"{file} has no part {key!r}{nearest(key, names)}", name=part, valid=names, where=where)
        content = {name: value for name, value in content.items() if isinstance(value, str)} | inner
    return content


def find_observation(path: str | os.PathLike, *, folders: tuple[str | os.PathLike, ...] = (), where: str = "") -> Path:
    """The file of an observation; see load_observation."""
    path = Path(str(path).partition("#")[0])
    places = [path, *(Path(folder) / path for folder in folders), *(Path(folder) / path.name for folder in folders)]
    for place in places:
        if place.is_file():
            return place
    there = [str(file) for place in places if place.parent.is_dir() for file in place.parent.glob("*.y*ml")]
    raise ExperimentError(f"there is no observation {path}{nearest(str(path), there)}", name=str(path), valid=there,
                          where=where)
