"""Suites: several tests that judge several models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MethodType
from typing import Any

from simcore.validation.base import SciUnit, TestWeighted
from simcore.validation.models.base import Model
from simcore.validation.scores import NoneScore, Score
from simcore.validation.scores.collections import ScoreMatrix
from simcore.validation.tests import Test


class TestSuite(SciUnit, TestWeighted):
    """Several tests.

    tests: a test, an iterable of tests, or a dict whose values that are not tests become attributes. weights: of the
    tests, >= 0; normalised. include_models, skip_models: models, or patterns of names; others (or these) are not
    judged. hooks: {test: {"f": function(test, tests, score, **kwargs), "kwargs": {}}}, called after each score of it.
    optimizer: function(suite, model, …) that becomes `optimize`.
    """

    __test__ = False
    name: str | None = None
    description: str | None = None
    tests: Sequence[Test] = ()
    include_models: Sequence = ()
    skip_models: Sequence = ()
    _n_unnamed = 0

    def __init__(self, tests: Any, name: str | None = None, weights: Sequence[float] | None = None,
                 include_models: Sequence | None = None, skip_models: Sequence | None = None,
                 hooks: Mapping[Test, Mapping] | None = None, optimizer: Callable | None = None):
        if isinstance(tests, dict):
            for key, value in tests.items():
                if not isinstance(value, Test):
                    setattr(self, key, value)
            tests = [test for test in tests.values() if isinstance(test, Test)]
        self.tests = self.assert_tests(tests)
        if not name:
            TestSuite._n_unnamed += 1
        self.name = name or f"Suite_{TestSuite._n_unnamed}"
        self.weights_ = list(weights or [])
        self.include_models, self.skip_models = list(include_models or []), list(skip_models or [])
        self.hooks = hooks
        if optimizer:
            self.optimize = MethodType(optimizer, self)

    def assert_tests(self, tests: Any) -> list[Test]:
        """A test or an iterable of tests as a list; TypeError for anything else."""
        return _listed(tests, Test, "Test suite")

    def assert_models(self, models: Any) -> list[Model]:
        """A model or an iterable of models as a list; TypeError for anything else."""
        return _listed(models, Model, f"The judge method of Test suite '{self.name}'")

    def judge(self, models: Model | Iterable[Model], skip_incapable: bool = False, stop_on_error: bool = True,
              deep_error: bool = False, *, threads: int = 1, known: Mapping | None = None) -> ScoreMatrix:
        """ScoreMatrix of all models and tests; NoneScore for models that are left out.

        threads: judge so many models at once (each by one thread, tests in order). known: scores that need no
        judging, by (model.hash(), test.hash()), such as `ScoreMatrix.by_hash()` of an earlier matrix.
        """
        models = self.assert_models(models)
        weights = self.weights
        known = known or {}
        hashes = [test.hash() for test in self.tests] if known else []

        def row(model: Model) -> list[Score]:
            if self.is_skipped(model):
                return [NoneScore(None) for _ in self.tests]
            mine = model.hash() if known else ""
            return [known.get((mine, hashes[i])) if known and (mine, hashes[i]) in known
                    else self.judge_one(model, test, None, skip_incapable, stop_on_error, deep_error)
                    for i, test in enumerate(self.tests)]

        if threads > 1 and len(models) > 1:
            with ThreadPoolExecutor(threads) as pool:
                rows = list(pool.map(row, models))
        else:
            rows = [row(model) for model in models]
        return ScoreMatrix(self.tests, models, scores=rows, weights=weights)

    def judge_one(self, model: Model, test: Test, sm: ScoreMatrix | None = None, skip_incapable: bool = True,
                  stop_on_error: bool = True, deep_error: bool = False) -> Score:
        """The score of one model by one test, put into the matrix if one is given; hooks are called."""
        if self.is_skipped(model):
            score = NoneScore(None)
        else:
            score = test.judge(model, skip_incapable=skip_incapable, stop_on_error=stop_on_error, deep_error=deep_error)
            score.log()
        if sm is not None:
            sm.set(model, test, score)
        self.set_hooks(test, score)
        return score

    def check(self, models: Model | Iterable[Model], skip_incapable: bool = True, require_extra: bool = False,
              stop_on_error: bool = True) -> ScoreMatrix:
        """ScoreMatrix of TBDScore (the model can take the test) and NAScore (it lacks a capability)."""
        models = self.assert_models(models)
        rows = [[test.check(model, skip_incapable, stop_on_error, require_extra) for test in self.tests]
                for model in models]
        return ScoreMatrix(self.tests, models, scores=rows, weights=self.weights)

    def check_capabilities(self, model: Model, skip_incapable: bool = False, require_extra: bool = False) -> list[bool]:
        """For each test, whether the model has the capabilities it requires."""
        return [test.check_capabilities(model, skip_incapable=skip_incapable, require_extra=require_extra)
                for test in self.tests]

    def is_skipped(self, model: Model) -> bool:
        """Whether the model is left out: not in include_models where there are some, or in skip_models."""
        if not self.include_models and not self.skip_models:
            return False
        included = not self.include_models or any(model.is_match(match) for match in self.include_models)
        return not included or any(model.is_match(match) for match in self.skip_models)

    def set_hooks(self, test: Test, score: Score) -> None:
        """Call the hook of a test with its score."""
        if self.hooks and test in self.hooks:
            hook = self.hooks[test]
            hook["f"](test, self.tests, score, **hook.get("kwargs", {}))

    def set_verbose(self, verbose: int) -> None:
        """Set `verbose` of all tests."""
        for test in self.tests:
            test.verbose = verbose

    def optimize(self, model: Model, *args: Any, **kwargs: Any) -> Any:
        """For suites with an optimizer: improve the model."""
        raise NotImplementedError(f"Optimization not implemented for TestSuite '{self.name}'")

    @classmethod
    def from_observations(cls, tests_info: Iterable[tuple], name: str | None = None) -> TestSuite:
        """A suite of (test class, observation) or (test class, observation, name)."""
        tests = []
        for test_class, observation, *rest in tests_info:
            assert Test.is_test_class(test_class), f"First item in each tuple must be a Test class, got {test_class!r}"
            tests.append(test_class(observation, name=rest[0] if rest else None))
        return cls(tests, name=name)

    def __getitem__(self, item: int | str) -> Test:
        if isinstance(item, int):
            return self.tests[item]
        named = [test for test in self.tests if test.name == item]
        if len(named) != 1:
            raise KeyError(f"{'Multiple tests' if named else 'No test'} found in this suite with name '{item}'; tests: "
                           f"{', '.join(test.name for test in self.tests)}")
        return named[0]

    def __len__(self) -> int:
        return len(self.tests)

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return str(self.name)


def _listed(things: Any, kind: type, who: str) -> list:
    if isinstance(things, kind):
        return [things]
    if isinstance(things, str) or not isinstance(things, Iterable):
        raise TypeError(f"{who} was not provided with a {kind.__name__.lower()} or iterable, but with {things!r}")
    things = list(things)
    for thing in things:
        if not isinstance(thing, kind):
            raise TypeError(f"{who} was provided an iterable containing a non-{kind.__name__} '{thing}'.")
    return things
