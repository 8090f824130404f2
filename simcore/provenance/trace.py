"""One account of all runs of a study: which code, which environments, which bytes, and do all runs agree?"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from simcore.errors import StoreError
from simcore.provenance.agreement import agreed
from simcore.provenance.crate import write_crate
from simcore.provenance.record import file_digest
from simcore.provenance.verify import diff, quantity_digests
from simcore.store.atomic import write_bytes
from simcore.store.reader import read_attrs
from simcore.store.zarr3 import dumps

# or from these
MADE_HERE = ("provenance.json", "ro-crate-metadata.json", "Snakefile", "run_table.tsv", "report.html", "archive.zip")
JUDGED = {                  # what runs of one study should have in common, by where it is in the record
    "commit": "code/project/sha",
    "uncommitted changes": "code/project/diff_digest",
    "commit of the model": "code/model/sha",
    "uncommitted changes of the model": "code/model/diff_digest",
    "sources": "code/source_digest",
    "environment": "environment/digest",
    "lock": "environment/lock_digest",
}
_MAY_DIFFER = ("point/", "process/", "host/", "environment/packages/")      # without any doubt about the results


def trace(results: str | os.PathLike, *, workflow: Path | None = None) -> dict:
    """Write provenance.json, run_table.tsv and an RO-Crate into a results folder; returns the content of the
    first.

    results: results/<name>, with runs/ and, if merged, trajectory.json (then only its runs count). workflow:
    the Snakefile, copied into the crate. Raises StoreError if there are no runs.
    """
    results = Path(results)
    attrs = {run_id: read_attrs(path) for run_id, path in _stores(results)}
    if not attrs:
        raise StoreError(f"there are no runs in {results / 'runs'}: nothing to trace", name=str(results))
    records = [run["provenance"] for run in attrs.values()]
    common = records[0]
    for record in records[1:]:
        common = agreed(common, record)
    found = {
        "provenance_version": 1, "experiment": results.name, "n_runs": len(attrs),
        "agree": (verdicts := _verdicts(records)), "all_agree": all(verdicts.values()),
        "clean": not any(_at(record, "code/project/dirty") or _at(record, "code/model/dirty") for record in records),
        "differing": _differing(records),
        "commits": _commits(records), "environments": _environments(records),
        "sources": dict(Counter(record["code"]["source_digest"] for record in records)),
        "hosts": dict(Counter(record["host"]["name"] for record in records)),
        "common": common,
        "runs": {run_id: _row(run) for run_id, run in attrs.items()},
        "quantities": quantity_digests(results / "quantities.zarr") if (results / "quantities.zarr").is_dir() else {},
        "files": {path.name: file_digest(path) for path in sorted(results.iterdir())
                  if path.is_file() and path.name not in MADE_HERE and not path.name.startswith(".")},
    }
    write_bytes(results / "run_table.tsv", _table(found["runs"]).encode())
    write_bytes(results / "provenance.json", dumps(found))
    write_crate(results, found, workflow=workflow)
    return found


def _stores(results: Path) -> Iterable[tuple[str, Path]]:
    """Run ids and stores: those of the trajectory, or all there are."""
    sidecar, folder = results / "trajectory.json", results / "runs"
    if sidecar.is_file():
        return [(run_id, folder / f"{run_id}.zarr.zip") for run_id in json.loads(sidecar.read_text())["runs"]]
    return [(path.name.split(".")[0], path) for path in sorted(folder.glob("[!.]*.zarr.zip"))]


def _at(record: Mapping, path: str) -> object:
    value: object = record
    for key in path.split("/"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _verdicts(records: list[dict]) -> dict[str, bool]:
    """Whether all runs agree, point by point; unknown (None) counts as a value."""
    return {name: len({str(_at(record, path)) for record in records}) == 1 for name, path in JUDGED.items()}


def _differing(records: list[dict]) -> list[str]:
    """Entries, other than those of point, process and host, in which any run differs from the first."""
    found = {path for record in records[1:] for path, _, _ in diff(records[0], record)}
    return sorted(path for path in found if not path.startswith(_MAY_DIFFER))


def _commits(records: list[dict]) -> list[dict]:
    """States of the code, each with its number of runs and, once, its diff."""
    states: dict[str, dict] = {}
    for record in records:
        for role in ("project", "model"):
            state = record["code"][role]
            if state is not None:
                key = f"{role} {state['sha']} {state.get('diff_digest')} {state.get('untracked')}"
                states.setdefault(key, {"role": role, **state, "n_runs": 0})["n_runs"] += 1
    return list(states.values())


def _environments(records: list[dict]) -> list[dict]:
    states: dict[str, dict] = {}
    for record in records:
        environment = record["environment"]
        states.setdefault(environment["digest"], {**environment, "n_runs": 0})["n_runs"] += 1
    return list(states.values())


def _row(attrs: Mapping) -> dict:
    record = attrs["provenance"]
    process = {key: value for key, value in record["process"].items() if key not in ("command", "statistics")}
    return {
        **process, "host": record["host"]["name"], "seed": record["point"]["seed"], "trial": record["point"]["trial"],
        "point_digest": record["point"]["digest"], "commit": _at(record, "code/project/sha"),
        "dirty": _at(record, "code/project/dirty"), "source_digest": record["code"]["source_digest"],
        "environment_digest": record["environment"]["digest"], "arrays": attrs["digests"],
    }


def _table(runs: Mapping[str, Mapping]) -> str:
    """Run table: one tab-separated line a run, without the digests of arrays."""
    columns = [name for name in next(iter(runs.values())) if name != "arrays"]
    lines = ["\t".join(["run_id", *columns])]
    for run_id, row in runs.items():
        lines.append("\t".join([run_id, *("" if row[c] is None else str(row[c]) for c in columns)]))
    return "\n".join(lines) + "\n"
