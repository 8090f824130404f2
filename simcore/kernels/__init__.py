"""Loops only: arrays in, arrays out. No model is named here; nothing validates, nothing allocates."""
