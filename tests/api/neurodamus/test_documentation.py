"""The examples of docs/neurodamus.md run as they stand."""

import re
from pathlib import Path

import pytest

from simcore.store.writer import write_run
from tests.unit.store.recordings import make_recording

TEXT = (Path(__file__).parents[3] / "docs/neurodamus.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_run(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for store in re.findall(r'"(results/.*?\.zarr\.zip)"', example):
        write_run(tmp_path / store, make_recording(), {"a": 1}, {})
    exec(compile(example, "docs/neurodamus.md", "exec"), {})


def test_the_package_has_the_names_of_neurodamus():
    from simcore.api.neurodamus import core
    from simcore.api.neurodamus.core.cell import Cell
    assert core.Cell is Cell and set(core.__all__) == {"Cell", "ConductanceSource", "CurrentSource"}
    with pytest.raises(AttributeError, match="no attribute 'Sell'"):
        core.Sell  # noqa: B018
