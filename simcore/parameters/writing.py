"""Sets of parameters as text: literal, YAML, JSON, TOML; their digest, and how they differ."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from simcore.errors import InvalidParameterValueError
from simcore.parameters.canonical import digest
from simcore.parameters.literals import as_text, quoted
from simcore.parameters.plain import plain

if TYPE_CHECKING:
    from simcore.parameters.sets import ParameterSet

MISSING = "<MISSING>"
_INDENT = 2
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NOT_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}      # also for readers of YAML 1.1
_CONTROL = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class Difference(NamedTuple):
    """One leaf in which two sets differ; MISSING where there is none."""

    path: str
    left: Any
    right: Any

    def __str__(self) -> str:
        return f"{self.path}: {self._side(self.left)} -> {self._side(self.right)}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"path": self.path, "left": plain(self.left), "right": plain(self.right)}

    @staticmethod
    def _side(value: Any) -> str:
        return value if value is MISSING else text_of(value)


def text_of(value: Any) -> str:
    """A leaf as text; of what has no text of its own, the repr."""
    try:
        return as_text(value)
    except TypeError:
        return repr(value)


def digest_of(tree: Mapping) -> str:
    """blake2b-256 of a set in plain types; equal sets have equal digests."""
    return digest(_identity(tree))


def _identity(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _identity(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_identity(inner) for inner in value]
    return {"\0tuple": [_identity(inner) for inner in value]} if isinstance(value, tuple) else plain(value)


def pretty(tree: ParameterSet, indent: str = "  ", expand_urls: bool = False, base: str | None = None) -> str:
    """Literal text of a set; base: the folder in which it will be read, for addresses of sets that were loaded."""
    lines: list[str] = []

    def walk(node: ParameterSet, margin: str) -> None:
        for key, value in node.items():
            head = f"{margin}{quoted(key)}: "
            if not isinstance(value, Mapping):
                lines.append(f"{head}{as_text(value)},")
            elif (url := _address(value, base)) is not None and not expand_urls:
                lines.append(f"{head}url({quoted(url)}),")
            else:
                is_table = hasattr(value, "table_string")
                lines.append(f"{head}{'ParameterTable(' if is_table else ''}{{")
                walk(value, margin + indent)
                lines.append(f"{margin}}}{')' if is_table else ''},")

    walk(tree, indent)
    return "\n".join(["{", *lines, "}"])


def _address(node: Mapping, base: str | None) -> str | None:
    """Where a set came from, if it still is what was there."""
    url, loaded = getattr(node, "_url", None), getattr(node, "_loaded", None)
    if not url or loaded is None or node != loaded:
        return None
    if base is None or "://" in url or url.startswith("file:") or Path(url).is_absolute():
        return url
    return os.path.relpath(url, base or ".")


def plain_tree(tree: Mapping, *, expand_urls: bool = True, base: str | None = None) -> dict[str, Any]:
    """A set in the types of JSON, with texts of expressions for what JSON does not have."""
    made: dict[str, Any] = {}
    for key, value in tree.items():
        if not isinstance(value, Mapping):
            made[key] = plain(value)
        elif not expand_urls and (url := _address(value, base)) is not None:
            made[key] = f"url({quoted(url)})"
        elif hasattr(value, "table_string"):
            made[key] = f"ParameterTable({as_text(value.as_dict())})"
        else:
            made[key] = plain_tree(value, expand_urls=expand_urls, base=base)
    return made


def in_form(tree: ParameterSet, form: str, expand_urls: bool = False, base: str | None = None) -> str:
    """Text of a set in one of the forms text, yaml, json, toml."""
    if form == "text":
        return pretty(tree, expand_urls=expand_urls, base=base) + "\n"
    content = plain_tree(tree, expand_urls=expand_urls, base=base)
    if form == "json":
        return json.dumps(content, indent=_INDENT, allow_nan=False) + "\n"
    if form == "yaml":
        return "\n".join(_yaml_lines(content, "")) + "\n"
    return "\n".join(_toml_lines(content, "")) + "\n"


def _yaml_lines(tree: Mapping, margin: str) -> list[str]:
    lines = []
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{margin}{_yaml(key)}:", *_yaml_lines(value, margin + " " * _INDENT)]
        else:
            lines.append(f"{margin}{_yaml(key)}: {_yaml(value)}")
    return lines or [f"{margin}{{}}"]


def _yaml(value: Any) -> str:
    if isinstance(value, str):
        is_word = _WORD.fullmatch(value) and value.lower() not in _NOT_WORDS
        return value if is_word else _string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_string(k)}: {_yaml(v)}' for k, v in value.items())}}}"
    return "null" if value is None else _number(value)


def _toml_lines(tree: Mapping, prefix: str) -> list[str]:
    """Dotted names, one a line: the order of names is kept, which tables would change."""
    lines = []
    for key, value in tree.items():
        name = f"{prefix}{_string(key) if not re.fullmatch(r'[A-Za-z0-9_-]+', key) else key}"
        lines += _toml_lines(value, f"{name}.") if isinstance(value, Mapping) and value else [f"{name} = {_toml(value)}"]
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_string(k)} = {_toml(v)}' for k, v in value.items())}}}"
    return '"nothing()"' if value is None else _number(value)


def _number(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _string(value: str) -> str:
    """Text in double quotes, valid in JSON, YAML and TOML."""
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise InvalidParameterValueError(f"text with half a surrogate pair cannot be written, got {value!r}", got=value)
    return _CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))


def write_atomically(path: Path, text: str) -> None:
    """Write a text file whole or not at all: under a temporary name in the same folder, then renamed."""
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).chmod(0o666 & ~_umask())
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidParameterValueError(f"{path} cannot be written: {error.strerror}", name=str(path)) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
