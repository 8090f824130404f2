"""Parameters that are files: a morphology, a recorded trace. Their content is part of what a run is.

A model declares one by `InputFile`; an experiment file names the file relative to itself. The value of the parameter in a
point is the name and the digest of the content, `cells/l5.swc@0f3a…`: an edited file makes other points, hence other runs.
A model's `build` and `run` get the path.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simcore.errors import ExperimentError, InvalidParameterValueError, SimcoreError, nearest
from simcore.parameters.canonical import digest_of_file
from simcore.parameters.loading import check_within
from simcore.units import Param

_DIGITS = 16
_PINNED = re.compile(rf"(.+)@([0-9a-f]{{{_DIGITS}}})")


@dataclass(frozen=True)
class InputFile(Param):
    """Declaration of a parameter that is a file.

    suffixes: what its name may end with. reader: opens the file and raises a SimcoreError if it is no good; called once
    for each content when an experiment is read. folder, source, files: the experiment file's folder and name, and the
    list that files read are noted in; without a folder, values stay as they are.
    """

    default: Any = ""
    suffixes: tuple[str, ...] = ()
    reader: Callable[[Path], object] | None = None
    folder: Path | None = None
    source: str = ""
    files: list = field(default_factory=list, compare=False)

    def parse(self, value: Any, *, name: str, where: str = "") -> Any:
        """The name with the digest of the content. InvalidParameterValueError if there is no such file, or no good one."""
        if self.folder is None or not isinstance(value, str):
            return super().parse(value, name=name, where=where)
        where = f"{self.source}: parameters.{name}" if where == "PARAMETERS" else where
        text = _PINNED.sub(r"\1", value)
        path = self.folder / text
        if not text or path.suffix.lower() not in self.suffixes:
            raise InvalidParameterValueError(f"{name} must be the name of a file of type {', '.join(self.suffixes)}, "
                                             f"got {text!r}", name=name, got=text, valid=self.suffixes, where=where)
        check_within(str(path), self.folder)
        if not path.is_file():
            raise InvalidParameterValueError(f"{name}: there is no file {path}{_near(path, self.suffixes)}", name=name,
                                             got=text, where=where)
        if str(path) not in self.files:
            self._try(path, name, where)
            self.files.append(str(path))
        return f"{text}@{content_digest(path)}"

    def _try(self, path: Path, name: str, where: str) -> None:
        try:
            if self.reader:
                self.reader(path)
        except SimcoreError as error:
            raise InvalidParameterValueError(f"{name}: {error}", name=name, got=str(path), where=where) from None


def bound(declared: Mapping, folder: Path, source: str, files: list[str]) -> dict:
    """Declarations whose files are looked for in the folder of the experiment file `source`; read ones go to `files`."""
    return {key: bound(one, folder, source, files) if isinstance(one, Mapping)
            else dataclasses.replace(one, folder=folder, source=source, files=files) if isinstance(one, InputFile) else one
            for key, one in declared.items()}


def located(parameters: Mapping, declared: Mapping, folders: Sequence[Path], *, where: str = "") -> Mapping:
    """Parameters of a point with the paths of its files. ExperimentError if one is gone, or not what it was."""
    found = {key: _path(parameters[key], folders, where=f"{where}parameters.{key}") if isinstance(one, InputFile)
             else located(parameters[key], one, folders, where=where)
             for key, one in declared.items() if key in parameters and isinstance(one, Mapping | InputFile)}
    return {**parameters, **found} if found else parameters


def content_digest(path: Path) -> str:
    """The first 16 hex digits of the digest of a file's bytes."""
    return digest_of_file(path)[:_DIGITS]


def _path(value: str, folders: Sequence[Path], where: str) -> str:
    match = _PINNED.fullmatch(value)
    if not match:
        return value
    text, digest = match.groups()
    places = [Path(folder, text) for folder in (*folders, Path())]
    there = [place for place in places if place.is_file()]
    same = next((place for place in there if content_digest(place) == digest), None)
    if same is None:
        why = f"{there[0]} has changed since the point was made of it" if there else f"there is no file {text} in " \
            f"{', '.join(map(str, folders)) or Path.cwd()}"
        raise ExperimentError(f"the run needs {text} with the digest {digest}: {why}", name=text, got=value, where=where)
    return str(same.resolve())


def _near(path: Path, suffixes: Sequence[str]) -> str:
    """The hint with the nearest name: of a file beside it, or of its folder."""
    if not path.parent.is_dir():
        folder = next(p for p in path.parents if p.is_dir())
        return f": {folder} has no folder {path.parent.relative_to(folder)}" \
               f"{nearest(path.parent.name, (p.name for p in folder.iterdir() if p.is_dir()))}"
    return nearest(path.name, sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() in suffixes))
