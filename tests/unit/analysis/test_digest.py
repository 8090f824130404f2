import importlib

import pytest

from simcore.analysis.base import QUANTITIES, Quantity
from simcore.analysis.digest import source_digest
from simcore.errors import ExperimentError

SOURCE = '''
import functools
import math
from digested import helpers
from digested.helpers import scaled, Weights

WIDTH = 3.0

def inner(x):
    """Twice."""
    return 2 * x

@functools.lru_cache
def cached(x):
    return x + 1

def outer(x):
    """What it is."""
    return inner(x) * WIDTH + scaled(x) + Weights().of(x) + cached(x)

def by_module(x):
    return helpers.scaled(x)

def other(x):
    return math.sqrt(x)
'''
HELPERS = '''
def scaled(x):
    return 5 * x

class Weights:
    def of(self, x):
        return deep(x)

def deep(x):
    return x

def unused(x):
    return 0
'''


@pytest.fixture
def digests(tmp_path, monkeypatch):
    """Digests of the functions after edits (old, new) of the two files of a package."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def of(*edits):
        import shutil
        import sys
        package = tmp_path / "digested"
        shutil.rmtree(package, ignore_errors=True)
        package.mkdir()
        texts = {"__init__": "", "main": SOURCE, "helpers": HELPERS}
        for old, new in edits:
            assert sum(old in text for text in texts.values()) == 1
            texts = {name: text.replace(old, new) for name, text in texts.items()}
        for name, text in texts.items():
            (package / f"{name}.py").write_text(text)
        for name in [n for n in sys.modules if n.split(".")[0] == "digested"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.dont_write_bytecode = True
        import linecache
        linecache.clearcache()
        main = importlib.import_module("digested.main")
        return [source_digest(f) for f in (main.outer, main.by_module, main.other)]

    yield of
    import sys
    sys.dont_write_bytecode = False
    for name in [n for n in sys.modules if n.split(".")[0] == "digested"]:
        del sys.modules[name]


@pytest.mark.parametrize(("edit", "changed"), [
    (("return 2 * x", "return 3 * x"), [True, False, False]),           # a function it calls
    (("WIDTH = 3.0", "WIDTH = 4.0"), [True, False, False]),             # a constant
    (("return x + 1", "return x + 2"), [True, False, False]),           # behind a decorator
    (("return 5 * x", "return 6 * x"), [True, True, False]),            # of another module of the package
    (("return x\n", "return -x\n"), [True, True, False]),               # two calls deep, through a class
    (("return 0", "return 1"), [False, True, False]),                   # of a module used as a whole all counts
    (("math.sqrt(x)", "math.cbrt(x)"), [False, False, True]),
    (('"""What it is."""', '"""What it was."""'), [False] * 3),         # text
    (("return 5 * x", "return (5\n            * x)   # times five"), [False] * 3),
])
def test_a_digest_changes_with_what_values_depend_on_and_with_nothing_else(digests, edit, changed):
    before, after = digests(), digests(edit)
    assert [a != b for a, b in zip(before, after, strict=True)] == changed


def test_a_digest_is_the_same_every_time(digests):
    assert digests() == digests()


def test_every_quantity_has_a_digest_of_its_own_and_a_docstring_with_its_formula():
    digests = {quantity.digest for quantity in QUANTITIES.values()}
    assert len(digests) == len(QUANTITIES)
    for quantity in QUANTITIES.values():
        assert quantity.source, quantity.name
        assert len(quantity.function.__doc__.splitlines()) > 2, quantity.name


def test_an_option_without_a_default_or_a_unit_without_an_option_is_refused():
    from simcore.analysis import quantity

    with pytest.raises(ExperimentError, match="'bin' of a quantity must have a default"):
        @quantity()
        def mine(activity, *, bin):
            return 1.0
    with pytest.raises(ExperimentError, match="'bim' is no keyword-only argument of it; did you mean 'bin'"):
        @quantity(options={"bim": "ms"})
        def mine(activity, *, bin=1.0):
            return 1.0
    assert not any(name.endswith(".mine") for name in QUANTITIES)
    assert isinstance(QUANTITIES["mean_rate"], Quantity)
