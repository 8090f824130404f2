"""sciunit.tests."""

from simcore.validation.m2m import TestM2M
from simcore.validation.protocols import ProtocolToFeaturesTest, RangeTest
from simcore.validation.tests import Test

__all__ = ["ProtocolToFeaturesTest", "RangeTest", "Test", "TestM2M"]
