# ruff: noqa: RUF012 - as its author wrote it
"""A suite as people write it for the package `sciunit`: only the imports know which one it is.

    python foreign_suite.py > foreign_suite.json        with sciunit 0.2.8 from PyPI, numpy, quantities

gives the reference that simcore.api.sciunit is compared with.
"""

import json

import numpy as np
import quantities as pq
import sciunit
from sciunit.capabilities import ProducesNumber
from sciunit.converters import AtMostToBoolean, RangeToBoolean
from sciunit.errors import CapabilityError, ObservationError
from sciunit.models import Model, RunnableModel
from sciunit.models.backends import Backend, register_backends
from sciunit.models.examples import ConstModel
from sciunit.scores import (
    BooleanScore,
    CohenDScore,
    CorrelationScore,
    PercentScore,
    RatioScore,
    RelativeDifferenceScore,
    ZScore,
)
from sciunit.suites import TestSuite
from sciunit.tests import ProtocolToFeaturesTest, RangeTest, Test, TestM2M
from sciunit.utils import assert_dimensionless


class ProducesMembranePotential(sciunit.Capability):
    """Has a membrane potential."""

    def get_membrane_potential(self, **run_params):
        """Times [ms] and potentials [mV]."""
        self.unimplemented()

    def get_mean_vm(self):
        _, v = self.get_membrane_potential()
        return v.mean()


class PassiveBackend(Backend):
    """Exact response of a passive membrane to a step of current."""

    def set_attrs(self, **attrs):
        super().set_attrs(**attrs)

    def _backend_run(self):
        attrs, run = self.model.params, self.model.run_params
        t = np.arange(0, 200, 0.5)
        v = attrs["v_rest"] + attrs["r"] * run.get("amplitude", 0.0) * (1 - np.exp(-t / (attrs["r"] * attrs["c"])))
        return {"t": t, "v": v}


register_backends(locals())


class PassiveCell(RunnableModel, ProducesMembranePotential):
    """A passive cell: r in MOhm, c in nF, currents in nA."""

    def get_membrane_potential(self, **run_params):
        self.run(**run_params)
        return self.results["t"] * pq.ms, self.results["v"] * pq.mV


class InputResistanceTest(ProtocolToFeaturesTest):
    """Input resistance from the steady state of a step."""

    required_capabilities = (ProducesMembranePotential,)
    units = pq.UnitQuantity("megaohm", pq.ohm * 1e6, symbol="MOhm")
    score_type = ZScore
    default_params = {"amplitude": -0.1}

    def setup_protocol(self, model):
        model.set_run_params(amplitude=self.params["amplitude"])

    def get_result(self, model):
        return model.get_membrane_potential()

    def extract_features(self, model, result):
        _, v = result
        return {"value": ((v[-1] - v[0]) / (self.params["amplitude"] * pq.nA)).rescale(self.units)}

    def bind_score(self, score, model, observation, prediction):
        score.related_data["v_last"] = float(model.results["v"][-1])
        score.description = "input resistance"


class RestTest(Test):
    """Resting potential."""

    required_capabilities = (ProducesMembranePotential,)
    units = pq.mV
    score_type = BooleanScore
    converter = AtMostToBoolean(2.0)
    observation_schema = {"mean": {"units": True, "required": True}, "std": {"units": True, "required": True}}

    def generate_prediction(self, model):
        model.set_run_params(amplitude=0.0)
        return {"mean": model.get_mean_vm()}

    def compute_score(self, observation, prediction):
        z = ZScore.compute(observation, prediction)
        z.set_raw(float(assert_dimensionless(z.score)))
        return z


class RatioTest(Test):
    """A number relative to an observed one."""

    required_capabilities = (ProducesNumber,)
    score_type = RatioScore

    def generate_prediction(self, model):
        return {"value": model.produce_number()}


class Compared(TestM2M):
    """Numbers of two models."""

    score_type = RelativeDifferenceScore
    required_capabilities = (ProducesNumber,)

    def generate_prediction(self, model):
        return float(model.produce_number())


def main():
    found = {}
    cells = [PassiveCell("a", backend="Passive", r=100.0, c=0.2, v_rest=-65.0),
             PassiveCell("b", backend=("Passive", {"use_memory_cache": False}), r=150.0, c=0.2, v_rest=-70.0)]
    mohm = InputResistanceTest.units
    suite = TestSuite([InputResistanceTest({"mean": 110.0 * mohm, "std": 20.0 * mohm}, name="R_in"),
                       InputResistanceTest({"mean": 0.11e9 * pq.ohm, "std": 0.02e9 * pq.ohm}, name="R_in in ohm", amplitude=-0.2),
                       RestTest({"mean": -66.0 * pq.mV, "std": 1.0 * pq.mV}, name="rest")], name="cells", weights=[2, 1, 1])
    matrix = suite.judge(cells)
    for cell in cells:
        for test in suite.tests:
            score = matrix[test][cell]
            found[f"{cell}, {test}"] = [str(score), float(score.norm_score), float(score.get_raw())]
        found[f"mean of {cell}"] = float(matrix[cell].mean())
        found[f"rank of {cell}"] = float(matrix.stature(suite["R_in"], cell))
    by_error = InputResistanceTest({"mean": 110.0 * mohm, "sem": 10.0 * mohm, "n": 4})
    found["with standard error"] = by_error.judge(cells[1]).score       # a second time, PyPI's fails
    found["related"] = matrix["R_in"]["a"].related_data["v_last"]
    numbers = [ConstModel(x, name=f"m{x}") for x in (1.0, 2.0, 5.0)]
    for name, test in (("ratio", RatioTest({"value": 2.0})), ("range", RangeTest((0.5, 2.5)))):
        found[name] = [str(test.judge(model)) for model in numbers]
    converted = RatioTest({"value": 2.0})
    converted.converter, converted.score_type = RangeToBoolean(0.9, 1.1), BooleanScore
    converted.compute_score = lambda observation, prediction: RatioScore.compute(observation, prediction)
    found["converted"] = [[str(score), score.raw] for score in (converted.judge(model) for model in numbers)]
    found["pairs"] = [[float(Compared().judge(numbers)[a][b].score) for b in numbers] for a in numbers]
    found["scores"] = [CohenDScore.compute({"mean": 3.0, "std": 10.0, "n": 10}, {"mean": 2.5, "std": 10.0, "n": 10}).score,
                       PercentScore(42).norm_score, CorrelationScore.compute([1.0, 2, 3], [2.0, 2.5, 4]).score]
    found["not capable"] = type(RangeTest((0, 1)).judge(Model("none"))).__name__
    found["check"] = [type(suite.check(cells)[cells[0], test]).__name__ for test in suite.tests]
    for name, make in (("observation", lambda: RestTest({"mean": 1.0 * pq.s, "std": 1.0 * pq.s}).judge(cells[0])),
                       ("capability", lambda: RangeTest((0, 1)).check_capabilities(Model("none")))):
        try:
            make()
        except (ObservationError, CapabilityError) as error:
            found[f"error of {name}"] = type(error).__name__
    return found


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
