"""sciunit.base."""

import logging

from simcore.validation.base import SciUnit, TestWeighted, Versioned
from simcore.validation.config import Config, config

__version__ = "0.2.8"       # of the SciUnit whose names and rules these are
log = logging.getLogger("simcore.validation").info

__all__ = ["Config", "SciUnit", "TestWeighted", "Versioned", "__version__", "config", "log"]
