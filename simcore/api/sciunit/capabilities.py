"""sciunit.capabilities."""

from simcore.validation.capabilities import Capability, ProducesNumber, Runnable

__all__ = ["Capability", "ProducesNumber", "Runnable"]
