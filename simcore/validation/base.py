"""What models, tests, scores and suites have in common: state, digest, JSON, version.

`state` is the public attributes of an object, less the names in `state_hide` of its classes. `hash()` is a digest of
the class with its source and of the state: it does not depend on the commit, on the process, or on the machine.
Pickling keeps everything.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from simcore.validation.canonical import digest
from simcore.validation.serial import Decoder, Encoder
from simcore.validation.sources import source_digest_of


class Versioned:
    """What git knows about the file that an object's class was written in; looked at when asked for."""

    @property
    def version(self) -> str | None:
        """Commit of that file's repository, with "*" if it differs from it; None without a repository."""
        state = self._repository()
        return f"{state['sha']}{'*' if state['dirty'] else ''}" if state.get("sha") else None

    @property
    def remote_url(self) -> str | None:
        """Address of that repository's remote; None if it has none."""
        return self._repository().get("remote")

    @classmethod
    def _repository(cls) -> dict:
        from simcore.provenance.git import repository

        file = getattr(sys.modules.get(cls.__module__), "__file__", None)
        return repository(Path(file).resolve()) if file else {}


class SciUnit(Versioned):
    """Base of models, tests, scores and suites."""

    state_hide: Sequence[str] = ("verbose",)    # names that are not part of what an object is
    verbose = 1
    _url: str | None = None

    @property
    def state(self) -> dict[str, Any]:
        """Public attributes that were set on the object, without those in state_hide."""
        hidden = _hidden(type(self))
        return {key: value for key, value in vars(self).items() if key not in hidden and not key.startswith("_")}

    def identity_state(self) -> dict[str, Any]:
        """What the digest of the object is taken of: the source of its class, and its state."""
        return {"source": source_digest_of(type(self)), **self.state}

    def hash(self, serialization: str | None = None) -> str:
        """Digest of what the object is (40 hexadecimal digits), or of a text."""
        return digest(self if serialization is None else serialization)

    def json(self, add_props: bool = True, string: bool = True, unpicklable: bool = False,
             make_refs: bool = False) -> str | dict:
        """The object as JSON: text, or the tree if not `string`.

        add_props: with the values of properties. unpicklable: exactly, for `from_json`. make_refs: write an object
        that occurs twice only once.
        """
        tree = Encoder(exact=unpicklable, refs=make_refs, props=add_props and not unpicklable).encode(self)
        return json.dumps(tree) if string else tree

    def to_json(self) -> str:
        """All of the object as JSON, for `from_json`; it and what it holds must be of classes that can be imported."""
        return str(self.json(unpicklable=True))

    @classmethod
    def from_json(cls, text: str | dict) -> Self:
        """The object that `to_json` wrote. Imports the modules that the text names."""
        made = Decoder().decode(json.loads(text) if isinstance(text, str) else text)
        if not isinstance(made, cls):
            raise TypeError(f"the JSON is of a {type(made).__name__}, not of a {cls.__name__}")
        return made

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """What JSON is made of: all attributes if exact, else the state."""
        return dict(vars(self)) if exact else self.state

    def restore_state(self, state: dict[str, Any]) -> None:
        """Become what json_state described."""
        self.__dict__.update(state)

    def diff(self, other: SciUnit, add_props: bool = False) -> dict[str, tuple]:
        """Where two objects differ: {dotted path: (value here, value there)}, None for what is not there."""
        return dict(_differences(self.json(add_props, string=False), other.json(add_props, string=False), ""))

    def properties(self, keys: Sequence[str] | None = None, exclude: Sequence[str] | None = None) -> dict[str, Any]:
        """Values of the properties that its classes define, those in `keys` without those in `exclude`."""
        left_out = {"state", "id", "version", "remote_url", "url", "described_class", *(exclude or ())}
        names = [name for name in self.property_names() if name not in left_out and (not keys or name in keys)]
        return {name: getattr(self, name) for name in names}

    def property_names(self) -> list[str]:
        """Names of all properties of its classes, without those in state_hide."""
        hidden = _hidden(type(self))
        return sorted({name for cls in type(self).__mro__ for name, value in vars(cls).items()
                       if isinstance(value, property) and name not in hidden and not name.startswith("_")})

    def get_list_attr_with_bases(self, attr: str) -> list:
        """The list attribute of all its classes, joined."""
        return list(dict.fromkeys(item for cls in type(self).__mro__ for item in vars(cls).get(attr, ())))

    @property
    def described_class(self) -> dict[str, str]:
        """Name, import path and URL of its class."""
        cls = type(self)
        return {"name": cls.__name__, "import_path": f"{cls.__module__}.{cls.__qualname__}", "url": self._url or ""}

    _class = described_class

    @property
    def url(self) -> str | None:
        """Where its code can be found: `_url`, or the remote of its repository."""
        return self._url or self.remote_url


@functools.lru_cache(maxsize=4096)
def _hidden_of(cls: type, _listed: tuple) -> frozenset:
    return frozenset(name for base in cls.__mro__ for name in vars(base).get("state_hide", ()))


def _hidden(cls: type) -> frozenset:
    return _hidden_of(cls, tuple(cls.state_hide))       # the list may grow after the class was made


class TestWeighted:
    """Something with tests, and weights of them."""

    __test__ = False

    @property
    def weights(self) -> list[float]:
        """Weights of the tests, of sum 1; equal if none were given. AssertionError if one is negative, or all 0."""
        given, n = getattr(self, "weights_", None), len(self.tests)
        if not given:
            return [1.0 / n] * n if n else []
        assert len(given) == n, f"There must be one weight for each of {n} tests, not {len(given)}"
        assert all(weight >= 0 for weight in given), "All test weights must be >=0"
        total = sum(given)
        assert total > 0, "Sum of test weights must be > 0"
        return [weight / total for weight in given]


def first_line(thing: object) -> str:
    """First line of a docstring, without its full stop."""
    lines = (inspect.getdoc(thing) or "").strip().splitlines()
    return lines[0].rstrip(".") if lines else ""


def one_line(text: str | None) -> str:
    """A docstring as one line."""
    return " ".join((text or "").split())


def _differences(a: object, b: object, path: str) -> list[tuple[str, tuple]]:
    if isinstance(a, dict) and isinstance(b, dict):
        keys = [*a, *(key for key in b if key not in a)]
        return [found for key in keys
                for found in _differences(a.get(key), b.get(key), f"{path}.{key}" if path else str(key))]
    return [] if a == b else [(path, (a, b))]
