"""Export as a Workflow Run RO-Crate: one action for the batch of runs, whose table is a file of the crate.

One action per run would be some 1 kB of JSON-LD each and say nothing that the table does not.
Source: Leo et al. (2024), PLoS ONE 19:e0309210; profiles at https://w3id.org/ro/wfrun/workflow/0.5.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_MEANING = {
    "run_table.tsv": "One line per run: times, CPU, memory, host, commit, digests",
    "provenance.json": "What all runs agree on, where they differ, digests of all arrays",
    "trajectory.json": "Digest of every array of the trajectory",
    "scores.json": "Scores of the tests of the study",
    "report.html": "Report of the study",
}


def write_crate(results: Path, found: Mapping, *, workflow: Path | None = None) -> Path:
    """Write ro-crate-metadata.json into the results folder, which becomes a crate; returns its path.

    found: what provenance.trace.trace() returns. workflow: the Snakefile, copied into the crate as its main
    entity.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    crate.name = f"simcore study {found['experiment']}"
    crate.description = f"{found['n_runs']} runs of the study {found['experiment']}, merged, analysed and tested"
    crate.root_dataset["conformsTo"] = [
        crate.add(ContextEntity(crate, url, {"@type": "CreativeWork", "name": name, "version": version}))
        for url, (name, version) in PROFILES.items()
    ]
    tool = _tool(crate, found, workflow, results)
    outcomes = [_file(crate, path) for path in sorted(results.iterdir()) if _is_outcome(path)]
    started = min(run["started"] for run in found["runs"].values())
    ended = max(run["ended"] for run in found["runs"].values())
    action = crate.add_action(tool, identifier="#runs", result=outcomes, properties={
        "name": f"{found['n_runs']} runs of {found['experiment']}", "startTime": started, "endTime": ended,
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "description": "; ".join(f"same {what}: {'yes' if same else 'NO'}" for what, same in found["agree"].items()),
    })
    crate.root_dataset.append_to("mentions", action)
    user = found["common"].get("host", {}).get("user")
    if user:
        action["agent"] = crate.add(ContextEntity(crate, f"#{user}", {"@type": "Person", "name": user}))
    crate.metadata.write(results)
    return results / "ro-crate-metadata.json"


def _tool(crate, found: Mapping, workflow: Path | None, results: Path):  # noqa: ANN001 - of rocrate
    """What made the runs: the workflow file as main entity, or the package where there is none."""
    from rocrate.model.softwareapplication import SoftwareApplication

    code = found["common"].get("code", {})
    project = code.get("project", {})
    software = crate.add(SoftwareApplication(crate, "#simcore", {
        "name": "simcore", "softwareVersion": f"{code.get('version', 'several')} ({project.get('sha') or 'no commit'})",
        **({"url": project["remote"]} if project.get("remote") else {})}))
    if workflow is None:
        return software
    shutil.copyfile(workflow, results / workflow.name)
    main = crate.add_workflow(results / workflow.name, workflow.name, main=True, lang="snakemake")
    main["hasPart"] = software
    return main


def _is_outcome(path: Path) -> bool:
    return path.suffix in (".zarr", ".json", ".tsv", ".html") and path.name != "ro-crate-metadata.json"


def _file(crate, path: Path):  # noqa: ANN001 - of rocrate
    about = {"name": _MEANING.get(path.name, path.name)}
    if path.is_dir():
        return crate.add_dataset(path, f"{path.name}/", properties=about)
    return crate.add_file(path, path.name, properties=about)
