"""NeuroTools under its own dotted paths: `simcore.api.neurotools.parameters`."""
