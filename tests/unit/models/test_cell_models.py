"""What holds for every cell model: declarations, defaults, units, and the same bits interpreted and compiled."""

import inspect
import math
import platform
import re
import sys

import numpy as np
import pytest

from simcore._jit import load_numba
from simcore.engine.simulation import Simulation
from simcore.errors import InvalidParameterValueError, NonExistentParameterError
from simcore.models.cells import CELL_MODELS
from simcore.network import Network
from simcore.units import registry

CELLS = [model for model in CELL_MODELS.values() if model.step]
every_cell = pytest.mark.parametrize("model", CELLS, ids=lambda m: m.name)
every_model = pytest.mark.parametrize("model", CELL_MODELS.values(), ids=lambda m: m.name)

CURRENT = {"tau_refrac": 0.0, "tau_m": 20.0, "i_offset": 0.0, "cm": 1.0, "v_thresh": -50.0, "tau_syn_E": 5.0,
           "v_rest": -65.0, "tau_syn_I": 5.0, "v_reset": -65.0}
CONDUCTANCE = CURRENT | {"e_rev_E": 0.0, "e_rev_I": -70.0}
ADAPTIVE = {"tau_refrac": 0.0, "a": 4.0, "tau_m": 9.3667, "e_rev_E": 0.0, "i_offset": 0.0, "cm": 0.281, "delta_T": 2.0,
            "v_thresh": -50.4, "b": 0.0805, "tau_syn_E": 5.0, "v_reset": -70.6, "v_spike": -40.0, "e_rev_I": -80.0,
            "tau_syn_I": 5.0, "tau_w": 144.0, "v_rest": -70.6}
DOCUMENT = {            # of PyNN 0.6, without v_init and w_init: initial values belong to populations here
    "IF_curr_exp": CURRENT,
    "IF_curr_alpha": CURRENT | {"tau_syn_E": 0.5, "tau_syn_I": 0.5},
    "IF_cond_exp": CONDUCTANCE,
    "IF_cond_alpha": CONDUCTANCE | {"tau_syn_E": 0.3, "tau_syn_I": 0.5},
    "EIF_cond_alpha_isfa_ista": ADAPTIVE,
    "IF_facets_hardware1": {"g_leak": 40.0, "e_rev_I": -80.0, "v_thresh": -55.0, "tau_syn_E": 30.0, "v_rest": -65.0,
                            "tau_syn_I": 30.0, "v_reset": -80.0},
    "HH_cond_exp": {"gbar_K": 6000.0, "e_rev_E": 0.0, "gbar_Na": 20000.0, "cm": 0.2, "e_rev_leak": -65.0,
                    "e_rev_I": -80.0, "e_rev_K": -90.0, "e_rev_Na": 50.0, "tau_syn_E": 0.2, "tau_syn_I": 2.0,
                    "v_offset": -63.0, "i_offset": 0.0, "g_leak": 10.0},
    "SpikeSourcePoisson": {"duration": 1e6, "start": 0.0, "rate": 1.0},
    "SpikeSourceArray": {"spike_times": []},
    "SpikeSourceInhGamma": {"a": [1.0], "b": [1.0], "tbins": [0.0], "start": 0.0, "duration": 1e6},
    "IF_cond_exp_gsfa_grr": CONDUCTANCE | {"tau_sfa": 100.0, "e_rev_sfa": -75.0, "q_sfa": 15.0, "tau_rr": 2.0,
                                           "e_rev_rr": -75.0, "q_rr": 3000.0},          # in PyNN 0.6's code
    "EIF_cond_exp_isfa_ista": ADAPTIVE,                                                 # these three: later releases
    "Izhikevich": {"a": 0.02, "b": 0.2, "c": -65.0, "d": 2.0, "i_offset": 0.0},
    "IF_curr_delta": {k: v for k, v in CURRENT.items() if not k.startswith("tau_syn")},
}
V_INIT = {"EIF_cond_alpha_isfa_ista": -70.6, "EIF_cond_exp_isfa_ista": -70.6, "Izhikevich": -70.0}       # others: -65 mV


@every_model
def test_parameters_and_defaults_are_those_of_the_document(model):
    assert {name: p.default for name, p in model.parameters.items()} == DOCUMENT[model.name.removesuffix("_order2")]


@every_model
def test_defaults_are_within_their_own_limits(model):
    given = {name: p.default for name, p in model.parameters.items()}
    assert model.complete(given) == model.complete({}) == given


@every_model
def test_every_parameter_and_state_has_unit_and_meaning(model):
    canonical = {"ms", "mV", "nA", "uS", "nF", "Hz", "1/ms", "mV/ms", "nS", "s", ""}   # nS, s: as PyNN has it
    for name, declared in model.parameters.items():
        assert declared.units in canonical, name
        assert len(declared.meaning.split()) > 1, name
    for name, declared in model.states.items():
        assert declared.units == "1" or declared.units in canonical - {"nS", "s", ""}, name
        assert len(declared.meaning.split()) > 1, name
    assert re.fullmatch(r"[A-Za-z]\w+", model.name)
    assert len(model.meaning.split()) > 3


@every_model
def test_every_unit_is_one_that_pint_knows(model):
    for declared in (*model.parameters.values(), *model.states.values()):
        assert registry().parse_units(declared.units if declared.units != "1" else "").dimensionality is not None


@every_cell
def test_weights_have_the_unit_of_what_they_change(model):
    kind = "uS" if "cond" in model.name or "facets" in model.name else "nA" if "curr_" in model.name else "mV"
    kind = "mV" if model.name in ("IF_curr_delta", "Izhikevich") else kind
    assert {name: unit for name, (_, unit) in model.receptors.items()} == {"excitatory": kind, "inhibitory": kind}


@every_cell
def test_step_takes_states_inputs_and_what_prepare_makes(model):
    arguments = inspect.signature(model.step).parameters.values()
    positional = [a.name for a in arguments if a.kind is not a.KEYWORD_ONLY]
    assert positional == [*model.states, *model.inputs]
    constants = model.prepare(0.1, **model.complete({}))
    assert set(constants) == set(model.constants)
    assert all(type(value) is float and math.isfinite(value) for value in constants.values())


@every_cell
def test_the_model_can_be_found_by_the_compiler_in_its_own_module(model):
    assert getattr(sys.modules[model.step.__module__], model.step.__name__) is model.step


@every_cell
def test_initial_states_are_those_of_the_document(model):
    net = Network()
    net.population("cell", 3, model.name)
    simulation = Simulation(net, dt=0.1, seed=1)
    start = dict(zip(model.states, simulation.machine.state.views[0], strict=True))
    assert start["v"].tolist() == [V_INIT.get(model.name, -65.0)] * 3
    for name, values in start.items():
        if name not in ("v", "u", "m", "h", "n"):
            assert not values.any(), name


def test_an_initial_value_that_is_a_function_takes_each_cells_own_parameters_and_states():
    """The gates of HH_cond_exp rest at the cell's own initial v and v_offset; those given are left alone."""
    model = CELL_MODELS["HH_cond_exp"]
    net = Network()
    given = {"v": [-70.0, -65.0, -60.0, -60.0]}
    net.population("cell", 4, model.name, {"v_offset": [-63.0, -63.0, -63.0, -50.0]}, initial=given)
    net.population("set", 1, model.name, initial={"m": 0.25})
    start = dict(zip(model.states, Simulation(net, dt=0.1, seed=1).machine.state.views[0], strict=True))
    for cell, u in enumerate([-7.0, -2.0, 3.0, -10.0]):
        alpha = 0.32 * (13 - u) / math.expm1((13 - u) / 4)
        beta = 0.28 * (u - 40) / math.expm1((u - 40) / 5)
        assert start["m"][cell] == pytest.approx(alpha / (alpha + beta), rel=1e-13)
        alpha, beta = 0.128 * math.exp((17 - u) / 18), 4 / (1 + math.exp((40 - u) / 5))
        assert start["h"][cell] == pytest.approx(alpha / (alpha + beta), rel=1e-13)
        alpha, beta = 0.032 * (15 - u) / math.expm1((15 - u) / 5), 0.5 * math.exp((10 - u) / 40)
        assert start["n"][cell] == pytest.approx(alpha / (alpha + beta), rel=1e-13)
    assert start["m"][4] == 0.25
    assert start["h"][4] == start["h"][1]


@every_cell
def test_wrong_parameters_are_refused(model):
    with pytest.raises(NonExistentParameterError, match=r"v_rset|cc"):
        model.complete({"v_rset" if "v_reset" in model.parameters else "cc": 1.0})
    with pytest.raises(NonExistentParameterError):
        model.complete({"v_init": -65.0})
    for name, declared in model.parameters.items():
        if declared.low == 0.0 and declared.low_open:
            with pytest.raises(InvalidParameterValueError, match=rf"{name} must be > 0 {declared.units}"):
                model.complete({name: 0.0})


@pytest.mark.parametrize(("name", "parameters", "said"), [
    ("IF_curr_alpha", {"v_reset": -50.0}, "v_reset must be < v_thresh = -50 mV, got -50 mV"),
    ("IF_cond_alpha", {"v_reset": -40.0}, "v_reset must be < v_thresh = -50 mV, got -40 mV"),
    ("IF_facets_hardware1", {"v_thresh": -90.0}, "v_reset must be < v_thresh = -90 mV, got -80 mV"),
    ("EIF_cond_alpha_isfa_ista", {"v_reset": -40.0}, "v_reset must be < v_spike = -40 mV, got -40 mV"),
    ("EIF_cond_exp_isfa_ista", {"v_thresh": -30.0}, "v_thresh must be <= v_spike = -40 mV, got -30 mV"),
    ("Izhikevich", {"c": 30.0}, "c must be < 30 mV, the peak of a spike, got 30 mV"),
])
def test_a_cell_that_would_fire_in_every_step_is_refused(name, parameters, said):
    model = CELL_MODELS[name]
    with pytest.raises(InvalidParameterValueError, match=re.escape(said)):
        model.prepare(0.1, **model.complete(parameters))


@pytest.mark.parametrize(("name", "parameter"), [(m.name, n) for m in CELLS for n, p in m.parameters.items() if p.units == "nS"])
def test_conductances_in_nS_may_be_given_in_uS(name, parameter):
    model = CELL_MODELS[name]
    default = model.parameters[parameter].default
    assert model.complete({parameter: f"{default / 1000} uS"})[parameter] == pytest.approx(default, rel=1e-15)


def random_states(model, rng, n):
    """(n_states, n) states, from the usual to the extreme."""
    columns = []
    for name, state in model.states.items():
        if name == "v":
            columns.append(np.concatenate([rng.uniform(-90.0, -30.0, n - n // 3), rng.uniform(-700.0, 300.0, n // 3)]))
        elif name == "refractory":
            columns.append(np.where(rng.random(n) < 0.2, rng.integers(1, 4, n), 0).astype(float))
        elif state.units == "1":
            columns.append(rng.uniform(0.0, 1.0, n))
        else:
            columns.append(rng.choice([0.0, 0.01, 1.0, 30.0], n) * rng.uniform(-0.2 if state.units == "nA" else 0.0, 1.0, n))
    return np.array(columns)


@every_cell
def test_interpreted_and_compiled_steps_give_the_same_bits(model):
    """Ten steps from random states with random inputs and parameters of each cell's own; NaN and inf are bits too."""
    rng, n = np.random.default_rng(7), 48
    scale = rng.choice([0.3, 1.0, 1.7], (2, n))
    own = {k: list(p.default * scale[0]) for k, p in model.parameters.items() if p.default > 0.0 and k != "i_offset"}
    net = Network()
    net.population("cell", n, model.name, own | ({"i_offset": list(10.0 * scale[1] - 5.0)} if "i_offset" in model.parameters else {}))
    simulation = Simulation(net, dt=0.1, seed=1)
    view, *inputs = simulation.machine._batches[0][:1 + len(model.inputs)]
    fired, *constants = simulation.machine._batches[0][1 + len(model.inputs):]
    for row, values in zip(view, random_states(model, rng, n), strict=True):
        row[:] = values
    advance = simulation.machine.loop.advance_0
    n_fired = 0
    for _ in range(10):
        for row in inputs:
            row[:] = rng.choice([0.0, 0.0, 0.05, 3.0], n)
        expected = []
        for i in range(n):
            arguments = [float(x[i]) for x in (*view, *inputs)]
            keywords = {c: float(x[i] if np.ndim(x) else x) for c, x in zip(model.constants, constants, strict=True)}
            expected.append(model.step(*arguments, **keywords))
        advance(view, *inputs, fired, *constants)
        for k, name in enumerate(model.states):
            assert view[k].tobytes() == np.array([float(e[k]) for e in expected]).tobytes(), name
        assert fired.tolist() == [int(e[-1]) for e in expected]
        assert not any(row.any() for row in inputs)
        n_fired += int(fired.sum())
    assert n_fired > 5


@every_cell
def test_the_loop_over_cells_becomes_simd(model):
    """Its machine code calculates in packs; one branch left in an equation, or one call, and there is not one pack.

    (Single operations are there too, for the last few cells.)
    """
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("knows the instructions of x86-64 only")
    net = Network()
    net.population("cell", 64, model.name)
    simulation = Simulation(net, dt=0.1, seed=1)
    fresh = load_numba().njit(error_model="numpy", nogil=True)(simulation.machine.loop.advance_0.py_func)
    fresh(*simulation.machine._batches[0])
    code, = fresh.inspect_asm().values()
    packed, single = (len(re.findall(rf"\tv?(?:mul|add|sub){kind}\t", code)) for kind in ("pd", "sd"))
    assert packed > 0.2 * single
