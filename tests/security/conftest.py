import pytest

from tests.workflow.project import Project

TEXT_MODEL = '''\
"""A model whose parameter is any text; what it gives is its length."""
import numpy as np
from simcore.units import Param

PARAMETERS = {"text": Param("a", "", "any text")}


def run(point):
    return {"length": np.array(len(point.parameters["text"]))}
'''


@pytest.fixture(scope="module")
def shell_project(tmp_path_factory):
    """A project in a folder whose name is a command to a shell, with a model that takes any text."""
    folder = tmp_path_factory.mktemp("shell") / "it's; touch pwned & $(touch pwned) `touch pwned` \"x\""
    folder.mkdir()
    made = Project(folder)
    made.write("label.py", TEXT_MODEL)
    return made


@pytest.fixture
def hostile(tmp_path):
    """An object whose pickle makes a file when it is loaded, and the path of that file."""
    mark = tmp_path / "pwned"

    class Hostile:
        def __reduce__(self):
            return open, (str(mark), "w")

    return Hostile(), mark
