"""docs/cable-studies.md: its experiment file is right, its network runs."""

import re
from pathlib import Path

from simcore.engine.detailed import run_detailed
from simcore.parameters.experiments import load_experiment

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "cable-studies.md").read_text()


def test_the_experiment_file_is_right(tmp_path):
    (tmp_path / "morphologies").mkdir()
    (tmp_path / "morphologies" / "tree50.swc").write_bytes((ROOT / "params/morphologies/tree50.swc").read_bytes())
    (content,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    (tmp_path / "my_cell.yaml").write_text(content)
    assert [point.parameters["current"] for point in load_experiment(tmp_path / "my_cell.yaml").points.values()] == [
        0.3, 0.4, 0.6, 1.0]


def test_the_network_of_ones_own_runs():
    model: dict = {}
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    exec(compile(code, "cable-studies.md", "exec"), model)
    network = model["build"]({"weight": model["PARAMETERS"]["weight"].default})
    traces = [{"population": "pair", "variable": "v", "cells": True, "interval": 0.1, "places": list(model["PLACES"])}]
    found = run_detailed(network, duration=20.0, dt=0.025, record={"spikes": True, "traces": traces})
    assert found.spikes.gid.tolist()[:2] == [0, 1]
    assert 2.0 < (found.spikes.step[1] - found.spikes.step[0]) * 0.025 < 6.0
    assert found.traces[0].values.shape == (200, 4)
