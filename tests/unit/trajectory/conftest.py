import pytest

from simcore.trajectory import Trajectory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "traj.zarr"


@pytest.fixture
def explored(path):
    """A stored trajectory to be: x explored over 0 … 5, y = 2.0."""
    traj = Trajectory("example", add_time=False, comment="an example", filename=path)
    traj.f_add_parameter("x", 0, comment="explored")
    traj.f_add_parameter("group.y", 2.0, comment="fixed")
    traj.f_explore({"x": list(range(6))})
    return traj


def loaded(path, **kwargs):
    traj = Trajectory("example", add_time=False, filename=path)
    traj.f_load(**kwargs)
    return traj
