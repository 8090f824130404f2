import pytest

from tests.workflow.project import Project


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/workflow/" in item.path.as_posix():
            item.add_marker(pytest.mark.workflow)


@pytest.fixture
def project(tmp_path):
    """A fresh copy of the project."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A copy of the project in which the tiny network has been run."""
    made = Project(tmp_path_factory.mktemp("tiny"))
    made.snakemake("--configfile", "tiny.yaml")
    return made


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """A copy of the project for experiments with the model `step`; nothing has been run."""
    return Project(tmp_path_factory.mktemp("steps"))
