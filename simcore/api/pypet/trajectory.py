"""pypet.trajectory: Trajectory and SingleRun."""

from simcore.trajectory.singlerun import SingleRun
from simcore.trajectory.trajectory import Trajectory

__all__ = ["SingleRun", "Trajectory"]
