"""What the environment holds is not recorded: not in records, tables, crates, archives, logs or reports."""

import subprocess
import zipfile

import pytest

from simcore.provenance.environment import VARIABLES, without_secrets
from simcore.provenance.environments import surroundings
from tests.workflow.project import Project

SECRETS = {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI-K7MDENG", "GITHUB_TOKEN": "ghp_0123456789abcdefghij", "MY_PASSWORD": "hunter2hunter2",
           "DATABASE_URL": "postgres://me:dbsecretdb@host/db", "SLURM_JWT": "eyJhbGciOiJIUzI1NiJ9.x", "SSH_AUTH_SOCK": "/tmp/ssh-Sentinel/agent"}
LETTERS = {secret.split(":")[-1].split("@")[0].encode() for secret in SECRETS.values()}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """A study that was run and archived with secrets in the environment, the URL of the remote and on the command line."""
    made = Project(tmp_path_factory.mktemp("secrets"))
    made.write(".gitignore", ".snakemake/\nresults/\n__pycache__/\n")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"],
                    ["remote", "add", "origin", "https://me:gitsecretgit@example.org/a.git"]):
        subprocess.run(["git", *command], cwd=made.folder, check=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        made.snakemake("archive", "--configfile", "steps.yaml", "--config", "user=false")
        made.simcore("run", "steps.yaml", "height=2", "--set", "name=alone", "--log", "results/password=clisecretcli.log")
    return made


def contents(folder):
    """{path: bytes} of all files, and of what is in zip files, unpacked as far as it goes."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as inside:
                    yield from ((path / member, inside.read(member)) for member in inside.namelist())


@pytest.mark.workflow
def test_no_secret_is_in_anything_that_a_study_writes(archived):
    """Files, members of zip files, chunks of text arrays (zstd) of the trajectory."""
    import xarray as xr

    found = dict(contents(archived.folder / "results"))
    assert len(found) > 100 and any(path.name == "archive.zip" for path in found)
    tree = xr.open_datatree(archived.folder / "results/steps/trajectory.zarr", engine="zarr")
    found["records"] = " ".join(map(str, tree["runs"].record.values)).encode()
    for letters in {*LETTERS, b"gitsecretgit"}:
        assert not [path for path, content in found.items() if letters in content]
    logs = list(archived.folder.glob(".snakemake/log/*"))
    assert logs and not any(letters in log.read_bytes() for log in logs for letters in LETTERS)
    stores = (content for path, content in found.items() if "alone" in str(path) and str(path).endswith("zarr.json"))
    assert not any(b"clisecretcli" in content for content in stores)


def test_variables_are_an_allow_list_without_anything_that_names_a_secret():
    assert not [name for name in VARIABLES if any(word in name for word in ("KEY", "TOKEN", "PASS", "SECRET", "URL", "AUTH"))]


def test_a_process_that_makes_a_run_again_gets_the_variables_it_needs_and_no_others(monkeypatch):
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    given = surroundings(PYTHONPATH="x")
    assert "PATH" in given and not {*SECRETS} & {*given} and not LETTERS & {v.encode() for v in given.values()}


@pytest.mark.parametrize("text", ["https://me:s3cretword@example.org/x.git", "--token=s3cretword", "password: s3cretword",
                                  "API_KEY=s3cretword", "--my-secret s3cretword", "api-key=s3cretword"])
def test_what_looks_like_a_password_is_cut_from_command_lines(text):
    assert "s3cretword" not in without_secrets(text)
