"""sciunit.suites."""

from simcore.validation.suites import TestSuite

__all__ = ["TestSuite"]
