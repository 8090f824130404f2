"""Digest of the sources that can change a run's bytes: a run is stale when it changes, and only then.

Which sources: those that make arrays out of a point.
- `_jit`, `_math`, `rng`, `models`, `kernels`, `network`, `engine`: equations, draws, loops, connections,
  time.
- `morphology`: compartments and their geometry.
- of `parameters`, what a network evaluates while it is built: distributions and expressions of connections and values.
- `units`: a network turns what it is given into numbers with them while it is built.
- of `store`, what arrays pass through on their way to the file: `layout`, `zarr3`, `blocks`, `writer`.
- the model's own module, and all that it imports from beside it (or from simcore).
Left out: the rest of `parameters` (the digest of the point says what came out of it), `errors` (no run comes out of an
error), reading stores, zip and renaming (`archive`, `atomic`: bytes of arrays pass through unseen), `provenance` (goes into
attributes, never into arrays), and all layers above, which only read.

What of them: the syntax tree without docstrings, so that editing a comment, a docstring or the layout of a
line re-runs nothing. Trees are kept per file by the digest of its content.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import simcore
from simcore._jit import cache_folder
from simcore.errors import ProvenanceError

PACKAGE = Path(simcore.__file__).resolve().parent
PHYSICS = (
    "_jit.py",
    "_math.py",
    "units.py",
    "rng",
    "models",
    "kernels",
    "network",
    "engine",
    "morphology",
    *(f"parameters/{name}.py" for name in ("conditions", "dimensions", "distributions", "drawing", "expressions", "limits",
                                           "literals", "references", "sequences", "text", "values")),
    "store/layout.py",
    "store/zarr3.py",
    "store/blocks.py",
    "store/writer.py",
)
_MAX_KNOWN = 20_000                     # sources kept parsed on disk: 4 MB; then the file is begun anew
_WITHOUT_EFFECT = ("errors.py", "__init__.py", "parameters/__init__.py", "store", "provenance", "report")


def source_digest(model: str | None = None, *, beside: Sequence[Path] = ()) -> str:
    """BLAKE2b-256 of the sources a run depends on. model: dotted name of the experiment's module.

    beside: folders to look for the model in before sys.path (such as that of the experiment file). Nothing is
    imported but the model's parent packages. Raises ProvenanceError if there is no such module.
    """
    digest = _digest([*physics(), *_of_model(model, beside)])
    _remember()
    return digest


def layer_digests(model: str | None = None, *, beside: Sequence[Path] = ()) -> dict[str, str]:
    """The same for each part of PHYSICS by itself, and `model`: which of them two runs differ in."""
    layers: dict[str, list[Path]] = {"model": _of_model(model, beside)}
    for file in physics():
        layers.setdefault(file.relative_to(PACKAGE).with_suffix("").parts[0], []).append(file)
    return {name: _digest(files) for name, files in layers.items()}


def _of_model(model: str | None, beside: Sequence[Path]) -> list[Path]:
    known = set(physics())
    return [file for file in closure(model_file(model, beside=beside)) if file not in known] if model else []


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=32)
    for name, file in sorted((_name_of(file), file) for file in files):
        digest.update(f"{name} {file_digest(file)}\n".encode())
    return digest.hexdigest()


def physics() -> Iterator[Path]:
    """Source files of PHYSICS."""
    for name in PHYSICS:
        path = PACKAGE / name
        yield from [path] if path.suffix else sorted(path.rglob("*.py"))


def model_file(model: str, *, beside: Sequence[Path] = ()) -> Path:
    """Source file of a module by its dotted name, without importing it."""
    loaded = getattr(sys.modules.get(model), "__file__", None)
    for folder in beside:
        found = _find(Path(folder), model.split("."))
        if found:
            return found
    try:
        spec = None if loaded else importlib.util.find_spec(model)
    except (ImportError, ValueError) as error:
        raise ProvenanceError(f"the model {model!r} cannot be found: {error}", name="model", got=model) from error
    file = loaded or (spec.origin if spec else None)
    if not file or not Path(file).is_file():
        raise ProvenanceError(f"there is no module {model!r} on sys.path{_places(beside)}", name="model", got=model)
    return Path(file).resolve()


def closure(*files: Path) -> list[Path]:
    """The files and all source files they import, directly or not, from their own folder or package or from
    simcore.
    """
    found: dict[Path, None] = {}
    places: dict[tuple[Path, tuple[str, ...]], Path | None] = {}
    waiting = [file.resolve() for file in files]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = None
            waiting += _imports(current, places)
    return list(found)


def file_digest(file: Path) -> str:
    """Digest of the syntax tree of a source file without docstrings; of its bytes if it cannot be parsed."""
    return _parsed(file.read_bytes())[0]


def _parsed(content: bytes) -> tuple[str, list[tuple[int, tuple[str, ...]]]]:
    """What `_parse` finds in a source, from the disk if this content was parsed before (0.4 s for all of simcore)."""
    key = hashlib.blake2b(content, digest_size=16).hexdigest()
    known = _known()
    if key not in known:
        known[key] = _parse(content)
        known.pop("written", None)
    digest, names = known[key]
    return digest, [(level, tuple(parts)) for level, parts in names]


def _cache_file() -> Path:
    """Parsed sources by their content, for this version of Python, whose syntax trees may have a text of their own."""
    return cache_folder().parent / f"sources-{sys.version_info[0]}.{sys.version_info[1]}.json"


@functools.lru_cache(maxsize=1)
def _known() -> dict[str, tuple[str, list]]:
    try:
        found = json.loads(_cache_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return {**found, "written": True} if isinstance(found, dict) and len(found) < _MAX_KNOWN else {}


def _remember() -> None:
    """Write what was parsed for the next process; a cache that cannot be written is none."""
    known = _known()
    if "written" not in known:
        file = _cache_file()
        partial = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        with suppress(OSError):
            partial.write_text(json.dumps(known))
            partial.replace(file)
        known["written"] = True


def _parse(content: bytes) -> tuple[str, list[tuple[int, tuple[str, ...]]]]:
    """Digest of a source, and what it imports: pairs of level (0: absolute) and dotted name.

    `from a import b` gives both a and a.b. One that cannot be parsed has the digest of its bytes and imports
    nothing: whoever imports it will say so.
    """
    try:
        tree = ast.parse(content)
    except SyntaxError:
        return hashlib.blake2b(content, digest_size=32).hexdigest(), []
    names: list[tuple[int, tuple[str, ...]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [(0, tuple(alias.name.split("."))) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            names += [(node.level, base)] * bool(base) + [(node.level, (*base, alias.name)) for alias in node.names]
        _drop_docstring(node)
    return hashlib.blake2b(ast.unparse(tree).encode(), digest_size=32).hexdigest(), names


def _drop_docstring(node: ast.AST) -> None:
    """Take away the docstring of a module, class or function."""
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            node.body = node.body[1:] or [ast.Pass()]


def _imports(file: Path, places: dict[tuple[Path, tuple[str, ...]], Path | None]) -> list[Path]:
    """Source files that a file imports from beside it or from simcore, and that can have an effect on a run.

    places: where names were found before, by folder and name; filled.
    """
    found: dict[Path, None] = {}
    roots = [*_roots(file), PACKAGE.parent]
    for level, parts in _parsed(file.read_bytes())[1]:
        for folder in [file.parents[level - 1]] if level else roots:
            if (folder, parts) not in places:
                places[folder, parts] = _find(folder, parts)
            if place := places[folder, parts]:
                found[place] = None
                break
    return [f for f in found if not _is_without_effect(f)]


def _roots(file: Path) -> Iterable[Path]:
    """Folders that absolute imports of a file may be relative to: its own, and the parent of its top package."""
    yield file.parent
    folder = file.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    yield folder


def _find(folder: Path, parts: Sequence[str]) -> Path | None:
    """The file of a dotted name under a folder: a/b.py, or a/b/__init__.py."""
    if not parts:
        return None
    path = folder.joinpath(*parts)
    for candidate in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate.resolve()
    return None


def _is_without_effect(file: Path) -> bool:
    """Whether this is a file of simcore that is left out (physics is counted anyway)."""
    if not file.is_relative_to(PACKAGE):
        return False
    inside = file.relative_to(PACKAGE).as_posix()
    return any(inside == name or inside.startswith(f"{name}/") for name in _WITHOUT_EFFECT)


def _name_of(file: Path) -> str:
    """Path inside simcore, or the bare name: a clone elsewhere must give the same digest."""
    return f"simcore/{file.relative_to(PACKAGE).as_posix()}" if file.is_relative_to(PACKAGE) else file.name


def _places(beside: Sequence[Path]) -> str:
    return f" or in {', '.join(map(str, beside))}" if beside else ""
