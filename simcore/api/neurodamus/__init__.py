"""neurodamus under its own dotted names: `from simcore.api.neurodamus.core.cell import Cell`; no NEURON is needed."""
