"""Features of spike trains, membrane potentials and samples: plain functions of arrays, each with its source."""
