"""Backends: keys of results, caches, registering, saving."""

import pickle
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from simcore.errors import InvalidParameterValueError
from simcore.validation import Backend, Model, RangeTest, RunnableModel, TestSuite, register_backends
from simcore.validation.capabilities import ProducesNumber
from simcore.validation.errors import BackendException, BadParameterValueError


class CountingBackend(Backend):
    """Counts its runs."""

    runs = 0

    def _backend_run(self):
        type(self).runs += 1
        return {"trace": np.arange(3.0), "amp": self.model.run_params.get("amp"), "r": self.model.attrs.get("r")}


class FalsyBackend(CountingBackend):
    """Gives a value that is false."""

    value = 0

    def _backend_run(self):
        type(self).runs += 1
        return self.value


@pytest.fixture(autouse=True)
def no_runs():
    CountingBackend.runs = FalsyBackend.runs = 0


def made(backend=CountingBackend, name="m", attrs=None, **settings):
    return RunnableModel(name, backend=(backend, settings), attrs=attrs)


@pytest.mark.parametrize("settings", [{}, {"use_memory_cache": False, "use_disk_cache": "folder"}])
def test_equal_runs_are_run_once(tmp_path, settings):
    settings = {key: tmp_path if value == "folder" else value for key, value in settings.items()}
    model = made(**settings)
    for amp in (1, 2, 1, 2, 1):
        model.run(amp=amp)
        assert model.results["amp"] == amp
    assert CountingBackend.runs == 2


def test_without_caches_each_run_is_run():
    model = made(use_memory_cache=False)
    model.run()
    model.run()
    assert CountingBackend.runs == 2


def test_the_disk_cache_is_used_by_other_objects(tmp_path):
    made(use_disk_cache=tmp_path).run(amp=1)
    other = made(use_disk_cache=tmp_path, name="another name")
    other.run(amp=1)
    assert CountingBackend.runs == 1
    assert other.results["trace"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [0, [], {}, None, np.zeros(0), np.float64(0), False])
def test_falsy_results_hit(monkeypatch, value):
    monkeypatch.setattr(FalsyBackend, "value", value)
    model = made(FalsyBackend)
    model.run()
    model.run()
    assert FalsyBackend.runs == 1


def test_results_cannot_poison_the_cache():
    model = made()
    model.run()
    model.results["amp"] = "changed"
    with pytest.raises(ValueError, match="read-only"):
        model.results["trace"][0] = 9
    model.run()
    assert model.results["amp"] is None


@pytest.mark.parametrize("change", ["attrs", "run_params", "params", "settings", "class", "backend", "recorded", "version"])
def test_the_key_holds_all_that_results_depend_on(change):
    class Other(RunnableModel):
        """Another model."""

        def extra(self):
            return 1

    class OtherBackend(CountingBackend):
        """Another backend."""

        def load_model(self):
            self.loaded = True

    first = made(attrs={"r": 1.0}, dt=0.1)
    first.set_run_params(amp=1)
    cls = Other if change == "class" else RunnableModel
    backend = OtherBackend if change == "backend" else CountingBackend
    second = cls("m", backend=(backend, {"dt": 0.2 if change == "settings" else 0.1}),
                 attrs={"r": 2.0 if change == "attrs" else 1.0}, **({"p": 1} if change == "params" else {}))
    second.set_run_params(amp=2 if change == "run_params" else 1)
    if change == "recorded":
        second._backend.recorded_variables = ["v"]
    if change == "version":
        second._backend.cache_version = 2
    assert first.hash() != second.hash()


def test_names_and_default_run_params_do_not_matter_for_the_key():
    first, second = made(name="a"), made(name="b")
    first.set_default_run_params(amp=1)
    first.use_default_run_params()
    second.set_run_params(amp=1)
    assert first.hash() == second.hash()


def test_the_key_follows_the_source_unless_told_to_ignore_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    text = "from simcore.validation import RunnableModel\nclass M(RunnableModel):\n    def f(self):\n        {}\n        return {}\n"
    keys = {}
    for name, body in (("a", ("# comment", 1)), ("b", ("pass; 'note'", 1)), ("c", ("# other", 1)), ("d", ("# comment", 2))):
        (tmp_path / "of_a_user.py").write_text(text.format(*body))
        sys.modules.pop("of_a_user", None)
        import importlib
        import linecache

        importlib.invalidate_caches()
        linecache.clearcache()
        module = importlib.import_module("of_a_user")
        keys[name] = [module.M("m", backend=(CountingBackend, {"code": code})).hash() for code in ("source", "ignore")]
        sys.dont_write_bytecode = True
        for cached in tmp_path.rglob("*.pyc"):
            cached.unlink()
    assert keys["a"][0] == keys["c"][0]         # a comment
    assert keys["a"][0] != keys["d"][0]
    assert len({found[1] for found in keys.values()}) == 1


def test_the_commit_is_part_of_the_key_only_if_asked(monkeypatch):
    from simcore.validation.base import Versioned

    def with_commit(sha):
        monkeypatch.setattr(Versioned, "_repository", classmethod(lambda cls: {"sha": sha, "dirty": False}))
        return [made(code=code).hash() for code in ("source", "commit")]

    one, other = with_commit("a" * 40), with_commit("b" * 40)
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_given_attributes_stay_and_reach_the_backend():
    seen = {}

    class Attributes(CountingBackend):
        """Notes attributes."""

        def set_attrs(self, **attrs):
            seen.update(attrs)

    model = made(Attributes, attrs={"r": 5.0})
    assert model.attrs == seen == {"r": 5.0}
    model.set_attrs(c=1)
    assert model.attrs == seen == {"r": 5.0, "c": 1}


def test_run_parameters_stay_until_reset_and_defaults_fill_in():
    model = made()
    model.set_default_run_params(amp=1, dur=2)
    model.run(amp=3)
    assert model.run_params == {"amp": 3, "dur": 2}
    model.run()
    assert model.run_params == {"amp": 3, "dur": 2}
    model.reset_run_params()
    model.run()
    assert model.run_params == {"amp": 1, "dur": 2}
    model.reset_default_run_params()
    model.reset_run_params()
    model.run()
    assert model.run_params == {}
    assert model.state["attrs"] == {}


def test_bad_run_parameters_are_refused_before_the_run():
    class Checked(RunnableModel):
        """Takes positive amplitudes."""

        def check_run_params(self):
            if self.run_params.get("amp", 0) < 0:
                raise BadParameterValueError("amp", self.run_params["amp"])

    model = Checked("m", backend=CountingBackend)
    with pytest.raises(BadParameterValueError, match="Parameter amp has unreasonable value of -1"):
        model.run(amp=-1)
    assert CountingBackend.runs == 0


@pytest.mark.parametrize("backend", [0, 1.5, object(), int, Model])
def test_a_backend_of_another_type_is_refused(backend):
    with pytest.raises(TypeError, match="must be of type Backend, string, tuple"):
        RunnableModel("m", backend=backend)


def test_an_unknown_backend_is_named_with_the_nearest():
    register_backends({"NearbyBackend": CountingBackend, "not one": 3})
    with pytest.raises(BackendException, match="Backend Neerby not found; did you mean 'Nearby'"):
        RunnableModel("m", backend="Neerby")
    assert isinstance(RunnableModel("m", backend="Nearby").get_backend(), CountingBackend)
    assert isinstance(RunnableModel("m", backend=("NearbyBackend", {"use_memory_cache": False})).get_backend(), CountingBackend)


def test_backends_of_other_packages_are_found_by_their_entry_points(monkeypatch):
    from importlib.metadata import EntryPoint

    entry = EntryPoint("Elsewhere", f"{__name__}:FalsyBackend", "simcore.backends")
    monkeypatch.setattr("simcore.validation.models.backends.entry_points", lambda group: [entry] if group == "simcore.backends" else [])
    assert type(RunnableModel("m", backend="Elsewhere").get_backend()).__name__ == "FalsyBackend"


def test_a_model_has_no_results_before_it_is_run():
    model = made()
    assert not hasattr(model, "results")
    model.run()
    assert model.results["amp"] is None


def test_threads_may_share_a_cache(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    def run(x):
        model = made(use_disk_cache=tmp_path / "cache", use_memory_cache=False)
        model.run(amp=x % 40)
        return model.results["amp"]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(run, range(160))) == [x % 40 for x in range(160)]
    assert CountingBackend.runs == 40


def test_no_backend_warns_and_attributes_must_be_a_dict():
    with pytest.warns(UserWarning, match="limited functionality"):
        model = RunnableModel("m")
    with pytest.raises(NotImplementedError, match="_backend_run"):
        model.run()
    with pytest.raises(TypeError, match="must be a dictionary"):
        RunnableModel("m", backend=CountingBackend, attrs=1)
    with pytest.raises(InvalidParameterValueError, match="code must be one of source, commit, ignore, got 'git'"):
        made(code="git")


def test_results_can_be_saved(tmp_path):
    model = made(name="a/b: c")
    with pytest.raises(BackendException, match="run the model first"):
        model._backend.save_results(tmp_path)
    model.run(amp=2)
    path = model._backend.save_results(tmp_path)
    assert path.parent == tmp_path
    assert pickle.loads(path.read_bytes())["amp"] == 2


def test_what_is_kept_may_differ_from_results():
    class Translating(CountingBackend):
        """Keeps something else."""

        def results_to_cache(self, results):
            return results["amp"]

        def cache_to_results(self, cache):
            return {"from cache": cache}

    model = made(Translating)
    model.run(amp=1)
    assert model.results["amp"] == 1
    model.run(amp=1)
    assert model.results == {"from cache": 1}


def test_keys_can_be_given(tmp_path):
    backend = made(use_disk_cache=tmp_path).get_backend()
    for get, put in ((backend.get_memory_cache, backend.set_memory_cache), (backend.get_disk_cache, backend.set_disk_cache)):
        assert get("k") is None
        put([1], "k")
        assert get("k") == [1]
        put(2)
        assert get(backend.model.hash()) == 2
    backend.clear_disk_cache()
    assert backend.get_disk_cache("k") is None
    assert backend.get_cache("k") == [1]
    assert backend.set_cache(5, "l")
    assert backend.get_disk_cache("l") == 5


def test_models_find_attributes_of_their_backend():
    model = made()
    assert model.memory_cache is model.get_backend().memory_cache
    with pytest.raises(AttributeError, match="Model m has no attribute nothing"):
        _ = model.nothing


def test_a_model_with_its_backend_can_be_pickled():
    model = made(attrs={"r": 1.0})
    model.run(amp=1)
    copy = pickle.loads(pickle.dumps(model))
    copy.run(amp=1)
    assert CountingBackend.runs == 1
    assert copy.hash() == model.hash()


class SlowBackend(Backend):
    """Leaves a file for each run."""

    def _backend_run(self):
        import time
        import uuid

        Path(self.settings["runs"], uuid.uuid4().hex).touch()
        time.sleep(0.02)
        return np.full(50_000, self.model.attrs["x"])


class NumberModel(RunnableModel, ProducesNumber):
    """The sum of its results."""

    def produce_number(self):
        self.run()
        return float(self.results.mean())


def _suite(folder):
    cache, runs = Path(folder, "cache"), Path(folder, "runs")
    models = [NumberModel(f"m{x}", backend=(SlowBackend, {"use_disk_cache": str(cache), "runs": str(runs)}), attrs={"x": x})
              for x in range(6)]
    return TestSuite([RangeTest((-0.5, high), name=f"t{high}") for high in (1.5, 3.5)], name="S"), models


def _judge(folder):
    suite, models = _suite(folder)
    norms = suite.judge(models).norm_scores.values
    assert norms.tolist() == [[float(x < high) for high in (1.5, 3.5)] for x in range(6)]


def test_eight_processes_judging_one_suite_run_each_model_once(tmp_path):
    (tmp_path / "runs").mkdir()
    processes = [get_context("fork").Process(target=_judge, args=(str(tmp_path),)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(list((tmp_path / "runs").iterdir())) == 6
