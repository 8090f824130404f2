# ruff: noqa: RUF012, B006 - as people write it
"""Built like NeuronUnit's tests of membranes: a base that gathers capabilities, units, two schemas, protocols in `params`.

Tests inherit three deep, predictions are quantities, scores get a method and a trace bound to them, and a backend is told
how long to run.
"""

from types import MethodType

import numpy as np
import quantities as pq
import sciunit
import sciunit.capabilities as scap
import sciunit.scores as scores
from sciunit.models import RunnableModel
from sciunit.models.backends import Backend, register_backends

DELAY, DURATION = 50.0 * pq.ms, 200.0 * pq.ms
MEGAOHM = pq.UnitQuantity("megaohm", pq.ohm * 1e6, symbol="Mohm")


class ProducesMembranePotential(scap.Runnable):
    """Has a membrane potential."""

    def get_membrane_potential(self, **kwargs):
        """Times [ms] and potential, as quantities."""
        return NotImplementedError()

    def get_median_vm(self, **kwargs):
        return np.median(self.get_membrane_potential(**kwargs)[1].magnitude) * pq.mV

    def get_std_vm(self, **kwargs):
        return self.get_membrane_potential(**kwargs)[1].std()


class ReceivesSquareCurrent(sciunit.Capability):
    """Takes a square pulse."""

    def inject_square_current(self, current):
        raise NotImplementedError("Must implement inject_square_current")


class VmTest(sciunit.Test):
    """Base of tests of the membrane potential."""

    def __init__(self, observation={"mean": None, "std": None}, name=None, **params):
        super().__init__(observation, name, **params)
        gathered = []
        for cls in self.__class__.__bases__:
            gathered += cls.required_capabilities
        self.required_capabilities += tuple(gathered)
        self._extra()

    required_capabilities = (scap.Runnable, ProducesMembranePotential)
    name = ""
    units = pq.Dimensionless
    observation_schema = [{"mean": {"units": True, "required": True}, "std": {"units": True, "min": 0, "required": True},
                           "n": {"type": "integer", "min": 1}},
                          {"mean": {"units": True, "required": True}, "sem": {"units": True, "min": 0, "required": True},
                           "n": {"type": "integer", "min": 1, "required": True}}]

    def _extra(self):
        pass

    def validate_observation(self, observation):
        super().validate_observation(observation)
        if "std" not in observation:
            observation["std"] = observation["sem"] * np.sqrt(observation["n"])
        return observation

    def bind_score(self, score, model, observation, prediction):
        score.related_data["vm"] = model.get_membrane_potential()[1]
        score.related_data["model_name"] = f"{model.name}_{self.name}"

        def range_of_vm(self):
            return float(np.ptp(score.related_data["vm"].magnitude))

        score.range_of_vm = MethodType(range_of_vm, score)


class TestPulseTest(VmTest):
    """Base of tests with a square pulse."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params["injected_square_current"] = {"amplitude": -10.0 * pq.pA, "delay": DELAY, "duration": DURATION}

    required_capabilities = (ReceivesSquareCurrent,)
    name = ""
    score_type = scores.ZScore

    def generate_prediction(self, model):
        pulse = self.params["injected_square_current"]
        model.get_backend().set_stop_time(pulse["delay"] + pulse["duration"] + 100.0 * pq.ms)
        model.inject_square_current(pulse)
        t, vm = model.get_membrane_potential()
        return None if np.any(np.isnan(vm.magnitude)) else (pulse, t, vm)

    @classmethod
    def get_rin(cls, t, vm, pulse):
        before = vm[(t > pulse["delay"] - 11 * pq.ms) & (t < pulse["delay"])].mean()
        stop = pulse["delay"] + pulse["duration"]
        after = vm[(t > stop - 11 * pq.ms) & (t < stop)].mean()
        return ((after - before) / pulse["amplitude"]).simplified

    @classmethod
    def get_tau(cls, t, vm, pulse):
        stop = pulse["delay"] + pulse["duration"]
        v, rest = vm.rescale("mV").magnitude, vm[t < pulse["delay"]].mean().rescale("mV").magnitude
        end = v[(t > stop - 11 * pq.ms) & (t < stop)].mean()
        part = (t > pulse["delay"]) & (t < pulse["delay"] + 30 * pq.ms)
        slope = np.polyfit(t[part].rescale("ms").magnitude, np.log((v[part] - end) / (rest - end)), 1)[0]
        return -1 / slope * pq.ms


class InputResistanceTest(TestPulseTest):
    """A test of the input resistance of a cell."""

    name = "Input resistance test"
    units = MEGAOHM

    def generate_prediction(self, model):
        pulse, t, vm = super().generate_prediction(model)
        return {"value": self.__class__.get_rin(t, vm, pulse)}


class TimeConstantTest(TestPulseTest):
    """A test of the membrane time constant of a cell."""

    name = "Time constant test"
    units = pq.ms
    score_type = scores.RatioScore

    def generate_prediction(self, model):
        pulse, t, vm = super().generate_prediction(model)
        return {"value": self.__class__.get_tau(t, vm, pulse).simplified}


class CapacitanceTest(TestPulseTest):
    """A test of the membrane capacitance of a cell."""

    name = "Capacitance test"
    units = pq.pF

    def generate_prediction(self, model):
        pulse, t, vm = super().generate_prediction(model)
        return {"value": (self.get_tau(t, vm, pulse) / self.get_rin(t, vm, pulse)).simplified}


class RestingPotentialTest(TestPulseTest):
    """A test of the resting potential of a cell where injected current is set to zero."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params.update(self.default_params)

    default_params = {"injected_square_current": {"amplitude": 0.0 * pq.pA, "delay": DELAY, "duration": DURATION}}
    name = "Resting potential test"
    units = pq.mV

    def generate_prediction(self, model):
        super().generate_prediction(model)
        prediction = {"mean": model.get_median_vm(), "std": model.get_std_vm()}
        self.prediction = prediction
        return prediction


class MembraneBackend(Backend):
    """The exact response of a passive membrane."""

    name = "Membrane"

    def set_stop_time(self, stop):
        self.stop = stop

    def _backend_run(self):
        p, pulse = self.model.params, self.model.run_params["current"]
        t = np.arange(0, float(self.stop.rescale("ms")), 0.1)
        r, tau = p["r"].rescale(MEGAOHM).magnitude, float((p["r"] * p["c"]).rescale("ms"))
        delay, duration = (float(pulse[key].rescale("ms")) for key in ("delay", "duration"))
        size = r * float(pulse["amplitude"].rescale("nA"))
        up = np.where(t >= delay, 1 - np.exp(-np.maximum(t - delay, 0) / tau), 0)
        down = np.where(t >= delay + duration, 1 - np.exp(-np.maximum(t - delay - duration, 0) / tau), 0)
        return {"t": t, "vm": float(p["rest"].rescale("mV")) + size * (up - down)}


register_backends(locals())


class PassiveCell(RunnableModel, ProducesMembranePotential, ReceivesSquareCurrent):
    """A cell that does not fire."""

    def __init__(self, name, **params):
        super().__init__(name, backend="Membrane")
        self.params = params

    def inject_square_current(self, current):
        self.set_run_params(current=current)
        self.results = self.get_backend().backend_run()

    def get_membrane_potential(self, **kwargs):
        return self.results["t"] * pq.ms, self.results["vm"] * pq.mV


def main():
    tests = [InputResistanceTest({"mean": 120 * MEGAOHM, "std": 30 * MEGAOHM, "n": 12}),
             TimeConstantTest({"mean": 20 * pq.ms, "std": 4 * pq.ms}),
             CapacitanceTest({"mean": 150 * pq.pF, "std": 30 * pq.pF, "n": 9}),
             RestingPotentialTest({"mean": -70 * pq.mV, "std": 3 * pq.mV})]
    cells = [PassiveCell("pyramid", r=100 * MEGAOHM, c=200 * pq.pF, rest=-68 * pq.mV),
             PassiveCell("basket", r=0.15e9 * pq.ohm, c=0.08 * pq.nF, rest=-0.065 * pq.V)]
    found = {}
    for test in tests:
        for cell in cells:
            score = test.judge(cell)
            found[f"{test.name}, {cell.name}"] = [type(score).__name__, round(float(score.score), 9), score.norm_score]
            found[f"range of {test.name}, {cell.name}"] = [round(score.range_of_vm(), 9), score.related_data["model_name"]]
    matrix = sciunit.TestSuite(tests, name="passive").judge(cells)
    found["matrix"] = [[matrix[test][cell].norm_score for test in tests] for cell in cells]
    found["capabilities"] = sorted({capability.__name__ for capability in tests[0].required_capabilities})
    return found
