"""Every name and argument of the document (PyNN API version 0.6) is there."""

import importlib
import inspect
from pathlib import Path

import pytest

from simcore.api import pynn as sim

FUNCTIONS = {
    "setup": "timestep min_delay max_delay extra_params", "end": "compatible_output", "run": "simtime", "reset": "",
    "get_time_step": "", "get_current_time": "", "get_min_delay": "", "get_max_delay": "", "rank": "", "num_processes": "",
    "create": "cellclass cellparams n", "connect": "source target weight delay synapse_type p rng", "set": "cells param val",
    "record": "source filename", "record_v": "source filename", "record_gsyn": "source filename",
    "colour": "col text", "notify": "msg subject smtphost address", "get_script_args": "n_args usage",
    "init_logging": "logfile debug num_processes rank",
}
CONSTRUCTORS = {
    "Population": "dims cellclass cellparams label", "ID": "n",
    "Projection": "presynaptic_population postsynaptic_population method source target synapse_dynamics label rng",
    "AllToAllConnector": "allow_self_connections weights delays space", "OneToOneConnector": "weights delays",
    "FixedProbabilityConnector": "p_connect allow_self_connections weights delays space",
    "DistanceDependentProbabilityConnector": "d_expression allow_self_connections weights delays space",
    "FixedNumberPreConnector": "n allow_self_connections weights delays",
    "FixedNumberPostConnector": "n allow_self_connections weights delays", "FromListConnector": "conn_list",
    "FromFileConnector": "filename distributed", "SynapseDynamics": "fast slow",
    "STDPMechanism": "timing_dependence weight_dependence voltage_dependence dendritic_delay_fraction",
    "TsodyksMarkramMechanism": "U tau_rec tau_facil u0 x0 y0", "AdditiveWeightDependence": "w_min w_max A_plus A_minus",
    "MultiplicativeWeightDependence": "w_min w_max A_plus A_minus",
    "AdditivePotentiationMultiplicativeDepression": "w_min w_max A_plus A_minus",
    "GutigWeightDependence": "w_min w_max A_plus A_minus mu_plus mu_minus", "SpikePairRule": "tau_plus tau_minus",
    "DCSource": "amplitude start stop", "StepCurrentSource": "times amplitudes",
    "ACSource": "amplitude offset frequency phase start stop", "NoisyCurrentSource": "mean stdev dt start stop rng",
    "BaseFile": "filename mode", "StandardTextFile": "filename mode", "PickleFile": "filename mode",
    "NumpyBinaryFile": "filename mode", "HDF5ArrayFile": "filename mode",
    "RandomDistribution": "distribution parameters rng boundaries constrain",
    "Space": "axes scale_factor offset periodic_boundaries",
}
METHODS = {
    "Population": {
        "__getitem__": "addr", "__iter__": "", "__len__": "", "addresses": "", "all": "", "can_record": "variable",
        "describe": "template fill", "get": "parameter_name as_array", "getSpikes": "gather compatible_output",
        "get_gsyn": "gather compatible_output", "get_spike_counts": "gather", "get_v": "gather compatible_output",
        "id_to_index": "id", "ids": "", "index": "n", "inject": "current_source", "locate": "id", "meanSpikeCount": "gather",
        "nearest": "position", "printSpikes": "file gather compatible_output", "print_gsyn": "file gather compatible_output",
        "print_v": "file gather compatible_output", "randomInit": "rand_distr", "record": "record_from rng to_file",
        "record_gsyn": "record_from rng to_file", "record_v": "record_from rng to_file", "rset": "parametername rand_distr",
        "set": "param val", "tset": "parametername value_array"},
    "ID": {"__getattr__": "name", "get_native_parameters": "", "get_parameters": "", "inject": "current_source",
           "is_standard_cell": "", "set_native_parameters": "parameters", "set_parameters": "parameters"},
    "Projection": {
        "__len__": "", "describe": "template", "getDelays": "format gather", "getWeights": "format gather",
        "getSynapseDynamics": "parameter_name format gather", "printWeights": "filename format gather",
        "randomizeDelays": "rand_distr", "randomizeSynapseDynamics": "param rand_distr", "randomizeWeights": "rand_distr",
        "saveConnections": "filename gather compatible_output", "setDelays": "d", "setSynapseDynamics": "param value",
        "setWeights": "w", "size": "gather", "weightHistogram": "min max nbins"},
    "SynapseDynamics": {"describe": "template"}, "STDPMechanism": {"describe": ""},
    "DCSource": {"inject_into": "cell_list"}, "StepCurrentSource": {"inject_into": "cell_list"},
    "ACSource": {"inject_into": "cell_list"}, "NoisyCurrentSource": {"inject_into": "cell_list"},
    "BaseFile": {"__del__": "", "close": "", "get_metadata": "", "read": "", "write": "data metadata"},
    "RandomDistribution": {"next": "n mask_local"},
    "Timer": {"diff": "format", "elapsedTime": "format", "reset": "", "start": "", "time_in_words": "s"},
}
CLASSES = [
    "IF_curr_exp", "IF_curr_alpha", "IF_cond_exp", "IF_cond_alpha", "EIF_cond_alpha_isfa_ista", "IF_facets_hardware1",
    "HH_cond_exp", "SpikeSourcePoisson", "SpikeSourceArray", "InvalidParameterValueError", "NonExistentParameterError",
    "InvalidDimensionsError", "ConnectionError", "InvalidModelError", "RoundingWarning", "NothingToWriteError",
    "InvalidWeightError", "NotLocalError", "RecordingError", "NumpyRNG", "GSLRNG", "NativeRNG", "Timer",
]


def first_arguments(function, names):
    found = [p for p in inspect.signature(function).parameters if p != "self"]
    return found[:len(names)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    names = FUNCTIONS[name].split()
    assert first_arguments(getattr(sim, name), names) == names


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_constructors(name):
    names = CONSTRUCTORS[name].split()
    found = first_arguments(getattr(sim, name), names)
    assert len(found) == len(names) and (found == names or name in ("FromFileConnector", "FromListConnector"))


@pytest.mark.parametrize(("owner", "method"), [(o, m) for o, methods in METHODS.items() for m in methods])
def test_methods(owner, method):
    names = METHODS[owner][method].split()
    assert first_arguments(getattr(getattr(sim, owner), method), names) == names


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name):
    assert inspect.isclass(getattr(sim, name)) and name in sim.__all__


@pytest.mark.parametrize("module", ["random", "utility", "errors", "space", "files"])
def test_modules(module):
    assert importlib.import_module(f"simcore.api.pynn.{module}").__doc__


def test_errors_are_what_scripts_catch():
    assert issubclass(sim.InvalidParameterValueError, ValueError) and issubclass(sim.RoundingWarning, Warning)
    error = sim.RecordingError("gsyn", sim.IF_curr_exp)
    assert "gsyn" in str(error) and "IF_curr_exp" in str(error)


def test_the_example_of_the_documentation_runs(folder, monkeypatch, capsys):
    page = Path(__file__).parents[3].joinpath("docs", "porting-pynn.md").read_text(encoding="utf-8").split("## Coming")[0]
    monkeypatch.chdir(folder)
    exec(compile("\n".join(line[4:] for line in page.splitlines() if line.startswith("    ")), "porting-pynn.md", "exec"), {})
    assert (folder / "cells.spikes").is_file() and float(capsys.readouterr().out.split()[0]) > 0
