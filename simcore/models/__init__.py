"""Physics only: names, units and scalar equations. No arrays, no loops, no ranks, no files."""
