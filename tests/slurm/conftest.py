import os
import subprocess
from importlib.util import find_spec
from unittest.mock import patch

import pytest
import yaml

from tests.slurm.lab import Lab
from tests.workflow.project import Project

SLURM = ("--workflow-profile", "workflow/profiles/slurm")


@pytest.fixture(scope="session")
def lab():
    """A running SLURM with the nodes n1 and n2; its commands are found by whatever the tests start."""
    if not os.environ.get("SIMCORE_SLURM"):
        pytest.skip("starts a SLURM and takes three minutes: make slurm")
    if not find_spec("snakemake_executor_plugin_slurm"):
        pytest.skip("no snakemake-executor-plugin-slurm: pip install 'simcore[slurm]'")
    started = Lab()
    try:
        started.start()
    except RuntimeError as error:
        started.stop()
        pytest.skip(f"no SLURM to be had: {error}")
    changed = {"PATH": f"{started.folder}/bin:{os.environ['PATH']}",
               "SIMCORE_MPI_START": "30"}           # its PMI2 loses a message now and then: the job is tried again
    with patch.dict(os.environ, changed):
        yield started
    started.stop()


@pytest.fixture(scope="session")
def on_slurm(lab, tmp_path_factory):
    """Makes a copy of the project whose SLURM profile is set for this site, as a user would."""
    def make(name, **changes):
        project = Project(tmp_path_factory.mktemp(name))
        path = project.folder / "workflow/profiles/slurm/profile.yaml"
        profile = yaml.safe_load(path.read_text())
        profile.update({"cores": 2, "resources": ["workers=2"], "latency-wait": 5, "slurm-init-seconds-before-status-checks": 2,
                        "set-threads": {"derive": 2, "validate": 2}})
        profile["default-resources"] = {"runtime": "5 * attempt", "mem_mb": "1000 * attempt"}
        for rule, resources in changes.pop("set_resources", {}).items():
            profile["set-resources"][rule] |= resources
        path.write_text(yaml.safe_dump(profile | changes))
        return project

    return make


class Running:
    """Snakemake at work in the background."""

    def __init__(self, project, *arguments):
        command, environment = project.command(*SLURM, *arguments)
        self.project, self._log = project, (project.folder / "snakemake.log").open("w+")
        self.process = subprocess.Popen(command, cwd=project.folder, env=environment, stdout=self._log,
                                        stderr=subprocess.STDOUT, start_new_session=True)

    def said(self):
        """What it has printed so far."""
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def end(self, ok=True, timeout=220):
        """Wait for its end; what it printed."""
        code = self.process.wait(timeout)
        assert (code == 0) == ok, self.said()[-6000:]
        return self.said()
