"""The specified systems under their own dotted paths: put `simcore.api.` before an import."""
