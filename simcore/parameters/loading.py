"""Trees of parameters from files of all forms: expressions evaluated, `url(...)` followed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simcore.errors import InvalidParameterValueError, ParameterTextError
from simcore.parameters import files
from simcore.parameters.limits import MAX_FILE_DEPTH, MAX_FILES, MAX_TEXT
from simcore.parameters.text import Namespace, Reader, is_expression, parsed, quick


class Loader:
    """Reads files and what they include. files: locations of all that were read, in order.

    http: whether http(s) URLs may be opened. more: further names for expressions. included: made of what
    `url(...)` leads to, called with (tree, url as written). within: folder that all files must lie in, links followed
    (None: anywhere); $SIMCORE_URL_FOLDERS names further ones.
    """

    def __init__(self, *, http: bool = False, more: Mapping[str, Any] | None = None,
                 included: Callable[[Any, str], Any] = lambda tree, url: tree, within: Path | None = None):
        self.http, self.more, self._included = http, dict(more or {}), included
        self.within = within
        self.files: list[str] = []
        self._trail: list[str] = []

    def load(self, url: str, base: str | None = None) -> tuple[Any, str]:
        """(tree, location) of a file; base: the folder, or the URL of the file, that relative paths start from.

        Raises InvalidParameterValueError (also ParameterTextError) naming the file, for files that include each other too.
        """
        if self.within is not None:
            check_within(files.located(url, base), self.within)
        text, location = files.read_text(url, base=base, http=self.http)
        if location in self._trail or len(self._trail) >= MAX_FILE_DEPTH:
            raise InvalidParameterValueError(f"files include each other in a circle, or more than {MAX_FILE_DEPTH} deep: "
                                             f"{' -> '.join([*self._trail, location])}", name=location)
        if len(self.files) >= MAX_FILES:
            raise InvalidParameterValueError(f"more than {MAX_FILES:,} files are included", name=location)
        if location not in self.files:
            self.files.append(location)
        self._trail.append(location)
        try:
            return self.tree(text, files.form_of(location), folder_of(location), where=location), location
        finally:
            self._trail.pop()

    def load_plain(self, url: str) -> tuple[Any, str]:
        """(tree, location) of a file, in which text that is an expression is still text (if it is not a literal file)."""
        text, location = files.read_text(url, http=self.http)
        form = files.form_of(location)
        if form == "text":
            return self.tree(text, form, folder_of(location), where=location), location
        return files.parse(text, form, where=location), location

    def tree(self, text: str, form: str, base: str | None, *, where: str = "") -> Any:
        """The tree of a text in one of the forms text, yaml, json, toml."""
        if form == "text":
            return self._read(text, base, where)
        return self.expanded(files.parse(text, form, where=where), base, where=where)

    def expanded(self, value: Any, base: str | None, *, where: str = "", path: str = "") -> Any:
        """Plain values with every text that is an expression replaced by its value; path: dotted, for errors."""
        if isinstance(value, str):
            return self._read(value, base, f"{where}: {path}" if path else where) if is_expression(value) else value
        if isinstance(value, Mapping):
            return {k: self.expanded(v, base, where=where, path=f"{path}.{k}" if path else str(k))
                    for k, v in value.items()}
        if isinstance(value, list):
            return [self.expanded(v, base, where=where, path=f"{path}[{i}]") for i, v in enumerate(value)]
        return value

    def _read(self, text: str, base: str | None, where: str) -> Any:
        def url(address: str) -> Any:
            if not isinstance(address, str):
                raise ParameterTextError(f"url(...) takes the path or URL of a file, got {address!r}", got=address)
            return self._included(self.load(address, base)[0], address)

        if not text.strip():
            return {}
        if len(text) <= MAX_TEXT and (found := quick(text.strip())) is not None:
            files.check_size(found, where=where)
            return found
        return Reader(Namespace().extended({"url": url, **self.more}, where=where)).value(parsed(text, where))


def check_within(location: str, folder: Path) -> None:
    """Refuse a path that leads out of a folder and of those that $SIMCORE_URL_FOLDERS allows, links followed."""
    if "://" in location:
        return                          # of http, which has a permission of its own
    allowed = [folder, *map(Path, filter(None, os.environ.get("SIMCORE_URL_FOLDERS", "").split(os.pathsep)))]
    if not any(Path(location).resolve().is_relative_to(root.resolve()) for root in allowed):
        raise InvalidParameterValueError(f"url(...) leads to {location}, which is not below the folder of the experiment, "
                                         f"{folder}: only files there are read; SIMCORE_URL_FOLDERS=FOLDER allows another",
                                         name=location, got=location)


def folder_of(location: str) -> str:
    """What relative addresses in a file start from: its folder, or its URL."""
    return location if "://" in location else str(Path(location).parent)
