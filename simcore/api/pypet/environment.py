"""pypet.environment: the Environment around a trajectory."""

from simcore.trajectory.environment import Environment

__all__ = ["Environment"]
