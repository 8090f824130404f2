"""pypet.annotations: notes on nodes."""

from simcore.trajectory.annotations import Annotations

__all__ = ["Annotations"]
