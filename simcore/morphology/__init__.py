"""Morphology: sections, their geometry, trees of compartments, and files they are read from."""
