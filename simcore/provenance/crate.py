"""Export as a Workflow Run RO-Crate: what workflow ran, on what, with what, and what came out.

The folder may be a results folder or the archive of one. Two actions: `#study`, the run of the workflow, and `#runs`, the
batch of simulations by simcore, whose table is a file of the crate (an action per run would be some 1 kB of JSON-LD each
and say nothing that the table does not).
Source: Leo et al. (2024), PLoS ONE 19:e0309210; profiles at https://w3id.org/ro/wfrun.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

CRATE = "1.1"                           # of RO-Crate: the one that the profiles of runs are based on
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_LICENSE = "https://spdx.org/licenses/BSD-3-Clause"
_LANGUAGES = {".yaml": "application/yaml", ".yml": "application/yaml", ".json": "application/json", ".html": "text/html",
              ".tsv": "text/tab-separated-values", ".txt": "text/plain", ".md": "text/markdown", ".diff": "text/x-diff",
              ".toml": "application/toml", ".zip": "application/zip"}
_MEANING = {
    "trajectory.zarr": "All runs, labelled: spikes, traces and results by run and parameters (zarr 3)",
    "quantities.zarr": "Quantities derived from the runs (zarr 3)",
    "run_table.tsv": "One line per run: times, CPU, memory, host, commit, digests",
    "runs.tsv": "Run ids and the values that were explored",
    "provenance.json": "What all runs agree on, where they differ, digests of all arrays",
    "trajectory.json": "Digest of every array of the trajectory",
    "experiment.json": "Every point of the study in full, and what was asked of it",
    "scores.json": "Scores of the tests of the study",
    "report.html": "Report of the study",
    "README.md": "How to verify the study, and how to run it again",
    "archive.json": "What this archive is of",
    "constraints.txt": "The environment: packages with versions and hashes",
    "environment.json": "What was recorded of the environment",
    "uncommitted.diff": "What of the code was not committed when the runs were made",
    "code": "Files of the commit that made the runs",
    "model": "Sources of the user's own model",
    "parameters": "Files that the points were made of",
    "environment": "The environment: its lock, and what was recorded of it",
}
_OUTCOMES = (".zarr", ".json", ".tsv", ".html")


def write_crate(folder: Path, found: Mapping, *, workflow: Path | None = None) -> Path:
    """Write ro-crate-metadata.json into a folder, which becomes a crate; returns its path.

    folder: the results folder, or one with it as `results`. found: what provenance.trace.trace() returns. workflow: the
    Snakefile, copied into the crate as its main entity.
    """
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=CRATE)
    crate.metadata.extra_contexts.append(TERMS)
    crate.name = f"simcore study {found['experiment']}"
    crate.description = f"{found['n_runs']} runs of the study {found['experiment']}, merged, analysed and tested"
    crate.datePublished = _times(found)[1]      # not that of writing: the crate of the same runs is the same
    crate.license = _context(crate, _LICENSE, "CreativeWork", name="BSD 3-Clause License",
                             description="https://opensource.org/license/bsd-3-clause")
    crate.root_dataset["conformsTo"] = [_context(crate, url, "CreativeWork", name=name, version=version)
                                        for url, (name, version) in PROFILES.items()]
    results = folder / "results" if (folder / "results").is_dir() else folder
    files = {path: _entity(crate, path, folder) for path in _files(folder, results)}
    outcomes = [entity for path, entity in files.items() if path.parent == results]
    _actions(crate, found, _tools(crate, found, workflow, folder), outcomes, [
        entity for path, entity in files.items() if path.name in ("experiment.json", "parameters", "environment")])
    if folder / "README.md" in files:
        files[folder / "README.md"]["about"] = crate.root_dataset
    crate.metadata.write(folder)
    return folder / "ro-crate-metadata.json"


def _actions(crate: Any, found: Mapping, tools: tuple[Any, Any], outcomes: list, inputs: list) -> None:
    """The run of the workflow, and the batch of simulations in it."""
    workflow, software = tools
    started, ended = _times(found)
    agent = _agent(crate, found)
    said = "; ".join(f"same {what}: {'yes' if same else 'NO'}" for what, same in found["agree"].items())
    about = {"startTime": started, "endTime": ended, "actionStatus": "http://schema.org/CompletedActionStatus"}
    runs = [entity for entity in outcomes if entity.id.rstrip("/").endswith("trajectory.zarr")]
    actions = [crate.add_action(software, identifier="#runs", object=_one(inputs), result=_one(runs or outcomes), properties={
        **about, "name": f"{found['n_runs']} runs of {found['experiment']}", "description": said})]
    if workflow is not None:
        actions.insert(0, crate.add_action(workflow, identifier="#study", object=_one(inputs), result=_one(outcomes),
                                            properties={**about, "name": f"Study {found['experiment']}",
                                                        "description": _command(found)}))
    for action in actions:
        if agent is not None:
            action["agent"] = agent
            crate.root_dataset["author"] = agent
    crate.root_dataset["mentions"] = _one(actions)


def _one(entities: list) -> Any:
    """What JSON-LD has for a list of one is the thing itself."""
    return entities[0] if len(entities) == 1 else entities


def _tools(crate: Any, found: Mapping, workflow: Path | None, folder: Path) -> tuple[Any, Any]:
    """The workflow file as main entity (None where there is none), and the package that simulates."""
    code = found["common"].get("code", {})
    project = code.get("project", {})
    url = project.get("remote") or ""
    software = _context(crate, "#simcore", "SoftwareApplication", name="simcore",
                        softwareVersion=f"{code.get('version', 'several')} ({project.get('sha') or 'no commit'})",
                        **({"url": url} if url.startswith(("http://", "https://")) else {}))
    if workflow is None:
        return None, software
    shutil.copyfile(workflow, folder / workflow.name)
    main = crate.add_workflow(folder / workflow.name, workflow.name, main=True, lang="snakemake",
                              properties={"name": "From an experiment file to runs, quantities, scores and report"})
    main["description"] = "The workflow of simcore: docs/workflow.md"
    main["license"], main["version"] = crate.license, code.get("version", "several")
    main["hasPart"] = software
    main["creator"] = main["sdPublisher"] = _context(crate, "#simcore-project", "Organization", name="simcore")
    main["dateCreated"], main["encodingFormat"] = _times(found)[1], "text/plain"
    main["conformsTo"] = _context(crate, _WORKFLOW, "CreativeWork", name="ComputationalWorkflow", version="1.0")
    return main, software


def _times(found: Mapping) -> tuple[str, str]:
    """When the first run started and the last one ended, in whole seconds."""
    runs = found["runs"].values()
    both = min(run["started"] for run in runs), max(run["ended"] for run in runs)
    return tuple(datetime.fromisoformat(time).replace(microsecond=0).isoformat() for time in both)


def _agent(crate: Any, found: Mapping) -> Any:
    user = found["common"].get("host", {}).get("user")
    return _context(crate, f"#{user}", "Person", name=user) if user else None


def _command(found: Mapping) -> str:
    return " ".join(found["common"].get("process", {}).get("command", ["several commands"]))


def _context(crate: Any, identifier: str, kind: str, **properties: Any) -> Any:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, identifier, {"@type": kind, **properties}))


def _files(folder: Path, results: Path) -> Iterable[Path]:
    """Files and folders that the crate names: what is in the results, and what an archive has beside them."""
    yield from (path for path in sorted(results.iterdir())
                if path.suffix in _OUTCOMES and path.name != "ro-crate-metadata.json")
    if folder != results:
        beside = (path for path in sorted(folder.iterdir()) if path != results and path.name in _MEANING)
        yield from beside
        yield from (path for path in sorted((folder / "environment").glob("*")) if path.is_file())
        yield from (path for path in sorted((folder / "parameters").rglob("*")) if path.is_file())


def _entity(crate: Any, path: Path, folder: Path) -> Any:
    name = path.relative_to(folder).as_posix()
    about = {"name": _MEANING.get(path.name, path.name), "description": _MEANING.get(path.name, f"The file {path.name}")}
    if path.is_dir():
        return crate.add_dataset(path, f"{name}/", properties=about)
    return crate.add_file(path, name, properties={**about, "contentSize": str(path.stat().st_size), "encodingFormat":
                                                  _LANGUAGES.get(path.suffix, "application/octet-stream")})
