"""neurodamus.core: cells, mechanisms, synapses, stimuli, random numbers and configuration, without NEURON."""

from simcore.api.neurodamus.core.stimuli import ConductanceSource, CurrentSource

__all__ = ["ConductanceSource", "CurrentSource"]
