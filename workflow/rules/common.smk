"""The experiment, checked as a whole before any job: its points, and the digests that say what is stale."""

import json
import os
import sys
from pathlib import Path

from simcore import steps
from simcore.errors import SimcoreError

HERE = Path.cwd()
FILES = [
    file.relative_to(HERE) if file.is_relative_to(HERE) else file  # a study is the same wherever its folder lies
    for file in map(
        Path, config.get("files") or workflow.configfiles or [Path(workflow.basedir, "params", "brunel.yaml")]
    )
]

try:
    SETTINGS, OVERRIDES = steps.settings(workflow.config_settings.config)
    EXPERIMENT = steps.expand(FILES, OVERRIDES, dirty=SETTINGS["dirty"])
    RESULTS = steps.results_folder(EXPERIMENT)
    STALE = steps.staleness(EXPERIMENT)
except SimcoreError as error:
    sys.exit(f"{type(error).__name__}: {error}")  # the message alone: it says where in the experiment file

RUNS = [f"{RESULTS}/runs/{run_id}.zarr.zip" for run_id in EXPERIMENT.points]
RUN_ID = "[0-9a-f]{12}"
NEVER = "(?!)"  # matches nothing: a rule that is not to be chosen
LAUNCH = "ranks" if EXPERIMENT.ranks > 1 else SETTINGS["launch"]


config["experiment"] = EXPERIMENT  # scripts get it so


def explored_text(wildcards):
    """What people call a run."""
    return ", ".join(f"{k} = {v}" for k, v in EXPERIMENT.points[wildcards.run_id].explored.items())


def point_text(wildcards):
    """What a run is, as text."""
    return json.dumps(EXPERIMENT.points[wildcards.run_id].to_dict(), sort_keys=True)
