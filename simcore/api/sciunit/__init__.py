"""SciUnit under its own names: put `simcore.api.` before an import of `sciunit`. What differs: docs/validation.md."""

import logging

from simcore.api.sciunit import base, capabilities, converters, errors, models, scores, suites, tests, utils, validators
from simcore.api.sciunit.base import __version__, config, log
from simcore.validation.capabilities import Capability
from simcore.validation.errors import Error
from simcore.validation.m2m import TestM2M
from simcore.validation.models import Model
from simcore.validation.models.backends import Backend
from simcore.validation.scores import Score
from simcore.validation.scores.collections import ScoreArray, ScoreMatrix
from simcore.validation.scores.collections_m2m import ScoreArrayM2M, ScoreMatrixM2M
from simcore.validation.suites import TestSuite
from simcore.validation.tests import Test

logger = logging.getLogger("simcore.validation")

__all__ = ["Backend", "Capability", "Error", "Model", "Score", "ScoreArray", "ScoreArrayM2M", "ScoreMatrix",
           "ScoreMatrixM2M", "Test", "TestM2M", "TestSuite", "__version__", "base", "capabilities", "config", "converters",
           "errors", "log", "logger", "models", "scores", "suites", "tests", "utils", "validators"]
