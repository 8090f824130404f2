"""Values that differ among connections: drawn from a distribution, one independent draw each.

Draws are a function of (seed, trial, what for, gid, index), so that they are the same for any number of ranks.
"""

from __future__ import annotations

from simcore.parameters.drawing import ParameterDist

Value = float | ParameterDist
