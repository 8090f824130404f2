"""The report: one self-contained page with scores, quantities, figures, and where every number comes from."""
