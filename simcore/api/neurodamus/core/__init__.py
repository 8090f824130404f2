"""neurodamus.core: cells, mechanisms, synapses, stimuli, random numbers and configuration, without NEURON."""

from typing import Any

from simcore.api.neurodamus.core.stimuli import ConductanceSource, CurrentSource

__all__ = ["Cell", "ConductanceSource", "CurrentSource"]


def __getattr__(name: str) -> Any:
    """Cell comes with the engine and its compiler, 0.5 s: only when it is asked for."""
    if name == "Cell":
        from simcore.api.neurodamus.core.cell import Cell

        return Cell
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
