"""Every name of the document of `sciunit.models`, and of the modules around it, is where it says, with its signature."""

import importlib
import inspect

import pytest

SPECIFIED = {   # module: {class or function: {member: parameters after self, or None for what is no method}}
    "models.backends": {
        "Backend": {"_backend_run": "", "backend_run": "", "f": None, "get_disk_cache": "key", "get_memory_cache": "key",
                    "init_backend": "*args **kwargs", "init_cache": "", "init_disk_cache": "", "init_memory_cache": "", "load_model": "",
                    "name": None, "recorded_variables": None, "save_results": "path", "set_attrs": "**attrs",
                    "set_disk_cache": "results key", "set_memory_cache": "results key", "set_run_params": "**run_params"},
        "BackendException": {}, "register_backends": "vars"},
    "models.base": {
        "Model": {"__getattr__": "attr", "__init__": "name **params", "__str__": "", "_backend": None, "capabilities": None,
                  "check_params": "", "curr_method": "back", "describe": "", "description": None, "extra_capability_checks": None,
                  "failed_extra_capabilities": None, "get_capabilities": "", "is_match": "match", "name": None, "params": None,
                  "run_args": None}},
    "models.examples": {
        "CacheByInstancePersistentUniformModel": {"produce_number": "**kwargs"},
        "CacheByValuePersistentUniformModel": {"produce_number": "**kwargs"},
        "ConstModel": {"__init__": "constant name", "produce_number": ""}, "PersistentUniformModel": {"produce_number": "", "run": ""},
        "RepeatedRandomNumberModel": {"produce_number": ""}, "SharedModel": {"_intern__pool": None, "__new__": "*args **kwargs"},
        "UniformModel": {"__init__": "a b name", "produce_number": ""}, "UniqueRandomNumberModel": {"produce_number": ""}},
    "models.runnable": {
        "RunnableModel": {"__del__": "", "__init__": "name backend attrs", "check_run_params": "", "get_backend": "",
                          "reset_default_run_params": "", "reset_run_params": "", "run": "**run_params", "set_attrs": "**attrs",
                          "set_backend": "backend", "set_default_run_params": "**params", "set_run_params": "**run_params", "state": None,
                          "use_default_run_params": ""}},
}
BASES = {"Backend": object, "BackendException": Exception, "CacheByInstancePersistentUniformModel": "PersistentUniformModel",
         "CacheByValuePersistentUniformModel": "PersistentUniformModel", "PersistentUniformModel": "UniformModel", "ConstModel": "Model",
         "UniformModel": "Model", "SharedModel": "Model", "UniqueRandomNumberModel": "Model", "RepeatedRandomNumberModel": "Model"}
AROUND = {
    "": "Capability Error Model Backend Score ScoreArray ScoreMatrix ScoreArrayM2M ScoreMatrixM2M TestSuite Test TestM2M config log "
        "logger __version__",
    "base": "SciUnit Versioned TestWeighted Config config log", "capabilities": "Capability ProducesNumber Runnable",
    "converters": "Converter NoConversion LambdaConversion AtMostToBoolean AtLeastToBoolean RangeToBoolean",
    "errors": "Error ObservationError ParametersError CapabilityError CapabilityNotProvidedError CapabilityNotImplementedError "
              "PredictionError InvalidScoreError BadParameterValueError",
    "models": "Model RunnableModel", "models.backends": "available_backends", "suites": "TestSuite",
    "scores": "BooleanScore ZScore CohenDScore RatioScore RelativeDifferenceScore PercentScore FloatScore RandomScore CorrelationScore "
              "NoneScore TBDScore NAScore InsufficientDataScore ErrorScore Score score_logger",
    "scores.base": "Score ErrorScore score_logger", "scores.collections": "ScoreArray ScoreMatrix",
    "scores.collections_m2m": "ScoreArrayM2M ScoreMatrixM2M", "scores.complete": "BooleanScore ZScore RatioScore",
    "scores.incomplete": "NoneScore TBDScore NAScore InsufficientDataScore", "tests": "Test TestM2M RangeTest ProtocolToFeaturesTest",
    "utils": "method_cache method_memoize class_intern use_backend_cache dict_combine dict_hash assert_dimensionless",
    "validators": "ObservationValidator ParametersValidator register_type register_quantity",
}
MEMBERS = {
    ("tests", "Test"): "ace bind_score check check_capabilities check_capability check_prediction check_score_type compute_params "
                       "compute_score condition_model describe feature_judge generate_prediction get_backend_cache is_test_class judge "
                       "observation_schema_names optimize set_backend_cache validate_observation validate_params hash json diff version "
                       "remote_url state",
    ("suites", "TestSuite"): "assert_models assert_tests check check_capabilities from_observations is_skipped judge judge_one optimize "
                             "set_hooks set_verbose weights __getitem__ __len__",
    ("scores", "Score"): "check_score color compute describe extract_mean_or_value extract_means_or_values get_raw log log10_norm_score "
                         "log2_norm_score log_norm_score norm_score observation_postprocess observation_preprocess raw score_type "
                         "set_raw summarize summary value_color describe_from_docstring",
    ("scores.collections", "ScoreMatrix"): "T add_mean copy get_by_name get_group get_model get_test norm_scores related_data scores "
                                           "scores_flat stature _repr_html_ score",
    ("scores.collections", "ScoreArray"): "get_by_name mean norm_scores related_data scores scores_flat stature weights score",
    ("capabilities", "Capability"): "check source_check unimplemented",
}


def module(path):
    return importlib.import_module(f"simcore.api.sciunit{'.' if path else ''}{path}")


def parameters(member):
    """Names after self, in order; those that are keyword-only or have been added at the end do not count."""
    kinds = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [kinds.get(p.kind, "") + p.name for p in inspect.signature(member).parameters.values() if p.name not in ("self", "cls", "kind")]


CASES = [(path, name, member, spec) for path, names in SPECIFIED.items() for name, members in names.items()
         for member, spec in (members.items() if isinstance(members, dict) else [(None, members)])]


@pytest.mark.parametrize(("path", "name", "member", "spec"), CASES, ids=lambda value: str(value))
def test_specified_names_have_their_signatures(path, name, member, spec):
    thing = getattr(module(path), name)
    found = inspect.getattr_static(thing, member) if member else thing
    if spec is None:
        assert found is None or found is not inspect.Parameter.empty
        return
    found = getattr(found, "__func__", found)
    wanted, given = spec.split(), parameters(found)
    if "**kwargs" in wanted and name.startswith("CacheBy"):
        assert given and given[-1].startswith("**")
        return
    assert given[:len(wanted)] == wanted
    extra = [p for p in inspect.signature(found).parameters.values() if p.name in given[len(wanted):]]
    assert all(p.default is not p.empty or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in extra), "a further argument is optional"


@pytest.mark.parametrize(("name", "base"), BASES.items())
def test_specified_bases(name, base):
    path = next(path for path, names in SPECIFIED.items() if name in names)
    cls = getattr(module(path), name)
    assert issubclass(cls, base) if isinstance(base, type) else base in [one.__name__ for one in cls.__mro__]


@pytest.mark.parametrize(("path", "names"), AROUND.items())
def test_names_around_the_specified_ones_exist(path, names):
    for name in names.split():
        assert hasattr(module(path), name), f"{path}.{name}"
    assert set(module(path).__all__) >= set(names.split()) - {"__version__"} or path == "models.backends"


@pytest.mark.parametrize(("where", "names"), MEMBERS.items(), ids=str)
def test_members_of_the_classes_around(where, names):
    cls = getattr(module(where[0]), where[1])
    for name in names.split():
        assert hasattr(cls, name), name


def test_the_face_is_only_names():
    """No logic in the API: each of its files is short, and its classes live in simcore.validation."""
    from pathlib import Path

    import simcore.api.sciunit as face

    for file in Path(face.__file__).parent.rglob("*.py"):
        assert len(file.read_text().splitlines()) <= 35, file
    assert face.Test.__module__ == "simcore.validation.tests"
