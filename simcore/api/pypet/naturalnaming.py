"""pypet.naturalnaming: groups of the tree."""

from simcore.trajectory.branches import ConfigGroup, DerivedParameterGroup, ParameterGroup, ResultGroup
from simcore.trajectory.groups import NNGroupNode
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
