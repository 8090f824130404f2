"""pypet's Environment."""

import git
import pytest

from simcore.api.pypet import Environment, Trajectory
from simcore.errors import ConfigurationError, SimulationError
from simcore.trajectory import GitDiffError
from tests.unit.trajectory import jobs


def multiply(traj, factor=1):
    """The job of pypet's first example."""
    traj.f_add_result("z", traj.x * traj.y * factor, comment="I am the product of two values!")
    return traj.v_idx


@pytest.fixture(params=[False, True], ids=["one process", "two processes"])
def env(request, tmp_path):
    env = Environment(trajectory="example", filename=tmp_path / "e.zarr", comment="c", add_time=False, multiproc=request.param,
                      ncores=2, wrap_mode="LOCK", log_folder="logs")
    traj = env.v_trajectory
    traj.f_add_parameter("x", 1.0, comment="first")
    traj.f_add_parameter("y", 1.0, comment="second")
    traj.f_explore({"x": [1.0, 2.0, 3.0, 4.0], "y": [6.0, 7.0, 8.0, 9.0]})
    return env


def reloaded(env):
    traj = Trajectory(env.v_trajectory.v_name, add_time=False, filename=env.v_trajectory.v_filename)
    traj.f_load()
    return traj


def test_pypet_s_first_example(env):
    assert env.f_run(multiply) == [(0, 0), (1, 1), (2, 2), (3, 3)]
    traj = reloaded(env)
    assert traj.results.run_00000001.z == 14.0 and traj.results["z"].values.tolist() == [6.0, 14.0, 24.0, 36.0]
    assert traj.v_environment_name == env.v_name and traj.v_environment_hexsha == env.v_hexsha
    assert traj.f_get_run_information(0)["short_environment_hexsha"] == env.v_hexsha[:7]
    assert traj.config.environment[env.v_name].ncores == (2 if env._n_workers == 2 else 1)


def test_arguments_and_failures(env):
    env.f_run(multiply, factor=10)
    assert env.v_trajectory.results["z"].values[0] == 60.0
    env.v_trajectory.f_expand({"x": [5.0], "y": [1.0]})
    with pytest.raises(SimulationError):
        env.f_run(lambda traj: 1 / 0)


def test_postprocessing_may_expand(env):
    seen = []

    def post(traj, returned, n):
        seen.append([i for i, _ in returned])
        return {"x": [float(n)], "y": [1.0]} if len(traj) < 6 else None

    env.f_add_postprocessing(post, 5)
    assert [i for i, _ in env.f_run(multiply)] == [0, 1, 2, 3, 4, 5]
    assert seen == [[0, 1, 2, 3], [4], [5]] and reloaded(env).results["z"].values.tolist()[4:] == [5.0, 5.0]


def test_a_pipeline_sets_up_and_says_what_to_run(env):
    env.f_pipeline(lambda traj: ((multiply, (2,)), (lambda traj, returned: None,)))
    assert env.v_trajectory.results["z"].values[3] == 72.0


def test_continuing_runs_what_is_missing(env):
    env.v_trajectory.run(multiply, runs=[0, 2], n_workers=1)
    later = Environment(trajectory="example", filename=env.v_trajectory.v_filename, add_time=False)
    assert later.f_continue(multiply) == [(1, 1), (3, 3)] and later.v_trajectory.f_is_completed()


def test_names_get_the_time_unless_told(tmp_path):
    env = Environment(trajectory="t", filename=tmp_path / "e.zarr")
    assert env.v_trajectory.v_name == f"t_{env.v_trajectory.v_time}"
    given = Trajectory("mine", add_time=False)
    assert Environment(given, filename=tmp_path / "f.zarr").v_trajectory is given and given.v_filename == str(tmp_path / "f.zarr")
    with pytest.raises(ConfigurationError, match="did you mean 'wrap_mode'"):
        Environment("t", filename=tmp_path / "e.zarr", wrap_mod="LOCK")


def test_the_state_of_a_repository_is_recorded_or_refused(tmp_path):
    repo = git.Repo.init(tmp_path / "code")
    (tmp_path / "code" / "a.py").write_text("a = 1\n")
    repo.index.add(["a.py"])
    commit = repo.index.commit("first", author=git.Actor("a", "a@b"), committer=git.Actor("a", "a@b"))
    env = Environment("t", filename=tmp_path / "e.zarr", git_repository=tmp_path / "code")
    assert env.v_trajectory.config.git[f"commit_{commit.hexsha[:7]}"].hexsha == commit.hexsha
    (tmp_path / "code" / "a.py").write_text("a = 2\n")
    with pytest.raises(GitDiffError, match="commit first"):
        Environment("t", filename=tmp_path / "f.zarr", git_repository=tmp_path / "code", git_fail=True)
    with pytest.raises(ConfigurationError, match="no git repository"):
        Environment("t", filename=tmp_path / "g.zarr", git_repository=tmp_path)


@pytest.mark.workflow
def test_an_environment_may_run_by_snakemake(tmp_path):
    with Environment(trajectory="t", filename=tmp_path / "t.zarr", add_time=False, executor="snakemake") as env:
        env.v_trajectory.f_add_parameter("x", 0)
        env.v_trajectory.f_add_parameter("y", 2.0)
        env.v_trajectory.f_explore({"x": [1, 2, 3]})
        assert env.f_run(jobs.product) == [(0, 2.0), (1, 4.0), (2, 6.0)]
    assert env.v_trajectory.f_backup().name == "backup_t.zarr"


def test_overwrite_file_takes_the_place_of_a_trajectory_of_this_name_and_leaves_others(tmp_path):
    def made(name, **options):
        env = Environment(trajectory=name, filename=tmp_path / "e.zarr", add_time=False, **options)
        env.v_trajectory.f_add_parameter("x", 1.0)
        env.v_trajectory.f_add_parameter("y", 2.0 if options else 1.0)
        env.v_trajectory.f_explore({"x": [1.0, 2.0]})
        env.f_run(multiply)
        return reloaded(env)

    made("one")
    made("two")
    with pytest.raises(RuntimeError):
        made("one")
    assert made("one", overwrite_file=True).results["z"].values.tolist() == [2.0, 4.0]
    again = Trajectory("two", add_time=False, filename=tmp_path / "e.zarr")
    again.f_load()
    assert again.results["z"].values.tolist() == [1.0, 2.0]
