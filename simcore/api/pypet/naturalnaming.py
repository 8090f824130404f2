"""pypet.naturalnaming: groups of the tree."""

from simcore.trajectory.groups import (
    ConfigGroup,
    DerivedParameterGroup,
    NNGroupNode,
    ParameterGroup,
    ResultGroup,
)
from simcore.trajectory.nodes import NNLeafNode, NNTreeNode

__all__ = [
    "ConfigGroup",
    "DerivedParameterGroup",
    "NNGroupNode",
    "NNLeafNode",
    "NNTreeNode",
    "ParameterGroup",
    "ResultGroup",
]
