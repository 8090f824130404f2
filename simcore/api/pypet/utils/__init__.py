"""pypet.utils."""
