"""Time and ranks: a network becomes arrays on each rank, the arrays advance, spikes are exchanged. No file format."""
