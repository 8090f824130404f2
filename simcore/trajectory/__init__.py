"""Runs as one labelled whole: merging run stores, and the natural-naming trajectory of pypet."""
