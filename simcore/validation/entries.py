"""Entries of `tests` in an experiment file: which test, with which observation and parameters, at which runs.

Keys: test (dotted name of its class); observation (a file, or a mapping), at (the runs: see `selection`), name, weight,
fails_because (why it is right that the test fails); all others are parameters of the test.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcore.errors import ExperimentError, nearest
from simcore.validation.canonical import digest
from simcore.validation.errors import ObservationError, ParametersError
from simcore.validation.observations import find_observation, load_observation
from simcore.validation.tests import Test

KEYS = ("test", "observation", "at", "name", "weight", "fails_because")


@dataclass(frozen=True)
class Entry:
    """One entry: the test, ready to judge; where its observation is from; the runs it is for; its weight in means.

    fails_because: why the test is right to fail; "" if it is to pass.
    """

    test: Test
    at: Mapping | str | None
    where: str
    digest: str                 # of the test with its observation, before it judged anything; "" if it has none
    observation_file: str = ""
    weight: float = 1.0
    fails_because: str = ""


def parse_entries(entries: Sequence[Mapping] | None, *, folders: tuple[str | os.PathLike, ...] = (),
                  observations: Mapping | None = None, where: str = "") -> list[Entry]:
    """The entries of an experiment file, checked. ExperimentError naming entry, key, and the nearest valid name.

    folders: where observations are looked for. observations: those that are given by name, not as a file.
    """
    if entries is not None and (isinstance(entries, (str, Mapping)) or not isinstance(entries, Sequence)):
        raise ExperimentError(f"tests must be a list of mappings with the key 'test', got {entries!r}", name="tests",
                              got=entries, where=where)
    return [_entry(entry, f"{where}{': ' if where else ''}tests[{i}]", folders, observations or {})
            for i, entry in enumerate(entries or ())]


def _entry(entry: Any, where: str, folders: tuple, observations: Mapping) -> Entry:
    if not isinstance(entry, Mapping) or "test" not in entry:
        raise ExperimentError(f"an entry of tests must be a mapping with the key 'test', got {entry!r}", name="test",
                              got=entry, where=where)
    cls = find_test(entry["test"], where=where)
    file, observation = "", entry.get("observation")
    if isinstance(observation, str) and observation in observations:
        observation = observations[observation]
    elif isinstance(observation, (str, os.PathLike)):
        file = str(find_observation(observation, folders=folders, where=where))
        observation = load_observation(f"{file}#{str(observation).partition('#')[2]}", where=where)
    params = {key: value for key, value in entry.items() if key not in KEYS}
    _check_params(cls, params, where)
    if observation is None:
        observation = {}
    try:
        test = cls(observation, name=entry.get("name"), **params)
        validated = test.validate_observation(test.observation)
    except (ObservationError, ParametersError, AssertionError, TypeError, ValueError) as error:
        raise ExperimentError(f"{entry['test']}: {error}", name=str(entry["test"]), where=where) from error
    test.observation = test.observation if validated is None else validated
    test._validated = test.observation
    return Entry(test, entry.get("at"), where, _digest(test), file, _weight(entry.get("weight", 1.0), where),
                 _reason(entry.get("fails_because", ""), where))


def _digest(test: Test) -> str:
    """Digest of a test with its observation; "" if it holds something that has none: then it is always judged anew."""
    try:
        return digest(test)
    except TypeError:
        return ""


def find_test(path: object, *, where: str = "") -> type[Test]:
    """The test class of a dotted name; ExperimentError saying what is missing, and the nearest name."""
    if not isinstance(path, str) or not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", path):
        raise ExperimentError(f"test must be the dotted name of a class, such as "
                              f"simcore.validation.checks.brunel.RegimeTest, got {path!r}", name="test", got=path,
                              where=where)
    module_name, _, name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ExperimentError(f"test {path!r}: cannot import {module_name}: {error}", name="test", got=path,
                              where=where) from error
    classes = [key for key, value in vars(module).items() if Test.is_test_class(value)]
    if name not in classes:
        raise ExperimentError(f"test {path!r}: {module_name} has no test {name!r}{nearest(name, classes)}", name="test",
                              got=path, valid=classes, where=where)
    return getattr(module, name)


def _defaults(cls: type[Test]) -> Mapping:
    return cls.default_params or {}


def _check_params(cls: type[Test], params: Mapping, where: str) -> None:
    """Keys must be parameters of the test, where it declares them."""
    schema = cls.params_schema if isinstance(cls.params_schema, Mapping) else {}
    known = [*_defaults(cls), *(key for key in schema if key not in _defaults(cls))]
    for key in params:
        if known and key not in known:
            raise ExperimentError(f"{cls.__name__} has no parameter {key!r}{nearest(key, [*known, *KEYS])}", name=key,
                                  got=params[key], valid=known, where=where)


def _weight(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ExperimentError(f"weight must be a number >= 0, got {value!r}", name="weight", got=value, where=where)
    return float(value)


def _reason(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ExperimentError(f"fails_because must be text that says why the test is right to fail, got {value!r}",
                              name="fails_because", got=value, where=where)
    return " ".join(value.split())
