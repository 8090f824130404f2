"""Imports only go down, and heavy packages are imported only where they belong (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"errors", "units", "_jit", "_math"},
    {"parameters", "rng"},
    {"models", "kernels"},
    {"network", "morphology"},
    {"engine", "experiments"},
    {"store", "provenance"},
    {"trajectory", "analysis"},
    {"validation", "report"},
    {"steps", "logs", "api", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
SIBLINGS = [{"models", "kernels"}]                                  # of one layer, and neither may import the other
ONLY_IN = {                                                         # package: places below simcore/ that may import it
    "numba": {"_jit"},
    "mpi4py": {"engine", "api", "__main__"},
    "zarr": {"store", "trajectory"},
    "git": {"provenance/git"},
    "pint": {"units"},
    "snakemake": set(),
    **{name: {"store", "provenance", "trajectory", "analysis", "validation", "report", "steps", "api", "__main__"}
       for name in ("xarray", "dask")},
    "scipy": {"parameters", "trajectory", "analysis", "validation", "report", "api"},     # parameters: designs, when one is asked for
    "matplotlib": {"analysis", "validation", "report", "api"},
    "pandas": {"trajectory", "analysis", "validation", "report", "api"},
}
FILES = sorted((ROOT / "simcore").rglob("*.py"))


def imports(file, *, at_start=False):
    """Dotted names that a file imports; at_start: when it is loaded itself, so not inside functions or for types."""
    waiting = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if at_start and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}" for alias in node.names) if not node.level else
                        [f"relative import {'.' * node.level}{node.module or ''}"])
        waiting += ast.iter_child_nodes(node)


def part(file):
    """The part of simcore that a file belongs to: a package or a module."""
    return file.relative_to(ROOT / "simcore").with_suffix("").parts[0]


@pytest.mark.parametrize("file", [f for f in FILES if part(f) != "__init__"], ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_go_down(file):
    own = part(file)
    assert own in LEVEL, f"{own} has no layer: give it one here and in docs/architecture.md"
    for name in imports(file):
        assert not name.startswith("relative import"), f"{name}: write where it is, from simcore"
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "simcore" and other in LEVEL and other != own:
            assert LEVEL[other] <= LEVEL[own], f"{own} (layer {LEVEL[own]}) imports {name} (layer {LEVEL[other]})"
            assert other != "api", f"{name}: nothing but a user imports api"
            assert {own, other} not in SIBLINGS, f"{own} and {other} are siblings, but {name} is imported"


@pytest.mark.parametrize("package", ONLY_IN)
def test_package_is_imported_only_where_it_belongs(package):
    for file in FILES:
        place = str(file.relative_to(ROOT / "simcore").with_suffix(""))
        if package in {name.partition(".")[0] for name in imports(file)}:
            assert any(place == p or place.startswith(f"{p}/") for p in ONLY_IN[package]), f"{place} imports {package}"


@pytest.mark.parametrize("place", ["models", "kernels", "network", "engine", "rng", "parameters", "store/writer.py"])
def test_simulation_needs_nothing_heavy(place):
    """A simulating process imports neither xarray nor dask, pint, scipy, pandas, matplotlib when it starts."""
    root = ROOT / "simcore" / place
    for file in [root] if root.is_file() else root.rglob("*.py"):
        found = {name.partition(".")[0] for name in imports(file, at_start=True)}
        heavy = found & {"xarray", "dask", "pint", "scipy", "pandas", "matplotlib", "zarr", "git"}
        assert not heavy, f"{file.name} imports {heavy} when it is loaded"
