"""pypet's Environment: a thin face on Trajectory and its `run`."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simcore.errors import ConfigurationError, nearest
from simcore.trajectory.errors import GitDiffError
from simcore.trajectory.singlerun import formatted
from simcore.trajectory.trajectory import Trajectory

IGNORED = (  # arguments of pypet's that have no meaning here, and why nothing is lost
    "file_title",
    "use_pool",
    "wrap_mode",
    "cpu_cap",
    "memory_cap",
    "swap_cap",
    "continuable",
    "continue_folder",
    "delete_continue",
    "log_folder",
    "log_level",
    "log_stdout",
    "log_config",
    "report_progress",
    "use_hdf5",
    "lazy_debug",
    "deep_copy_data",
    "sumatra_project",
    "sumatra_reason",
    "sumatra_label",
    "git_message",
    "resumable",
    "resume_folder",
    "delete_resume",
    "summary_tables",
    "small_overview_tables",
    "large_overview_tables",
    "results_per_run",
    "derived_parameters_per_run",
    "purge_duplicate_comments",
    "do_single_runs",
    "freeze_input",
    "timeout",
    "niceness",
    "encoding",
    "complevel",
    "complib",
    "shuffle",
    "fletcher32",
    "pandas_format",
    "pandas_append",
    "trajectory_name",
)


class Environment:
    """Runs explorations: Environment(trajectory='name', filename=…, multiproc=True, ncores=2).

    trajectory: an instance, or the name of a new one (with add_time the time is appended). multiproc, ncores: on how
    many local processes. git_repository: recorded with commit, branch and message; a repository that differs from its
    commit is refused with git_fail=True (GitDiffError). immediate_postproc: call the function for postprocessing after
    each time all runs are done. commit, executor: as of `Trajectory.run`. overwrite_file: delete a stored trajectory of this
    name first (others in the file stay). Options of pypet's that have no meaning here
    are accepted and ignored (IGNORED): every run is committed and recorded on its own, so continuing needs no option.
    """

    def __init__(
        self,
        trajectory: str | Trajectory = "trajectory",
        add_time: bool = True,
        comment: str = "",
        dynamically_imported_classes: Any = None,
        filename: str | Path | None = None,
        multiproc: bool = False,
        ncores: int | None = None,
        git_repository: str | Path | None = None,
        git_fail: bool = False,
        immediate_postproc: bool = False,
        commit: str = "run",
        executor: Any = "pool",
        overwrite_file: bool = False,
        **others: Any,
    ):
        unknown = sorted(set(others) - set(IGNORED))
        if unknown:
            raise ConfigurationError(
                f"Environment has no argument {unknown[0]!r}{nearest(unknown[0], IGNORED)}", name=unknown[0]
            )
        self._timestamp = time.time()
        self._time = formatted(self._timestamp)
        if isinstance(trajectory, Trajectory):
            self._traj = trajectory
            if filename is not None and self._traj.v_filename != str(filename):
                self._traj.f_migrate(new_filename=filename)
        else:
            self._traj = Trajectory(
                trajectory,
                add_time,
                comment,
                dynamically_imported_classes,
                filename or Path("results") / f"{trajectory}.zarr",
            )
        if overwrite_file:
            self._overwrite()
        self._n_workers = (ncores or len(os.sched_getaffinity(0))) if multiproc else 1
        self._commit, self._executor, self._immediate = commit, executor, immediate_postproc
        self._post: tuple[Callable[..., Any], tuple, dict] | None = None
        self._hexsha = hashlib.sha1(f"{self._traj.v_name}{self._timestamp}".encode()).hexdigest()
        self._name = f"environment_{self._hexsha[:7]}_{self._time}"
        self._traj._environment_name, self._traj._environment_hexsha = self._name, self._hexsha
        self._add_config(git_repository, git_fail)

    def _overwrite(self) -> None:
        """Delete a stored trajectory of this name."""
        service = self._traj.v_storage_service
        if self._traj.v_name in service.names():
            service.open(service.find(self._traj.v_name, None), force=True)
            service.remove_trajectory()

    def _add_config(self, repository: str | Path | None, fail: bool) -> None:
        """Name, digest, times and processes below config.environment, commit below config.git."""
        facts = {
            "name": (self._name, "Name of the environment"),
            "hexsha": (self._hexsha, "Identifies the environment"),
            "time": (self._time, "When the environment was made"),
            "timestamp": (self._timestamp, "The same in seconds"),
            "multiproc": (self._n_workers > 1, "Whether several processes were used"),
            "ncores": (self._n_workers, "Number of processes"),
        }
        for name, (value, comment) in facts.items():
            self._config(f"environment.{self._name}.{name}", value, comment)
        if repository is None:
            return
        from simcore.provenance.git import look

        state = look(Path(repository))
        if state["sha"] is None:
            raise ConfigurationError(
                f"{repository}: {state['reason']}; give git_repository a folder with commits, or leave it out",
                name="git_repository",
                got=str(repository),
            )
        if fail and state["dirty"]:
            raise GitDiffError(
                f"{repository} differs from its commit {state['sha'][:7]}: commit first", name="git_repository"
            )
        sha = state["sha"]
        for name in ("sha", "branch", "describe", "message", "date", "dirty", "remote"):
            if isinstance(state.get(name), (str, bool, int, float)):
                self._config(f"git.commit_{sha[:7]}.{'hexsha' if name == 'sha' else name}", state[name], f"git: {name}")

    def _config(self, name: str, value: Any, comment: str) -> None:
        if not self._traj.f_contains(f"config.{name}"):
            self._traj.f_add_config(name, value, comment=comment)

    @property
    def v_trajectory(self) -> Trajectory:
        """The trajectory."""
        return self._traj

    v_traj = trajectory = traj = v_trajectory

    @property
    def v_name(self) -> str:
        """Name of the environment."""
        return self._name

    @property
    def v_hexsha(self) -> str:
        """Digest that identifies the environment."""
        return self._hexsha

    @property
    def v_time(self) -> str:
        """When the environment was made, as text."""
        return self._time

    @property
    def v_timestamp(self) -> float:
        """When the environment was made, seconds since 1970."""
        return self._timestamp

    def f_add_postprocessing(self, postproc: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call postproc(trajectory, [(index, returned value), …], *args, **kwargs) when all runs are done.

        If it returns a mapping {name: values}, the trajectory is expanded by it and runs again (also as the first of a
        tuple whose second and third are new arguments for the job).
        """
        self._post = postproc, args, kwargs

    def f_run(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> list[tuple[int, Any]]:
        """Run all runs that are not completed: job(run, *args, **kwargs). Pairs of index and what the job returned."""
        returned: list[tuple[int, Any]] = []
        while True:
            done = self._traj.run(
                job, *args, executor=self._executor, n_workers=self._n_workers, commit=self._commit, **kwargs
            )
            new = sorted(done.returned.items())
            returned += new
            more = self._postprocess(new)
            if more is None:
                return returned
            self._traj.f_expand(more[0])
            args, kwargs = more[1] if len(more) > 1 else args, more[2] if len(more) > 2 else kwargs

    def _postprocess(self, returned: list[tuple[int, Any]]) -> tuple | None:
        if self._post is None:
            return None
        function, args, kwargs = self._post
        more = function(self._traj, returned, *args, **kwargs)
        self._traj.f_store()
        if not more:
            return None
        return more if isinstance(more, tuple) else (more,)

    def f_continue(
        self, job: Callable[..., Any], *args: Any, trajectory_name: str | None = None, **kwargs: Any
    ) -> list[tuple[int, Any]]:
        """Go on with an exploration that was interrupted: loads it and runs what is not completed."""
        if not self._traj._stored:
            fresh = Trajectory(self._traj.v_name, add_time=False, filename=self._traj.v_filename)
            fresh.f_load(name=trajectory_name)
            fresh._environment_name, fresh._environment_hexsha = self._name, self._hexsha
            self._traj = fresh
        return self.f_run(job, *args, **kwargs)

    f_resume = f_continue

    def f_pipeline(self, pipeline: Callable[[Trajectory], tuple]) -> list[tuple[int, Any]]:
        """Let a function set up the trajectory and say what to run: it returns (job, args, kwargs) or two of these
        tuples, the second for postprocessing.
        """
        steps = pipeline(self._traj)
        main, post = (steps[0], steps[1]) if isinstance(steps[0], tuple) else (steps, None)
        if post is not None:
            self.f_add_postprocessing(
                post[0], *(post[1] if len(post) > 1 else ()), **(post[2] if len(post) > 2 else {})
            )
        return self.f_run(main[0], *(main[1] if len(main) > 1 else ()), **(main[2] if len(main) > 2 else {}))

    run, add_postprocessing, pipeline, resume = f_run, f_add_postprocessing, f_pipeline, f_continue

    def f_disable_logging(self) -> None:
        """Nothing: logging is Python's own, and this class adds no handlers."""

    disable_logging = f_disable_logging

    def __enter__(self) -> Environment:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""
