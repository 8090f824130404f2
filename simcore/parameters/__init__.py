"""Parameters: experiment files, spaces, points."""
