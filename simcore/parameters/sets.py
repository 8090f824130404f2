"""ParameterSet: a hierarchy of parameters with dots; ParameterSpace: one that holds ranges and distributions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from simcore.errors import (
    InvalidParameterValueError,
    NonExistentParameterError,
    ParameterTextError,
    ParameterTypeError,
    nearest,
)
from simcore.parameters import files, writing
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.export import exported
from simcore.parameters.loading import Loader
from simcore.parameters.references import View, references_in, replaced, resolution_order, unknown
from simcore.parameters.spaces import SpaceMethods, holds
from simcore.parameters.tables import TableMethods, is_table_text, string_table
from simcore.parameters.values import ParameterRange
from simcore.parameters.walking import nesteddictflatten, nesteddictwalk, same

_get, _set = dict.__getitem__, dict.__setitem__


class ParameterSet(SpaceMethods, dict):
    """A hierarchy of parameters: a dict whose names can be used as attributes and, dotted, through all levels.

    initialiser: a mapping (nested mappings become sets; a set within is kept, not copied; names may be dotted), another
    set, text, a path, a file: URL, or, with http=True, an http(s) URL. Files are Python-literal text, YAML, JSON or
    TOML, by the end of their name. label: a name for people; a set given has its own unless this one is given.
    update_namespace: further names that text may use.

    Raises TypeError for other initialisers, SyntaxError (and ValueError) for text that cannot be read, ValueError for the
    names `parameters` and `names`, at any level.
    """

    non_parameter_attributes: ClassVar = ["_url", "label", "names", "parameters", "flat", "flatten",
                                          "non_parameter_attributes"]
    invalid_names: ClassVar = ["parameters", "names"]

    plain_set: type[ParameterSet]       # itself: what methods of its bases make
    label: str | None

    def __init__(self, initialiser: Any, label: str | None = None, update_namespace: Mapping[str, Any] | None = None, *,
                 http: bool = False):
        super().__init__()
        url = None
        if isinstance(initialiser, (str, os.PathLike)):
            initialiser, url = read_source(initialiser, update_namespace, http=http)
        if not isinstance(initialiser, Mapping):
            raise ParameterTypeError("a ParameterSet is made of a mapping, a set, text, a path or a URL, got "
                                     f"{type(initialiser).__name__}: {initialiser!r}"[:300], got=initialiser)
        object.__setattr__(self, "label", label or getattr(initialiser, "label", None))
        self._fill(initialiser)
        object.__setattr__(self, "_url", url)
        object.__setattr__(self, "_loaded", self.as_dict() if url else None)

    def _fill(self, content: Mapping) -> None:
        for key, value in content.items():
            self._check(key)
            if isinstance(value, dict) and not isinstance(value, ParameterSet):
                value = ParameterSet(value)
            if "." in key:
                self.flat_add(key, value)
            elif isinstance(_get(self, key) if key in self else None, ParameterSet) and isinstance(value, ParameterSet):
                self[key]._fill(value)  # {"a.b": 1, "a": {"c": 2}}
            else:
                _set(self, key, value)

    def _like(self, content: Mapping) -> ParameterSet:
        """A set of this class with the same label, and this content as it is."""
        made = type(self).__new__(type(self))
        dict.update(made, content)
        made.__dict__.update(label=self.label, _url=None, _loaded=None)
        return made

    @staticmethod
    def check_validity(k: str) -> None:
        """Raise ValueError if a name is not allowed: `parameters` and `names` are methods."""
        if k in ParameterSet.invalid_names:
            raise InvalidParameterValueError(f"{k!r} is not allowed as a parameter name.", name=k, got=k)

    def _check(self, key: Any) -> None:
        if not isinstance(key, str):
            raise ParameterTypeError(f"a parameter name must be text, got {key!r}", got=key)
        if key in self.invalid_names or "." in key or not key:
            for part in key.split("."):
                self.check_validity(part)
                if not part:
                    raise InvalidParameterValueError(f"a parameter name cannot be empty, got {key!r}", name=key, got=key)

    @staticmethod
    def read_from_str(s: str, update_namespace: Mapping[str, Any] | None = None) -> Any:
        """What Python-literal text (or the file of a file: URL) says, without executing anything.

        Text is a mapping of literals, Parameter, ParameterRange, GammaDist …, url('…') and ref('a.b'). SyntaxError for
        anything else. update_namespace: further names.
        """
        loader = _loader(update_namespace)
        if s.startswith("file:"):
            return loader.load(s)[0] or {}
        return loader.tree(s, "text", None) or {}

    # --- names ----------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        try:
            return _get(self, name)
        except KeyError:
            pass
        if name.startswith("_"):
            raise AttributeError(name)
        if "." in name:
            return self[name]
        raise _MissingAttributeError(f"this {type(self).__name__} has no parameter {name!r}{nearest(name, self)}", name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.non_parameter_attributes or name in ("_loaded", "_at"):
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self:
            raise _MissingAttributeError(f"there is no parameter {name!r}{nearest(name, self)}", name=name)
        del self[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(k for k in self if k.isidentifier())]

    def __getitem__(self, name: str) -> Any:
        at: Any = self
        try:
            for part in name.split("."):
                at = _get(at, part)
            return at
        except (KeyError, TypeError, AttributeError):
            self._holder(name)          # says so if a parent is missing
            raise unknown(self, name.split("."), name.count(".")) from None

    def __setitem__(self, name: str, value: Any) -> None:
        self._check(name)
        holder, last = self._holder(name) if "." in name else (self, name)
        if isinstance(value, dict) and not isinstance(value, ParameterSet):
            value = ParameterSet(value)
        _set(holder, last, value)

    def __delitem__(self, name: str) -> None:
        holder, last = self._holder(name)
        if last not in holder:
            raise unknown(self, name.split("."), name.count("."))
        dict.__delitem__(holder, last)

    def _holder(self, name: Any) -> tuple[ParameterSet, str]:
        """The set that a dotted name is in, and its last part; NonExistentParameterError for a missing parent."""
        if not isinstance(name, str):
            raise NonExistentParameterError(f"a parameter name must be text, got {name!r}", name=repr(name), got=name)
        *groups, last = name.split(".")
        at: Any = self
        for i, group in enumerate(groups):
            at = dict.get(at, group)
            if not isinstance(at, ParameterSet):
                raise unknown(self, [*groups, last], i if at is None else i + 1)
        return at, last

    def flat_add(self, name: str, value: Any) -> None:
        """As `set[name] = value`, but sets that are missing on the way are made."""
        self._check(name)
        *groups, last = name.split(".")
        at = self
        for i, group in enumerate(groups):
            below = dict.get(at, group)
            if below is None and group not in at:
                _set(at, group, below := ParameterSet({}))
            if not isinstance(below, ParameterSet):
                raise NonExistentParameterError(f"{'.'.join(groups[:i + 1])} is a single value: {name} cannot be added",
                                                name=name)
            at = below
        at[last] = value

    def names(self) -> Any:
        """The names of the first level, as keys()."""
        return self.keys()

    def parameters(self) -> Any:
        """(name, value) of the first level, as items()."""
        return self.items()

    def flat(self) -> Iterator[tuple[str, Any]]:
        """(dotted name, leaf) of all levels."""
        return nesteddictwalk(self)

    def flatten(self) -> dict[str, Any]:
        """{dotted name: leaf} of all levels."""
        return nesteddictflatten(self)

    def get(self, name: str, default: Any = None) -> Any:
        """The value at a dotted name, or default."""
        try:
            return self[name]
        except NonExistentParameterError:
            return default

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a dotted name and return its value, or default."""
        try:
            value = self[name]
        except NonExistentParameterError:
            if default:
                return default[0]
            raise
        del self[name]
        return value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The value at a dotted name, which is set to default if there is none."""
        try:
            return self[name]
        except NonExistentParameterError:
            self[name] = default
            return self[name]

    def update(self, E: Mapping | Iterable = (), **F: Any) -> None:
        """Set parameters from a mapping or (name, value) pairs, and from keywords; names may be dotted."""
        for key, value in E.items() if isinstance(E, Mapping) else E:
            self[key] = value
        for key, value in F.items():
            self[key] = value

    def __ior__(self, other: Mapping | Iterable) -> ParameterSet:
        self.update(other)
        return self

    def __or__(self, other: Mapping) -> ParameterSet:
        made = self.tree_copy()
        made.update(other)
        return made

    def replace_values(self, strict: bool = False, /, **args: Any) -> None:
        """Set each dotted path to its value. KeyError if a parent is missing; if strict, also if there is no such leaf."""
        for path, value in args.items():
            if strict:
                self[path]
            self[path] = value

    # --- copies ---------------------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """The structure as nested plain dicts; leaves are shared."""
        return {k: v.as_dict() if isinstance(v, ParameterSet) else v for k, v in self.items()}

    def tree_copy(self) -> ParameterSet:
        """New sets with the same leaves; a ParameterSpace if there are ranges or distributions."""
        made = self._like({k: v.tree_copy() if isinstance(v, ParameterSet) else v for k, v in self.items()})
        made.__dict__.update(_url=self._url, _loaded=self._loaded)
        return made.as_kind()

    def copy(self) -> ParameterSet:
        """A new set of the same members; sets within are shared."""
        return self._like(self)

    __copy__ = copy

    def as_kind(self) -> ParameterSet:
        """Itself as what it is: ParameterSpace with ranges or distributions, else ParameterSet; tables stay tables."""
        kind = ParameterSpace if self._is_space() else ParameterSet
        if type(self) is not kind and type(self) in (ParameterSet, ParameterSpace):
            made = kind.__new__(kind)
            dict.update(made, self)
            made.__dict__.update(self.__dict__)
            return made
        return self

    def _is_space(self) -> bool:
        return any(v._is_space() if isinstance(v, ParameterSet) else holds(v, (ParameterRange, ParameterDist))
                   for v in self.values())

    def __reduce__(self):
        return _rebuilt, (type(self), dict(self), {k: self.__dict__[k] for k in ("label", "_url", "_loaded")})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping) or len(self) != len(other):
            return False
        return all(k in other and same(v, other[k]) for k, v in self.items())

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    # --- differences ----------------------------------------------------------------------------------------------

    def __sub__(self, other: Mapping) -> tuple[dict, dict]:
        """What differs from another set: the entries of this one, and those of the other, nested."""
        mine, others = {}, {}
        for key in [*self, *(k for k in other if k not in self)]:
            if key in self and key in other:
                a, b = self[key], other[key]
                if isinstance(a, ParameterSet) and isinstance(b, Mapping):
                    a, b = a - b
                    mine.update({key: a} if a else {})
                    others.update({key: b} if b else {})
                    continue
                if same(a, b):
                    continue
            mine.update({key: self[key]} if key in self else {})
            others.update({key: other[key]} if key in other else {})
        return mine, others

    def diff(self, other: Mapping) -> list[writing.Difference]:
        """What differs from another set: (path, left, right) for each leaf, `<MISSING>` where there is none.

        Numbers in different units of one dimension are compared as quantities.
        """
        left, right = self.flatten(), nesteddictflatten(other)
        return [writing.Difference(path, left.get(path, writing.MISSING), right.get(path, writing.MISSING))
                for path in dict.fromkeys([*left, *right])
                if path not in left or path not in right or not same(left[path], right[path])]

    def digest(self) -> str:
        """blake2b-256 of the content: independent of the order of names and of the process."""
        return writing.digest_of(self)

    # --- references -----------------------------------------------------------------------------------------------

    def find_references(self) -> list[tuple[ParameterSet, str, Any]]:
        """(set, name, leaf) of all leaves that are, or hold in a list, references."""
        found: list = []
        for key, value in self.items():
            if isinstance(value, ParameterSet):
                found += value.find_references()
            elif any(True for _ in references_in(value)):
                found.append((self, key, value))
        return found

    def replace_references(self) -> dict[str, tuple[str, Any]]:
        """Replace all references by their values, in place; what was replaced: {path: (formula, value)}.

        References to a range or distribution, or to a set with one, stay: they are evaluated at every point. Raises
        KeyError for unknown paths, ValueError for cycles and for operations on sets, TypeError for operations that
        cannot be applied, UnitError.
        """
        leaves = {path: leaf for path, leaf in self.flat() if any(True for _ in references_in(leaf))}
        stay: set[str] = set()
        view, done = View(self), {}
        for path in resolution_order(leaves) if leaves else ():
            value = _evaluated(leaves[path], view, stay)
            if value is _STAYS:
                stay.add(path)
                continue
            view.known[path] = value
            done[path] = (writing.text_of(leaves[path]), value)
        for path in done:
            self[path] = view.known[path]
        return done

    # --- text and files -------------------------------------------------------------------------------------------

    def pretty(self, indent: str = "  ", expand_urls: bool = False) -> str:
        """Text that gives the set again. Sets within that were loaded from a URL, and not changed since, are shown as
        url("…") unless expand_urls.
        """
        return writing.pretty(self, indent, expand_urls)

    def save(self, url: str | os.PathLike | None = None, expand_urls: bool = False) -> None:
        """Write to a path or file: URL, by default to where it came from, whole or not at all.

        The form follows the end of the name: .yaml, .yml, .json, .toml, else the text of `pretty`. Raises for other
        protocols, which cannot be written.
        """
        target = url if url else self._url
        if not target:
            raise InvalidParameterValueError("this set was not loaded from a file: save(url) needs to say where to")
        scheme = urlsplit(os.fspath(target)).scheme
        if len(scheme) > 1 and scheme != "file":
            raise InvalidParameterValueError(f"Saving using the {scheme} protocol is not implemented", got=os.fspath(target))
        path = Path(files.located(target))
        writing.write_atomically(path, writing.in_form(self, files.form_of(str(path)), expand_urls, str(path.parent)))
        object.__setattr__(self, "_url", self._url or os.fspath(target))
        if self._url == os.fspath(target):
            object.__setattr__(self, "_loaded", self.as_dict())

    def export(self, filename: str | os.PathLike, format: str = "latex", **kwargs: Any) -> None:
        """Write tables for a paper or page: format latex, markdown or html; caption, label, digits, whole=True."""
        writing.write_atomically(Path(filename), exported(self, format, **kwargs))


class ParameterSpace(ParameterSet):
    """A collection of ParameterSets, points of a space: a set that holds ranges and distributions."""


class ParameterTable(TableMethods, ParameterSet):
    """A set of sets (rows) that all have the same names (columns), and no further levels.

    initialiser: as for ParameterSet, or text as `string_table` takes it. ValueError, naming the row, for anything that is
    no table.
    """

    non_parameter_attributes: ClassVar = [*ParameterSet.non_parameter_attributes, "row", "rows", "row_labels",
                                          "column", "columns", "column_labels"]

    def __init__(self, initialiser: Any, label: str | None = None, update_namespace: Mapping[str, Any] | None = None, *,
                 http: bool = False):
        if isinstance(initialiser, str) and is_table_text(initialiser):
            initialiser = string_table(initialiser)
        if not isinstance(initialiser, (Mapping, str, os.PathLike)):
            raise InvalidParameterValueError(f"a table is made of a mapping of rows or of text, got {initialiser!r}",
                                             got=initialiser)
        super().__init__(initialiser, label, update_namespace, http=http)
        self._check_is_table()


ParameterSet.plain_set = ParameterSet


class _MissingAttributeError(NonExistentParameterError, AttributeError):
    """A name that is not in a set, asked for as an attribute."""


_STAYS = object()


def _evaluated(leaf: Any, view: View, stay: set[str]) -> Any:
    """The value of a leaf with references; _STAYS if it depends on something that varies."""
    for reference in references_in(leaf):
        for path in reference.paths():
            if any(path == s or path.startswith(f"{s}.") or s.startswith(f"{path}.") for s in stay):
                return _STAYS
            target = view.find(path)
            if holds(target, (ParameterRange, ParameterDist)) or (isinstance(target, ParameterSet) and target._is_space()):
                return _STAYS
    return replaced(leaf, view.find)


def load_parameters(parameter_url: Any, modified_parameters: Mapping[str, Any], *, http: bool = False) -> ParameterSet:
    """Load a set, replace values by dotted path, then expand its references; any initialiser of a set will do."""
    loaded = ParameterSet(parameter_url, http=http)
    loaded.replace_values(**modified_parameters)
    loaded.replace_references()
    return loaded


def read_source(source: str | os.PathLike, more: Mapping[str, Any] | None = None, *,
                http: bool = False) -> tuple[Any, str | None]:
    """(tree, url) of text (url None), a path or a URL; what looks like a path or URL is never read as text."""
    text = os.fspath(source)
    short = len(text) < 4096 and not any(c in text for c in "\n{}\0")
    scheme = urlsplit(text).scheme if short and "(" not in text else ""
    is_file = short and text.strip() and (isinstance(source, os.PathLike) or scheme in files.SCHEMES or Path(text).exists()
                                          or files.form_of(text) != "text")
    if is_file:
        tree, _ = _loader(more, http=http).load(text)
        return tree, text
    try:
        return ParameterSet.read_from_str(text, more), None
    except ParameterTextError as error:
        hint = f"; there is no file {text!r} either" if short else ""
        raise type(error)(f"{error.message}{hint}", name=error.name, got=error.got, where=error.where) from None


def _loader(more: Mapping[str, Any] | None = None, *, http: bool = False) -> Loader:
    kinds = {kind.__name__: _of_mapping(kind) for kind in (ParameterSet, ParameterSpace, ParameterTable)}
    return Loader(http=http, more={**kinds, **(more or {})}, included=_included)


def _of_mapping(kind: type) -> Callable[..., Any]:
    """A set made in text: of a mapping (a table also of text), never of a file, for that is url(…)."""

    def make(content: Any, label: str | None = None) -> Any:
        if not isinstance(content, Mapping) and not (kind is ParameterTable and isinstance(content, str)
                                                     and is_table_text(content)):
            raise ParameterTypeError(f"{kind.__name__} is made of a mapping, got {content!r}", got=content)
        return kind(content, label)

    return make


def _included(tree: Any, url: str) -> ParameterSet:
    if not isinstance(tree, Mapping):
        raise ParameterTypeError(f"url({url!r}) must lead to a mapping of parameters, got {type(tree).__name__}", got=tree)
    made = ParameterSet(tree)
    made.__dict__.update(_url=url, _loaded=made.as_dict())
    return made


def _rebuilt(kind: type, content: dict, attributes: dict) -> ParameterSet:
    made = kind.__new__(kind)
    dict.update(made, content)
    made.__dict__.update(attributes)
    return made
