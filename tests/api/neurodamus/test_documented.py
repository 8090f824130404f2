"""Every name, argument and default of the documentation of neurodamus.core; options and enums: test_configuration.py."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

LINES = [line for line in (Path(__file__).parent / "documented.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


def thing(path):
    """What simcore has under a path below neurodamus.core."""
    module, *names = path.split(".")
    found = importlib.import_module(f"simcore.api.neurodamus.core.{module}")
    for name in names:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("line", [line for line in LINES if "(" not in line])
def test_an_attribute_is_there_with_its_value(line):
    path, _, value = line.partition(" = ")
    found = thing(path)
    assert not value or found == ast.literal_eval(value)


def documented(arguments):
    """{name: (kind, default)} of a list of arguments as it is written."""
    function = ast.parse(f"lambda {arguments}: 0", mode="eval").body.args
    ordered = [(a.arg, "positional") for a in function.args]
    defaults = [None] * (len(ordered) - len(function.defaults)) + function.defaults
    named = [(a.arg, "named") for a in function.kwonlyargs]
    return {name: (kind, default) for (name, kind), default in
            zip(ordered + named, defaults + function.kw_defaults, strict=True)}, function.vararg, function.kwarg


@pytest.mark.parametrize("line", [line for line in LINES if "(" in line])
def test_a_call_takes_the_documented_arguments(line):
    path, _, arguments = line.rstrip(")").partition("(")
    ours = list(inspect.signature(thing(path)).parameters.values())
    wanted, more, keywords = documented(arguments)
    for place, (name, (kind, default)) in enumerate(wanted.items()):
        found = ours[place] if kind == "positional" else next(p for p in ours if p.name == name)
        assert found.name == name and found.kind in (found.POSITIONAL_OR_KEYWORD, found.KEYWORD_ONLY)
        assert found.kind is not found.KEYWORD_ONLY or kind == "named"
        if default is None:
            assert found.default is found.empty
        elif isinstance(default, ast.Attribute):
            assert found.default is thing(ast.unparse(default))
        else:
            assert found.default == ast.literal_eval(default)
    kinds = {p.kind for p in ours}
    assert not more or inspect.Parameter.VAR_POSITIONAL in kinds
    assert not keywords or inspect.Parameter.VAR_KEYWORD in kinds or {"seed", "base_amp"} & {p.name for p in ours}
    needed = [p.name for p in ours if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    assert set(needed) <= set(wanted), "nothing else may be needed"


def test_aliases_are_the_same_thing():
    assert thing("synapses.NetStim") is thing("synapses.VirtualSpikeSource")
    assert thing("cell.Cell.Mechanisms") is thing("mechanisms.Mechanism")
    assert thing("mechanisms.Mechanism.HH") is thing("mechanisms.HH")
