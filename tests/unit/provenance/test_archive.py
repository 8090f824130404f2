"""The archive of a study: a stranger with nothing but the zip verifies it and runs it again."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from simcore.errors import ProvenanceError, StoreError
from simcore.provenance.archive import not_as_packed, unpacked, write_archive
from simcore.provenance.trace import trace
from tests.unit.provenance.made import Study
from tests.workflow.project import Project

pytestmark = pytest.mark.workflow
CRATES = Path(__file__).with_name("crates")
PROFILES = ("workflow-run-crate", "process-run-crate", "workflow-ro-crate", "ro-crate-1.1")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A study that was run and archived from a commit."""
    made = Project(tmp_path_factory.mktemp("project"))
    (made.folder / "envs").mkdir()
    (made.folder / "envs" / "constraints.txt").write_text("# the environment\n")
    made.write(".gitignore", ".snakemake/\nresults/\n__pycache__/\n")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=made.folder, check=True)
    made.snakemake("archive", "--configfile", "steps.yaml")
    return made


@pytest.fixture(scope="module")
def stranger(project, tmp_path_factory):
    """An empty folder with the unpacked archive; the project is out of the way."""
    folder = tmp_path_factory.mktemp("stranger")
    with zipfile.ZipFile(project.folder / "results/steps/archive.zip") as archive:
        archive.extractall(folder)
    return folder


def simcore(folder, *arguments, python_path="code", **more):
    """`python -m simcore` of the archive's code, with no variables that lead to the project."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(folder / python_path), **more}
    return subprocess.run([sys.executable, "-m", "simcore", *arguments], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)


def test_it_has_code_parameters_environment_trajectory_report_and_says_what_to_do(stranger):
    for name in ("README.md", "code/simcore/__init__.py", "code/Snakefile", "parameters/steps.yaml", "environment/constraints.txt",
                 "environment/environment.json", "results/trajectory.zarr/zarr.json", "results/quantities.zarr/zarr.json",
                 "results/report.html", "results/scores.json", "results/provenance.json", "ro-crate-metadata.json"):
        assert (stranger / name).is_file(), name
    about = json.loads((stranger / "archive.json").read_text())
    readme = (stranger / "README.md").read_text()
    assert about["exact"] and about["commit"] in readme and "{" not in readme
    assert not list((stranger / "code").rglob(".git"))


def test_the_manifest_is_one_that_sha256sum_checks(stranger):
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=stranger, check=True)
    assert not_as_packed(stranger) == []


def test_a_stranger_verifies_it_and_runs_it_again_without_git_and_network(stranger, tmp_path):
    """git is not on the path, and proxies lead nowhere."""
    nowhere = {"PATH": str(tmp_path), "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    done = simcore(stranger, "verify", "results", "--rerun", "--environment", "here", **nowhere)
    assert done.returncode == 0 and "4 of 4 runs came out again, bit for bit the same" in done.stdout, done.stdout
    done = simcore(stranger, "show", "results/trajectory.zarr:results/response", **nowhere)
    assert json.loads((stranger / "archive.json").read_text())["commit"] in done.stdout


def test_the_zip_itself_can_be_asked(project, tmp_path):
    """verify, show and diff take it; nothing is left behind."""
    archive = project.folder / "results/steps/archive.zip"
    said = project.simcore("verify", archive, "--rerun", "--sample", "1", "--environment", "here")
    assert "every array is what was written" in said and "1 of 1 runs came out again" in said
    run = next(iter(project.stores("steps")))
    assert f"run          {run}" in project.simcore("show", f"{archive}:{run}")
    assert "the arrays are the same" in project.simcore("diff", archive, "results/steps")


def test_a_changed_value_is_found_and_not_run_again(project, stranger, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(stranger / "results", copy / "results")
    chunk = next(p for p in (copy / "results/trajectory.zarr/results/response").rglob("*") if p.is_file() and p.name != "zarr.json")
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    scores = copy / "results/scores.json"
    scores.write_text(scores.read_text().replace("{", "{ ", 1))
    said = project.simcore("verify", copy / "results", "--rerun", ok=False)
    assert "scores.json is not what was written" in said and "results/response" in said and "came out again" not in said


def test_the_same_study_gives_the_same_bytes(project, tmp_path, monkeypatch):
    monkeypatch.chdir(project.folder)
    write_archive(Path("results/steps"), tmp_path / "a.zip", workflow=Path("Snakefile"))
    write_archive(Path("results/steps"), tmp_path / "b.zip", workflow=Path("Snakefile"))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with unpacked(tmp_path / "a.zip") as folder:
        assert (folder / "archive.json").is_file()


def test_what_was_not_traced_or_has_no_commit_cannot_be_archived(tmp_path):
    with pytest.raises(StoreError, match="run and traced"):
        write_archive(tmp_path, tmp_path / "a.zip")
    Study(tmp_path / "study", code__project={"sha": None, "reason": "no git repository"})
    trace(tmp_path / "study")
    with pytest.raises(ProvenanceError, match=r"the record has no commit \(no git repository\)"):
        write_archive(tmp_path / "study", tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def validator():
    """A Python that has the public validator: this one, or $ROCRATE_VALIDATOR."""
    for python in filter(None, (os.environ.get("ROCRATE_VALIDATOR"), sys.executable)):
        if subprocess.run([python, "-c", "import rocrate_validator"], capture_output=True, check=False).returncode == 0:
            return python
    return None


@pytest.mark.skipif(validator() is None, reason="roc-validator is not installed (envs/peers.txt)")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("where", ["results", "archive"])
def test_the_public_validator_accepts_the_crate(project, stranger, profile, where):
    folder = project.folder / "results/steps" if where == "results" else stranger
    done = subprocess.run([validator(), CRATES / "validate.py", folder, profile], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "REQUIRED" not in done.stdout, done.stdout + done.stderr[-2000:]


@pytest.mark.skipif(validator() is None, reason="roc-validator is not installed (envs/peers.txt)")
def test_the_public_validator_refuses_a_crate_that_is_broken(stranger, tmp_path):
    copy = tmp_path / "crate"
    shutil.copytree(stranger, copy)
    graph = json.loads((copy / "ro-crate-metadata.json").read_text())
    for entity in graph["@graph"]:
        entity.pop("instrument", None)
    (copy / "ro-crate-metadata.json").write_text(json.dumps(graph))
    done = subprocess.run([sys.executable if validator() is None else validator(), CRATES / "validate.py", copy, PROFILES[0]],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "instrument" in done.stdout


def problems(folder):
    """What is wrong with a crate by the rules that the profiles call MUST, one line each."""
    found = json.loads((folder / "ro-crate-metadata.json").read_text())
    by_id = {entity["@id"]: entity for entity in found["@graph"]}
    root, descriptor = by_id.get("./", {}), by_id.get("ro-crate-metadata.json", {})
    main = by_id.get(root.get("mainEntity", {}).get("@id"), {})
    said = [f"root has no {name}" for name in ("name", "description", "datePublished", "license") if name not in root]
    said += [f"{e['@id']} is named twice" for e in found["@graph"] if sum(o["@id"] == e["@id"] for o in found["@graph"]) > 1]
    said += [f"{e['@id']}: there is no {to}" for e in found["@graph"] for to in references(e) if "://" not in to and to not in by_id]
    said += [f"{e['@id']} is not in the folder" for e in found["@graph"]
             if {"File", "Dataset"} & {*many(e["@type"])} and not (folder / e["@id"]).exists()]
    conforms = {e["@id"] for e in many(root.get("conformsTo", []))}
    said += [f"does not conform to {p}" for p in ("process", "workflow") if f"https://w3id.org/ro/wfrun/{p}/0.5" not in conforms]
    if "https://w3id.org/ro/crate/1.1" not in {e["@id"] for e in many(descriptor.get("conformsTo", []))}:
        said.append("the descriptor does not conform to RO-Crate 1.1")
    if not {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= {*main.get("@type", [])}:
        said.append("the main entity is no workflow")
    actions = [e for e in found["@graph"] if e["@type"] == "CreateAction"]
    said += [f"{a['@id']} has no instrument" for a in actions if "instrument" not in a]
    if not any(a.get("instrument", {}).get("@id") == main.get("@id") for a in actions):
        said.append("no action ran the main entity")
    return said


def many(value):
    return value if isinstance(value, list) else [value]


def references(value):
    """All @id that an entity refers to."""
    for key, inner in value.items():
        for one in many(inner) if key != "@id" else ():
            if isinstance(one, dict):
                yield from [one["@id"]] if "@id" in one else references(one)


def test_the_crate_follows_the_rules_of_the_profiles(project, stranger):
    assert problems(project.folder / "results/steps") == [] and problems(stranger) == []


@pytest.mark.parametrize("broken", ["instrument", "license", "conformsTo", "mainEntity", "File"])
def test_the_check_of_the_rules_can_fail(stranger, tmp_path, broken):
    copy = tmp_path / "crate"
    shutil.copytree(stranger, copy)
    text = (copy / "ro-crate-metadata.json").read_text()
    (copy / "ro-crate-metadata.json").write_text(text.replace(f'"{broken}":', '"x":'))
    if broken == "File":
        (copy / "archive.json").unlink()
    assert problems(copy)
