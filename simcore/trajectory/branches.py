"""The groups of the four branches: parameters, config, derived parameters, results."""

from __future__ import annotations

from typing import Any

from simcore.trajectory import adding, search
from simcore.trajectory.groups import NNGroupNode


class ParameterGroup(NNGroupNode):
    """A group below `parameters`."""

    def f_add_parameter(self, *args: Any, **kwargs: Any) -> Any:
        """Add a parameter: an instance, or (name, data, comment=…), or (class, name, …). Returns it."""
        return adding.add_leaf(self, args, kwargs, branch="parameters")

    def f_add_parameter_group(self, name: str, comment: str = "") -> NNGroupNode:
        """Add an empty group of parameters, and those on the way."""
        return adding.add_group(self, name, comment, branch="parameters")


class ConfigGroup(NNGroupNode):
    """A group below `config`."""

    def f_add_config(self, *args: Any, **kwargs: Any) -> Any:
        """Add a config parameter, as f_add_parameter. Config has no influence on results."""
        return adding.add_leaf(self, args, kwargs, branch="config")

    def f_add_config_group(self, name: str, comment: str = "") -> NNGroupNode:
        """Add an empty group of config, and those on the way."""
        return adding.add_group(self, name, comment, branch="config")


class DerivedParameterGroup(NNGroupNode):
    """A group below `derived_parameters`."""

    def f_add_derived_parameter(self, *args: Any, **kwargs: Any) -> Any:
        """Add a derived parameter, as f_add_parameter; within a single run below that run."""
        return adding.add_leaf(self, args, kwargs, branch="derived_parameters")

    def f_add_derived_parameter_group(self, name: str, comment: str = "") -> NNGroupNode:
        """Add an empty group of derived parameters, and those on the way."""
        return adding.add_group(self, name, comment, branch="derived_parameters")


class ResultGroup(NNGroupNode):
    """A group below `results`."""

    def f_add_result(self, *args: Any, **kwargs: Any) -> Any:
        """Add a result: an instance, or (name, value, other=…, comment=…), or (class, name, …). Returns it."""
        return adding.add_leaf(self, args, kwargs, branch="results")

    def f_add_result_group(self, name: str, comment: str = "") -> NNGroupNode:
        """Add an empty group of results, and those on the way."""
        return adding.add_group(self, name, comment, branch="results")

    def __getitem__(self, name: str | int) -> Any:
        """A node or value; of `traj.results`, a result of all runs as a DataArray over the explored parameters.

        traj.results["rates.exc"] is that array unless the trajectory stands for one run, or there is a node of exactly
        this path.
        """
        if self._full_name == "results" and isinstance(name, str):
            root = self._root()
            if getattr(root, "_run", None) is None and search.exact(self, name.split(".")) is None:
                array = root._labelled(name) if hasattr(root, "_labelled") else None
                if array is not None:
                    return array
        return self._natural(name)


OF_BRANCH: dict[str, type[NNGroupNode]] = {
    "parameters": ParameterGroup,
    "config": ConfigGroup,
    "derived_parameters": DerivedParameterGroup,
    "results": ResultGroup,
}
