"""What all objects of validation have: state, digest, JSON, pickle, version, models' names and attributes."""

import json
import pickle

import numpy as np
import pint
import pytest
import xarray as xr

from simcore.errors import SimcoreError
from simcore.validation import Model, RangeTest, SciUnit, Score, ZScore, errors
from simcore.validation.caching import method_cache, method_memoize, use_backend_cache
from simcore.validation.config import Config
from simcore.validation.models import RunnableModel, examples
from simcore.validation.models.backends import Backend
from simcore.validation.models.examples import (
    CacheByInstancePersistentUniformModel,
    CacheByValuePersistentUniformModel,
    ConstModel,
    PersistentUniformModel,
    RepeatedRandomNumberModel,
    SharedModel,
    UniformModel,
    UniqueRandomNumberModel,
)
from simcore.validation.serial import Decoder, Encoder

ureg = pint.get_application_registry()


@pytest.mark.parametrize("value", [
    None, True, 3, 2.5, float("inf"), "ä", [1, [2]], (1, 2), {1, 2}, frozenset("ab"), {"a": 1}, {1: "a", (2, 3): None}, {"$x": 1},
    np.arange(6.0).reshape(2, 3), np.zeros((0, 2)), np.float32(1.5), np.array(["a", "bb"]), 5.0 * ureg.mV, np.arange(3) * ureg.s,
    xr.DataArray([1.0, 2.0], dims="x", attrs={"units": "mV"}), ConstModel, len])
def test_exact_json_gives_the_value_back(value):
    text = json.dumps(Encoder(exact=True).encode(value))
    again = Decoder().decode(json.loads(text))
    assert type(again) is type(value)
    if hasattr(value, "equals"):
        assert value.identical(again)
    elif not hasattr(value, "shape"):
        assert again == value
    else:
        np.testing.assert_array_equal(getattr(again, "magnitude", again), getattr(value, "magnitude", value))
        assert str(getattr(again, "units", "")) == str(getattr(value, "units", ""))


def test_objects_in_json_stay_shared_and_cycles_are_kept():
    model, test = ConstModel(2.5, name="m"), RangeTest((2, 3))
    score = test.judge(model)
    again = Score.from_json(score.json(unpicklable=True))
    assert again.test.last_model is again.model
    assert (again.score, again.model.constant, again.test.observation) == (True, 2.5, (2, 3))
    plain = score.json(string=False)
    assert plain["model"] == "m"
    assert plain["norm_score"] == 1.0
    json.loads(score.json(make_refs=True))


@pytest.mark.parametrize("text", ['{"$object": "simcore.validation:Nothing", "state": {}}', '{"$ref": 7}', '{"$nonsense": 1}',
                                  '{"$name": "no_such_module:x"}', '{"$array": "AAAA", "dtype": "f8", "shape": [1]}'])
def test_json_that_was_not_written_by_us_is_an_error(text):
    with pytest.raises(errors.Error, match=r"cannot make an object of"):
        SciUnit.from_json(text)


def test_pickle_keeps_everything_also_related_data():
    score = ZScore(1.0, related_data={"trace": np.arange(3)})
    score.model = ConstModel(3)
    again = pickle.loads(pickle.dumps(score))
    assert again.related_data["trace"].tolist() == [0, 1, 2]
    assert again.model.constant == 3


def test_hash_and_diff_see_the_state():
    a, b = ConstModel(1), ConstModel(1)
    assert a.hash() == b.hash()
    b.extra = np.arange(2)
    assert a.hash() != b.hash()
    assert set(a.diff(b)) == {"extra"}
    assert a.diff(ConstModel(2)) == {"constant": (1, 2), "params.constant": (1, 2)}
    first, second = RangeTest((0, 1)), RangeTest((0, 1), name="other name")
    assert first.hash() == second.hash()
    second.last_model = a
    assert first.hash() == second.hash()
    assert first.hash() != RangeTest((0, 2)).hash()
    assert a.hash("text") == b.hash("text")


def test_what_is_hidden_is_not_part_of_the_state():
    class Hiding(Model):
        state_hide = ("temporary",)

    model = Hiding(a=1)
    model.temporary, model.results, model.kept = 1, 2, 3
    assert model.state == {"name": "Hiding", "params": {"a": 1}, "kept": 3}
    assert {"temporary", "results"} <= set(model.get_list_attr_with_bases("state_hide"))
    assert "capabilities" in model.properties()
    assert model.properties(keys=["capabilities"]) == {"capabilities": []}
    assert model.described_class["import_path"].endswith("Hiding")


def test_versions_come_from_git_only_when_asked(monkeypatch):
    looked = []
    monkeypatch.setattr("simcore.provenance.git.repository", lambda file: looked.append(file) or {
        "sha": "ab" * 20, "dirty": True, "remote": "https://example.org/x"})
    model = ConstModel(1)
    model.hash(), model.json(add_props=False)
    assert looked == []
    assert model.version == "ab" * 20 + "*"
    assert model.url == model.remote_url == "https://example.org/x"
    monkeypatch.setattr("simcore.provenance.git.repository", lambda file: {"sha": None, "reason": "none"})
    assert model.version is None


def test_settings_are_read_and_written_only_when_asked(tmp_path):
    path = tmp_path / "a" / "config.json"
    config = Config(path)
    assert not path.exists()
    assert config["CMAP_LOW"] == 38
    config["Mine"] = 5
    assert config.save() == path
    assert Config(path)["mine"] == 5
    assert Config().get("nothing", 3) == 3


def test_errors_are_of_one_tree_and_survive_pickling():
    model = Model("m")
    made = [errors.CapabilityNotProvidedError(model, ConstModel, "why"), errors.CapabilityNotImplementedError(model, ConstModel),
            errors.PredictionError(model, "foo", x=1), errors.BadParameterValueError("x", 3), errors.ObservationError("o"),
            errors.ParametersError("p"), errors.InvalidScoreError("s"), errors.BackendException("b")]
    for error in made:
        assert isinstance(error, SimcoreError)
        assert isinstance(error, errors.Error) or type(error) is errors.BackendException
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
    assert str(made[0]) == "Model 'm' does not provide required capability: 'ConstModel' (why)"
    assert str(made[2]) == ("During prediction, model 'm' could not successfully execute method 'foo' with arguments {'x': 1}")
    assert isinstance(made[3], ValueError)
    assert pickle.loads(pickle.dumps(made[0])).model.name == "m"


def test_models_have_names_parameters_and_descriptions():
    class Mine(Model):
        """What it
        is."""

        def who(self):
            return self.curr_method(), self.inner()

        def inner(self):
            return self.curr_method(back=1)

    model = Mine(a=1)
    assert (str(model), model.params, repr(model)) == ("Mine", {"a": 1}, "Mine (Mine)")
    assert model.describe() == "What it is."
    assert model.who() == ("who", "who")
    assert Mine("x*").is_match("x[*]")
    assert model.is_match("M*")
    assert model.is_match(model)
    assert not model.is_match(Mine(a=1))
    assert (Model.name, Model.params, Model.run_args, Model._backend) == (None, None, None, None)
    with pytest.raises(AttributeError, match="Model Mine has no attribute nothing"):
        _ = model.nothing


def test_parameters_of_a_model_are_checked_when_it_is_made():
    class Checked(Model):
        def check_params(self):
            if self.params["a"] < 0:
                raise errors.BadParameterValueError("a", self.params["a"])

    assert Checked(a=1).params == {"a": 1}
    with pytest.raises(errors.BadParameterValueError):
        Checked(a=-1)


def test_parameters_can_be_declared():
    from simcore.units import Param

    class Declared(Model):
        params_schema = {"tau": Param(20.0, "ms", low=0.0), "n": Param(3, "")}  # noqa: RUF012

    assert Declared(tau="0.01 s").params == {"tau": 10.0, "n": 3}
    with pytest.raises(errors.BadParameterValueError, match="tau must be >= 0 ms"):
        Declared(tau=-1.0)
    with pytest.raises(errors.BadParameterValueError, match="did you mean 'tau'"):
        Declared(taau=1.0)


def test_example_models():
    examples.seed(1)
    first = [UniformModel(2, 3).produce_number() for _ in range(5)]
    examples.seed(1)
    assert first == [UniformModel(2, 3).produce_number() for _ in range(5)]
    assert all(2 <= x < 3 for x in first)
    assert ConstModel(3).produce_number() == 3
    unique, repeated = UniqueRandomNumberModel(), RepeatedRandomNumberModel()
    assert unique.produce_number() != unique.produce_number()
    assert repeated.produce_number() == repeated.produce_number() != RepeatedRandomNumberModel().produce_number()
    model = PersistentUniformModel(3, 4)
    model.run()
    assert model.produce_number() == model.produce_number()


@pytest.mark.parametrize(("cls", "shared"), [(CacheByInstancePersistentUniformModel, False), (CacheByValuePersistentUniformModel, True)])
def test_runs_are_cached_by_instance_or_value(cls, shared):
    a, b, other = cls(2, 3), cls(2, 3, name="b"), cls(2, 3.5)
    assert a.produce_number() == a.produce_number()
    assert (a.produce_number() == b.produce_number()) is shared
    assert other.produce_number() != a.produce_number()
    a.b = 5                                     # another value of an attribute: another run
    assert a.produce_number() != b.produce_number()


def test_shared_models_are_one_object_also_after_pickling():
    a = SharedModel("x", p=[1, {"a": 2}])
    assert SharedModel(name="x", p=[1, {"a": 2}]) is a
    assert SharedModel("x", p=[1, {"a": 3}]) is not a
    assert a.params == {"p": [1, {"a": 2}]}
    a.mark = 1
    assert pickle.loads(pickle.dumps(a)) is a
    assert SharedModel() is SharedModel()
    assert hasattr(SharedModel, "_intern__pool")


def test_memory_of_methods_ends_with_the_instance():
    import gc
    import weakref

    class Counting:
        calls = 0

        @method_memoize
        def f(self, x, y=1):
            Counting.calls += 1
            return x + y

    thing = Counting()
    assert [thing.f(1), thing.f(1), thing.f(1, y=2), thing.f(np.float64(1))] == [2, 2, 3, 2]
    assert Counting.calls == 3
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is None
    with pytest.raises(ValueError, match="must be 'value' or 'instance'"):
        method_cache(by="name")


def test_predictions_are_kept_in_the_cache_of_the_backend():
    class Empty(Backend):
        def _backend_run(self):
            return 1

    class Kept(RangeTest):
        calls = 0

        @use_backend_cache
        def generate_prediction(self, model):
            type(self).calls += 1
            return 0

    model, other = (RunnableModel(name, backend=Empty, attrs={"x": x}) for name, x in (("a", 1), ("b", 2)))
    test = Kept((-1, 1))
    assert [test.generate_prediction(model) for _ in range(3)] == [0, 0, 0]
    assert Kept.calls == 1
    test.generate_prediction(other)
    assert Kept.calls == 1 + 1
    model.set_attrs(x=5)
    test.generate_prediction(model=model)
    assert Kept.calls == 3
    Kept((-1, 2)).generate_prediction(model)    # the observation is not part of a prediction
    assert Kept.calls == 3
    test.generate_prediction(ConstModel(1))
    test.generate_prediction(ConstModel(1))     # no backend: nothing is kept
    assert Kept.calls == 5


def test_predictions_can_be_shared_between_tests():
    class Empty(Backend):
        def _backend_run(self):
            return 1

    calls = []

    class A(RangeTest):
        @use_backend_cache(cache_key_param="shared")
        def generate_prediction(self, model):
            calls.append(type(self))
            return 0.5

    class B(A):
        pass

    model = RunnableModel("a", backend=Empty)
    for test in (A((0, 1), shared="k"), B((0, 1), shared="k"), A((0, 1), shared="l"), A((0, 1))):
        assert test.generate_prediction(model) == 0.5
    assert calls == [A, A, A]
    test = A((0, 1))
    assert test.set_backend_cache(model, [1])
    assert test.get_backend_cache(model) == [1]
    assert not test.set_backend_cache(ConstModel(1), [1])
    assert test.get_backend_cache(None) is None
