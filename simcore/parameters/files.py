"""Files of parameters: Python-literal text, YAML, JSON, TOML, from a path or a URL, as plain values.

YAML is read event by event with the scalars of YAML 1.2 (1e-3 is a number, yes and 1:30 are text): no tag makes an
object, an alias is shared and not multiplied, a name given twice is an error. What is too long, too deep or
too large in effect (limits.py) is refused before it takes time or memory.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from simcore.errors import InvalidParameterValueError, ParameterTextError
from simcore.parameters.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES

SCHEMES = ("file", "http", "https")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BETWEEN_KEYS = re.compile(r"[=,{}\[\]\n]")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
          "false": False, "False": False, "FALSE": False, ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan")}
_WORDS.update({f"{sign}{inf}": float(f"{sign}inf") for sign in ("", "+", "-") for inf in (".inf", ".Inf", ".INF")})


def read_text(url: str | os.PathLike, *, base: Path | None = None, http: bool = False) -> tuple[str, str]:
    """(text, location) of a path, a file: URL, or (only if http) an http(s) URL; relative paths start from base.

    Raises InvalidParameterValueError if it cannot be read, is too long, is not UTF-8, or http was not asked for.
    """
    location = located(url, base)
    if urlsplit(location).scheme in ("http", "https"):
        return _downloaded(location, http), location
    try:
        path = Path(location)
        if path.stat().st_size > MAX_CHARACTERS:
            raise InvalidParameterValueError(f"{location} is too long: {path.stat().st_size:,} bytes, at most "
                                             f"{MAX_CHARACTERS:,}", name=location)
        return path.read_text(encoding="utf-8-sig"), location
    except (OSError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, InvalidParameterValueError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidParameterValueError(f"the parameter file {location} cannot be read: {reason}", name=str(url),
                                         got=str(url)) from None


def located(url: str | os.PathLike, base: Path | str | None = None) -> str:
    """Path or http(s) URL that a reference in a file at `base` (folder or URL) leads to."""
    text = os.fspath(url)
    parts = urlsplit(text)
    if parts.scheme in ("http", "https"):
        return text
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise InvalidParameterValueError(f"a file: URL cannot name another host, got {text!r}", got=text)
        return unquote(parts.path)
    if len(parts.scheme) > 1:
        raise InvalidParameterValueError(f"a parameter file can be a path or a URL of {', '.join(SCHEMES)}, got {text!r}",
                                         got=text)
    if base is not None and urlsplit(str(base)).scheme in ("http", "https"):
        return f"{str(base).rsplit('/', 1)[0]}/{text}"
    return str(Path(base or "", text))


def _downloaded(url: str, allowed: bool) -> str:
    if not allowed:
        raise InvalidParameterValueError(f"{url} is not read: a network address is only opened when asked for (http=True)",
                                         name=url, got=url)
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=20) as answer:
            content = answer.read(MAX_CHARACTERS + 1)
        if len(content) > MAX_CHARACTERS:
            raise InvalidParameterValueError(f"{url} is too long, more than {MAX_CHARACTERS:,} bytes", name=url)
        return content.decode("utf-8-sig")
    except (URLError, OSError, UnicodeDecodeError) as error:
        raise InvalidParameterValueError(f"{url} cannot be read: {error}", name=url, got=url) from None


def form_of(location: str) -> str:
    """yaml, json, toml or text, by the end of the name."""
    suffix = Path(urlsplit(location).path if "://" in location else location).suffix.lower()
    return {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}.get(suffix, "text")


def parse(text: str, form: str, *, where: str = "") -> Any:
    """Plain values of YAML, JSON or TOML; ParameterTextError naming the line."""
    if len(text) > MAX_CHARACTERS:
        raise ParameterTextError(f"a file of {len(text):,} characters is too long (at most {MAX_CHARACTERS:,})", where=where)
    try:
        value = _PARSERS[form](text)
    except ParameterTextError as error:
        raise type(error)(error.message, name=error.name, got=error.got, where=where) from None
    except RecursionError:
        raise ParameterTextError(f"this {form.upper()} is nested too deeply", where=where) from None
    except ValueError as error:         # of json and tomllib
        raise ParameterTextError(f"this is not valid {form.upper()}: {error}", where=where) from None
    check_size(value, where=where)
    return value


def check_size(value: Any, *, where: str = "") -> None:
    """Refuse what is nested too deeply, contains itself, or is too large when aliases are multiplied out."""
    sizes: dict[int, int] = {}

    def size(v: Any, depth: int) -> int:
        if not isinstance(v, (dict, list)):
            if not isinstance(v, (str, int, float, type(None))):
                raise ParameterTextError(f"a {type(v).__name__} is no parameter, got {v}; write it as text", where=where)
            return 1
        if depth > MAX_DEPTH:
            raise ParameterTextError(f"nested more than {MAX_DEPTH} deep, or containing itself", where=where)
        if id(v) not in sizes:
            n = sum(size(i, depth + 1) for i in (v.values() if isinstance(v, dict) else v)) + 1
            if n > MAX_NODES:
                raise ParameterTextError(f"more than {MAX_NODES:,} values (aliases of aliases?)", where=where)
            sizes[id(v)] = n
        return sizes[id(v)]

    size(value, 0)


def _json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            raise ParameterTextError(f"the name {next(n for n in names if names.count(n) > 1)!r} is given twice")
        return made

    return json.loads(text, object_pairs_hook=once, parse_float=_finite)


def _finite(digits: str) -> float:
    if (number := float(digits)) - number != 0.0 and digits.lstrip("+-")[:1] not in ("i", "n"):
        raise ParameterTextError(f"the number {digits[:20]} is too large for a float")
    return number


def _yaml(text: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Events(yaml, yaml.parse(text, Loader=loader)).document()
    except yaml.YAMLError as error:
        raise ParameterTextError(f"this is not valid YAML: {' '.join(str(error).split())}") from None


def _toml(text: str) -> Any:
    if any(part.count(".") > 200 for part in _BETWEEN_KEYS.split(text)):     # tomllib takes quadratic memory for a.a.a.a…
        raise ParameterTextError("a dotted name of more than 200 parts")
    return tomllib.loads(text, parse_float=_finite)


_PARSERS: dict[str, Callable[[str], Any]] = {"json": _json, "yaml": _yaml, "toml": _toml}


class _Events:
    """Builds plain values from YAML's events, without recursion in C and with a limit of depth."""

    def __init__(self, yaml: Any, events: Any):
        self.yaml, self.events, self.anchors = yaml, events, {}

    def document(self) -> Any:
        value, n = None, 0
        for event in self.events:
            if isinstance(event, self.yaml.DocumentStartEvent):
                n += 1
                if n > 1:
                    raise self._error("a second document", event)
            elif not isinstance(event, (self.yaml.StreamStartEvent, self.yaml.StreamEndEvent, self.yaml.DocumentEndEvent)):
                value = self._value(event, 0)
        return value

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return self._anchored(event, self._scalar(event))
        if kind == "AliasEvent":
            if event.anchor not in self.anchors:
                raise self._error(f"the alias *{event.anchor}, which is not defined before", event)
            return self.anchors[event.anchor]
        if event.tag and event.tag not in ("!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise self._error(f"the tag {event.tag!r}", event)
        if depth >= MAX_DEPTH:
            raise self._error(f"nesting more than {MAX_DEPTH} deep", event)
        return self._mapping(event, depth) if kind == "MappingStartEvent" else self._sequence(event, depth)

    def _sequence(self, event: Any, depth: int) -> list:
        made: list = []
        while type(item := next(self.events)).__name__ != "SequenceEndEvent":
            made.append(self._value(item, depth + 1))
        return self._anchored(event, made)

    def _mapping(self, event: Any, depth: int) -> dict:
        made: dict = {}
        merged: list[dict] = []
        while type(item := next(self.events)).__name__ != "MappingEndEvent":
            plain = type(item).__name__ == "ScalarEvent" and not item.style
            key = item.value if plain and item.value == "<<" else self._value(item, depth + 1)
            value = self._value(next(self.events), depth + 1)
            if plain and item.value == "<<":
                merged += value if isinstance(value, list) else [value]
                continue
            if isinstance(key, (dict, list)):
                raise self._error("a key that is a list or mapping", item)
            if not isinstance(key, str) and plain:
                key = item.value        # names such as 1 or true are text
            if key in made:
                raise self._error(f"the name {key!r} twice", item)
            made[key] = value
        for base in merged:
            if not isinstance(base, dict):
                raise self._error("<< of what is not a mapping", event)
            made = {**made, **{k: v for k, v in base.items() if k not in made}}
        return self._anchored(event, made)

    def _scalar(self, event: Any) -> Any:
        value = event.value
        if event.tag and event.tag not in ("!", "tag:yaml.org,2002:str"):
            raise self._error(f"the tag {event.tag!r}", event)
        if event.tag or event.style:
            return value
        if value in _WORDS:
            return _WORDS[value]
        if _INT.fullmatch(value):
            if len(value) > 4000:
                raise self._error("a whole number of more than 4000 digits", event)
            return int(value, 0) if value[:2] in ("0x", "0o") else int(value)
        if _FLOAT.fullmatch(value):
            number = float(value)
            if number - number != 0.0:
                raise self._error(f"the number {value[:20]}, too large for a float,", event)
            return number
        return value

    def _anchored(self, event: Any, value: Any) -> Any:
        if event.anchor:
            self.anchors[event.anchor] = value
        return value

    def _error(self, what: str, event: Any) -> ParameterTextError:
        return ParameterTextError(f"{what} is not allowed in YAML of parameters (line {event.start_mark.line + 1})")
