"""Are the bytes still those that were written, and in what do two records differ?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import StoreError
from simcore.provenance.agreement import together
from simcore.provenance.record import file_digest
from simcore.store import zarr3
from simcore.store.reader import RunFile

if TYPE_CHECKING:
    import xarray as xr

Watch = Callable[[Any, str], Iterable]


def verify(path: str | os.PathLike, *, watch: Watch = lambda items, title: items) -> list[str]:
    """What is wrong with a run store (a file), a trajectory, quantities or a folder of results, one line each; nothing
    if all is well.

    Every array is read and its digest compared with the one that was written with it; files and quantities of a results
    folder with those of its provenance.json. watch: gets the runs of a trajectory to go through, and a title.
    """
    path = Path(path)
    if not path.is_dir():
        return list(_wrong_file(path) if path.suffix in (".json", ".tsv", ".html") else _wrong_in_run(path))
    if (path / "provenance.json").is_file() and not (path / "zarr.json").is_file():
        return list(_wrong_in_results(path, watch))
    if path.name == "quantities.zarr":
        return list(_wrong_in_quantities(path))
    return list(_wrong_in_trajectory(path, watch))


def diff(a: Mapping, b: Mapping, *, within: str = "") -> list[tuple[str, object, object]]:
    """Entries in which two records differ: (path, value in a, value in b), None where there is none."""
    found: list[tuple[str, object, object]] = []
    for key in sorted({*a, *b}, key=str):
        path, one, other = f"{within}{key}", a.get(key), b.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += diff(one, other, within=f"{path}/")
        elif one != other or (key in a) != (key in b):
            found.append((path, one, other))
    return found


def _wrong_in_run(path: Path) -> Iterator[str]:
    try:
        with RunFile(path) as run:
            digests = run.attrs["digests"]
            for name in sorted({*run.arrays} ^ {*digests}):
                yield f"{path.name}: {name} {'has no digest' if name in run.arrays else 'is missing'}"
            for name in sorted({*run.arrays} & {*digests}):
                yield from _compared(path.name, name, run.read(name), digests[name])
    except StoreError as error:
        yield error.message


def quantity_digests(path: Path) -> dict[str, str]:
    """Digests of the quantities of a quantities.zarr, by name; trace() keeps them in provenance.json."""
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="zarr", zarr_format=3, mask_and_scale=False) as quantities:
            return {str(name): zarr3.digest(zarr3.canonical(array.values, name=str(name)))
                    for name, array in quantities.data_vars.items()}
    except Exception as error:          # xarray and zarr raise a dozen types
        raise StoreError(f"{path} cannot be read as quantities: {error}", name=str(path)) from error


def _wrong_in_results(path: Path, watch: Watch) -> Iterator[str]:
    """A folder of results: its files, quantities, trajectory and the stores of runs that are still there."""
    found = _recorded(path)
    for name in found.get("files", {}):
        yield from _wrong_file(path / name)
    if found.get("quantities"):
        yield from _wrong_in_quantities(path / "quantities.zarr")
    if (path / "trajectory.zarr").is_dir():
        yield from _wrong_in_trajectory(path / "trajectory.zarr", watch)
    stores = [path / "runs" / f"{run_id}.zarr.zip" for run_id in found.get("runs", {})]
    for store in watch([store for store in stores if store.is_file()], "run stores read"):
        yield from _wrong_in_run(store)


def _wrong_file(path: Path) -> Iterator[str]:
    """A file of a results folder that was traced."""
    digest = _recorded(path.parent).get("files", {}).get(path.name)
    if not path.is_file():
        yield f"{path.name} is missing"
    elif digest is None:
        yield f"{path}: nothing is recorded of it (no digest in {path.parent / 'provenance.json'})"
    elif file_digest(path) != digest:
        yield f"{path.name} is not what was written (digest {file_digest(path)[:12]}…, was {digest[:12]}…)"


def _wrong_in_quantities(path: Path) -> Iterator[str]:
    recorded = _recorded(path.parent).get("quantities")
    if recorded is None:
        yield f"{path}: nothing is recorded of it (no digests in {path.parent / 'provenance.json'})"
        return
    try:
        found = quantity_digests(path)
    except StoreError as error:
        yield error.message
        return
    for name in sorted({*found, *recorded}):
        if found.get(name) != recorded.get(name):
            what = "is missing" if name not in found else "is new" if name not in recorded else "is not what was written"
            yield f"{path.name}: {name} {what}"


def _recorded(results: Path) -> dict:
    """What was traced of a folder of results; nothing if it was not."""
    try:
        found = json.loads((results / "provenance.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _wrong_in_trajectory(path: Path, watch: Watch) -> Iterator[str]:
    import xarray as xr

    try:
        tree = xr.open_datatree(path, engine="zarr", zarr_format=3, mask_and_scale=False)
    except Exception as error:  # xarray and zarr raise a dozen types; all mean: not a trajectory
        yield f"{path} cannot be opened as a trajectory: {error}"
        return
    with tree:
        if not {"digests", "common"} <= tree.attrs.keys() or "runs" not in tree.children:
            made = "was explored in Python, which keeps checksums of chunks but no digests of arrays" if \
                "simcore_trajectory" in tree.attrs else "is a zarr group, but no trajectory of simcore"
            yield f"{path} {made}"
            return
        for name in (str(name) for name in tree.coords if name in tree.attrs["digests"]):
            yield from _compared(path.name, name, tree.coords[name].values, tree.attrs["digests"][name])
        ends = _ends_of_spikes(tree)
        records = tree.children["runs"].dataset["record"].values
        for i, own in enumerate(watch(records, "runs of the trajectory read")):
            attrs = together(tree.attrs["common"], json.loads(own))
            for name, digest in sorted(attrs["digests"].items()):
                try:
                    values = _of_run(tree, name, i, attrs, ends)
                except Exception as error:  # a damaged or missing chunk: zarr's codecs raise their own types
                    yield f"{path.name}: {name} of run {attrs['run_id']} cannot be read: {error}"
                else:
                    yield from _compared(f"{path.name}, run {attrs['run_id']}", name, values, digest)


def _compared(where: str, name: str, values: np.ndarray, digest: str) -> Iterator[str]:
    values = zarr3.canonical(values, name=name)
    if zarr3.digest(values) != digest:
        yield f"{where}: {name} is not what was written (digest {zarr3.digest(values)[:12]}…, was {digest[:12]}…)"


def _ends_of_spikes(tree: xr.DataTree) -> np.ndarray:
    """(n_runs + 1,) where the spikes of each run start and end."""
    if "spikes" not in tree.children:
        return np.zeros(1, np.int64)
    of_runs = tree.children["spikes"].dataset["n_spikes"].values.sum(axis=1, dtype=np.int64)
    return np.concatenate([[0], np.cumsum(of_runs)])


def _of_run(tree: xr.DataTree, path: str, i: int, attrs: Mapping, ends: np.ndarray) -> np.ndarray:
    """The array of run i as its own store has it: without padding, in its own type."""
    *above, name = path.split("/")
    group = reduce(lambda node, part: node.children[part], above, tree).dataset
    if path == "spikes/spike_time":
        values = group[name][ends[i] : ends[i + 1]].values
        return values if values.dtype.kind == "i" else np.rint(values / attrs["dt"]).astype("int32")
    if path.startswith("results/"):
        runs = tree.children["runs"].dataset
        forms = json.loads(str(runs["forms"].values[i])) if "forms" in runs else {}
        values = group[name][i].values
        dtype, shape = forms.get(path, (None, np.shape(values)))
        values = np.asarray(values)[tuple(slice(n) for n in shape)]
        return values if dtype in (None, zarr3.TEXT) else values.astype(dtype)
    variable = group["sample_time"] if name == "time" and "sample_time" in group else group[name]
    values = (variable[i] if "run" in variable.dims else variable).values
    extents = [_extent(group, str(d), i, n) for d, n in zip(variable.dims[-values.ndim :], values.shape, strict=True)]
    return values[tuple(slice(n) for n in extents)]


def _extent(group: xr.Dataset, dim: str, i: int, n: int) -> int:
    """How many cells or samples run i has."""
    count = {"cell": "n_cells", "time": "n_times"}[dim]
    return int(group[count][i]) if count in group else n
