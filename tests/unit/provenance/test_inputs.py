"""Files that points were made of: laid out as they were, taken only if they are what was read."""

from pathlib import Path

import pytest

from simcore.provenance.inputs import places, take_inputs
from simcore.provenance.record import file_digest


@pytest.mark.parametrize(("names", "wanted"), [
    (["params/fi.yaml", "params/cells/a.swc"], ["fi.yaml", "cells/a.swc"]),
    (["fi.yaml", "cells/a.swc"], ["fi.yaml", "cells/a.swc"]),
    (["/data/s/fi.yaml", "/data/s/cells/a.swc"], ["fi.yaml", "cells/a.swc"]),
    (["a/fi.yaml", "base/b.yaml", "./a/x/../c.swc"], ["a/fi.yaml", "base/b.yaml", "a/c.swc"]),
    (["../s/fi.yaml", "../s/cells/a.swc"], ["fi.yaml", "cells/a.swc"]),
    (["fi.yaml", "../../a.swc"], ["fi.yaml", "a.swc"]), (["fi.yaml", "/etc/a.swc"], ["fi.yaml", "a.swc"]),
    (["fi.yaml", "/x/a.swc", "/y/a.swc", "../a.swc"], ["fi.yaml", "a.swc", "2/a.swc", "3/a.swc"]),
    (["fi.yaml"], ["fi.yaml"]), ([], [])])
def test_files_lie_as_they_did_below_one_folder_and_never_outside(names, wanted):
    assert list(places(names).values()) == [Path(path) for path in wanted]


def test_the_first_that_has_the_content_is_taken(tmp_path):
    """And the folder of the experiment file is known though that has changed: what it names is looked for from there."""
    for folder, text in (("new", "changed"), ("old/study", "as read")):
        (tmp_path / folder / "cells").mkdir(parents=True)
        (tmp_path / folder / "cells/a.swc").write_text(text)
    inputs = {"study/cells/a.swc": file_digest(tmp_path / "old/study/cells/a.swc"), "study/fi.yaml": "0" * 64}
    for folders in (["new", "old"], ["new", "old/study"]):          # under its name, or under its place
        made = take_inputs(inputs, tmp_path / "to", [tmp_path / folder for folder in folders])
        assert made == [tmp_path / "to/cells", tmp_path / "to"] and (tmp_path / "to/cells/a.swc").read_text() == "as read"
    assert take_inputs(inputs, tmp_path / "none", [tmp_path / "new"]) == []
