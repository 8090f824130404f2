"""Tests of this field: one class each, with its source."""
