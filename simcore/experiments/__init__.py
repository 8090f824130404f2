"""Experiments that come with simcore: each module has PARAMETERS and build(parameters, seed) or run(point)."""
