"""Tests: compare a model's prediction with an observation and give a score.

A test author writes `generate_prediction`, and a `score_type` whose `compute` gives the score (or `compute_score`).
How a test judges a model is in `judging`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from uuid import uuid4

import numpy as np

from simcore.units import registry
from simcore.validation import judging, schemas
from simcore.validation.base import SciUnit, one_line
from simcore.validation.capabilities.base import Capability
from simcore.validation.config import config
from simcore.validation.dimension import is_quantity, parse, plain, required, unit_text
from simcore.validation.errors import CapabilityError, Error, InvalidScoreError, ObservationError, ParametersError
from simcore.validation.models.base import Model
from simcore.validation.scores import BooleanScore, ErrorScore, NAScore, NoneScore, Score, TBDScore
from simcore.validation.sources import source_digest_of


class Test(SciUnit):
    """Base of tests.

    observation: usually a dict with keys such as "mean", "std", "n", "value"; values may be quantities or, with a key
    "units" or as text, be converted to the test's `units`. name: by default that of the class. params: override
    `default_params`. `verbose` is taken out of them.
    """

    __test__ = False        # not one of pytest's
    state_hide = ("id", "last_model", "verbose", "prediction")

    name: str | None = None
    description: str | None = None
    observation: Any = None
    default_params: dict = {}                                   # noqa: RUF012 - overridden, never changed
    score_type: type[Score] = BooleanScore
    converter: Any = None
    observation_schema: Any = None
    observation_validator: Any = None                           # a class such as validators.ObservationValidator
    params_schema: Any = None
    required_capabilities: Sequence[type[Capability]] = ()
    units: Any = ""                                             # of observation and prediction; or {key: units}
    source = ""                                                 # the paper that the comparison is from
    prediction: Any = None                                      # for judge(cached_prediction=True)
    _validated: Any = None

    def __init__(self, observation: Any, name: str | None = None, **params: Any):
        self.name = name if name else type(self).__name__
        assert isinstance(self.name, str), f"Test name must be a string, got {self.name!r}"
        if self.description is None:
            self.description = inspect.cleandoc(type(self).__doc__ or "")
        self.id = uuid4().hex
        self.params = {**self.default_params, **params}
        self.verbose = self.params.pop("verbose", 1)
        self.params = self.validate_params(self.params)
        self.compute_params()
        self.observation = observation
        if not (inspect.isclass(self.score_type) and issubclass(self.score_type, Score)):
            raise Error(f"The score type '{self.score_type}' specified for Test '{self.name}' is not valid.")
        if self.observation_schema is None:
            self.observation_schema = deepcopy(self.score_type.observation_schema)
        if config.get("prevalidate"):
            self.validate_observation(self.observation)
        super().__init__()

    def compute_params(self) -> None:
        """For tests with parameters that follow from others: set them in self.params."""

    def validate_params(self, params: Any) -> dict:
        """The parameters, checked by `params_schema`, completed and converted if that declares it; ParametersError."""
        if not isinstance(params, Mapping):
            raise ParametersError(f"Parameters of {self.name} must be a dict, got {params!r}", got=params)
        if not self.params_schema:
            return dict(params)
        wrong = schemas.problems(params, self.params_schema, self.units)
        if wrong:
            raise ParametersError(f"parameters of {self.name}: {wrong}", name=self.name, got=params, valid=wrong)
        schema = self.params_schema
        return schemas.completed(params, schema) if not isinstance(schema, (list, tuple)) else dict(params)

    def validate_observation(self, observation: Any) -> Any:
        """The observation, checked by the schema of the test or of its score type, as `compute_score` is to get it.

        With a key "units", or values as text ("5 mV"), its values become plain numbers in the test's units. Raises
        ObservationError, which lists all that is wrong.
        """
        observation = self.score_type.observation_preprocess(observation)
        if not isinstance(observation, Mapping):
            raise ObservationError(f"Observation of {self.name} must be a dict, got {observation!r}", got=observation)
        observation, parsed = _with_units(observation, self.units)
        wrong = self._problems(observation) if self.observation_schema else {}
        if wrong:
            raise ObservationError(f"observation of {self.name}: {wrong}", name=self.name, got=observation, valid=wrong)
        if parsed:
            observation = {key: plain(value, required(self.units, key)) if key in parsed else value
                           for key, value in observation.items()}
            observation["units"] = unit_text(required(self.units, "value"))
        processed = self.score_type.observation_postprocess(observation)
        return observation if processed is None else processed

    def _problems(self, observation: Mapping) -> Mapping:
        """What is wrong by the schema, as simcore or the test's own validator finds it."""
        if self.observation_validator is None:
            return schemas.problems(observation, self.observation_schema, self.units)
        several = isinstance(self.observation_schema, list)
        schema = [entry[1] if isinstance(entry, tuple) else entry for entry in self.observation_schema] if several \
            else self.observation_schema
        validator = self.observation_validator(
            {"observation": {"oneof_schema" if several else "schema": schema, "type": "dict"}}, test=self)
        return {} if validator.validate({"observation": observation}) else validator.errors

    @classmethod
    def observation_schema_names(cls) -> list[str]:
        """Names of the schemas, where there are several."""
        schema = cls.observation_schema
        return [entry[0] if isinstance(entry, tuple) else f"Schema {i + 1}" for i, entry in enumerate(schema)] \
            if isinstance(schema, list) else []

    def check_capabilities(self, model: Model, skip_incapable: bool = False, require_extra: bool = False) -> bool:
        """Whether the model has all required capabilities.

        If it has not: False with skip_incapable, else CapabilityError. Error if it is not a Model.
        """
        if not isinstance(model, Model):
            raise Error(f"Model {model} is not a sciunit.Model.", got=model)
        found = [self.check_capability(model, capability, skip_incapable, require_extra)
                 for capability in self.required_capabilities]
        return all(found)

    def check_capability(self, model: Model, c: type[Capability], skip_incapable: bool = False,
                         require_extra: bool = False) -> bool:
        """Whether the model has one capability; if not, CapabilityError unless skip_incapable."""
        capable = c.check(model, require_extra=require_extra)
        if not capable and not skip_incapable:
            raise CapabilityError(model, c)
        return capable

    def condition_model(self, model: Model) -> None:
        """For tests that must prepare the model before the prediction; called by those that do."""

    def generate_prediction(self, model: Model) -> Any:
        """The model's prediction, made with the required capabilities."""
        raise NotImplementedError(f"Test {self.name} does not implement generate_prediction.")

    def check_prediction(self, prediction: Any) -> None:
        """For tests that restrict predictions: raise for one that is not acceptable."""

    def compute_score(self, observation: Any, prediction: Any) -> Score:
        """The score, by the rule of the score type."""
        compute = getattr(self.score_type, "compute", None)
        if compute is None:
            raise NotImplementedError(f"Test {self.name} either implements no compute_score method or provides no "
                                      "score_type with a compute method.")
        return compute(observation, prediction)

    def ace(self) -> Score:
        """The best score of its type."""
        return self.score_type(self.score_type._best)

    def passes(self, score: Score) -> bool | None:
        """Whether a score counts as passed; None for types of score that do not say so."""
        return score.score if isinstance(score, BooleanScore) else None

    def bind_score(self, score: Score, model: Model, observation: Any, prediction: Any) -> None:
        """For tests that set more on a score: description, related_data."""

    def check_score_type(self, score: Score) -> None:
        """Raise InvalidScoreError unless the score is of `score_type`, or says why there is none."""
        if not isinstance(score, (self.score_type, NoneScore, ErrorScore)):
            raise InvalidScoreError(f"Score for test '{self.name}' is not of correct type. The test requires type "
                                    f"{self.score_type.__name__} but {type(score).__name__} was provided.", got=score)

    def judge(self, model: Model | Sequence[Model], skip_incapable: bool = False, stop_on_error: bool = True,
              deep_error: bool = False, cached_prediction: bool = False) -> Any:
        """The score of a model; of a list of models, the ScoreMatrix of a suite of this test. See `judging`."""
        return judging.judge(self, model, skip_incapable=skip_incapable, stop_on_error=stop_on_error,
                             deep_error=deep_error, cached_prediction=cached_prediction)

    def feature_judge(self, model: Model, skip_incapable: bool = False, stop_on_error: bool = True,
                      deep_error: bool = False) -> Any:
        """Judge with the prediction that was set on the test."""
        return self.judge(model, skip_incapable, stop_on_error, deep_error, cached_prediction=True)

    def check(self, model: Model, skip_incapable: bool = True, stop_on_error: bool = True,
              require_extra: bool = False) -> Score:
        """TBDScore if the model could be judged, NAScore if it lacks a capability."""
        try:
            capable = self.check_capabilities(model, skip_incapable=skip_incapable, require_extra=require_extra)
        except Exception as error:
            if stop_on_error:
                raise
            return ErrorScore(error)
        return TBDScore(None) if capable else NAScore(None)

    def optimize(self, model: Model) -> Any:
        """For tests that can improve a model: change its parameters to get the best score."""
        raise NotImplementedError(f"Optimization not implemented for Test '{self.name}'")

    def describe(self) -> str:
        """Its description, and that of its converter."""
        text = one_line(self.description or type(self).__doc__) or "No description available"
        return f"{text}\n{self.converter.description}" if self.converter and not self.description else text

    @classmethod
    def is_test_class(cls, other_cls: Any) -> bool:
        """Whether something is a class of this kind of test."""
        return inspect.isclass(other_cls) and issubclass(other_cls, cls)

    def get_backend_cache(self, model: Model | None, key: str | None = None) -> Any:
        """What set_backend_cache kept in the cache of the model's backend; None if nothing."""
        backend = vars(model).get("_backend") if model is not None else None
        return None if backend is None else backend.get_cache(key or self.id)

    def set_backend_cache(self, model: Model | None, function_output: Any, key: str | None = None) -> bool:
        """Keep a value in the cache of the model's backend; False if it has none."""
        backend = vars(model).get("_backend") if model is not None else None
        return backend is not None and backend.set_cache(function_output, key or self.id)

    def identity_state(self) -> dict[str, Any]:
        """What scores depend on: source of its class and of the score type, converter, and state but for its names."""
        rest = {key: value for key, value in self.state.items() if key not in ("name", "description")}
        return {"source": source_digest_of(type(self)), "score_type": self.score_type,
                "converter": self.converter, **rest}

    def __str__(self) -> str:
        return str(self.name)


def _with_units(observation: Mapping, units: Any) -> tuple[Mapping, set[str]]:
    """Numbers of an observation with a key "units", and text such as "5 mV", as quantities; and their keys."""
    given = unit_text(observation.get("units")) if isinstance(observation.get("units"), str) else ""
    read = {}
    for key, value in observation.items():
        if given and key != "n" and not isinstance(value, bool) and isinstance(value, (int, float, np.ndarray, list)):
            read[key] = registry().Quantity(np.asarray(value, float) if isinstance(value, list) else value, given)
        elif units and isinstance(value, str) and key not in schemas.METADATA:
            quantity = parse(value)
            if is_quantity(quantity):
                read[key] = quantity
    return {**observation, **read}, set(read)
