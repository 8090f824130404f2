# ruff: noqa: B905, B006 - as people write it
"""Built like HippoUnit's tests: an observation that is a list of dicts of text, a score class that computes over the list
and hands back details with it, files of results in a folder of the test's own, and figures listed on the score.
"""

import functools
import json
from pathlib import Path
from tempfile import mkdtemp

from quantities import Hz, ms, nA
from quantities.quantity import Quantity
from sciunit import Capability, Model, Score, Test
from sciunit.errors import ObservationError


class ReceivesStepProvidesSpikes(Capability):
    """Takes a step of current and says when it fires."""

    def get_spikes(self, amplitude, delay, duration):
        raise NotImplementedError()


class ZScoreOfCounts(Score):
    """Mean of the absolute Z scores over all steps."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.dont_hide = ["related_data"]

    @classmethod
    def compute(cls, observation, prediction):
        details, total = [], 0
        for observed, predicted in zip(observation, prediction):
            spread = observed["std"]
            score = float((predicted["freq"] - observed["mean"]) / spread) if spread else float(abs(predicted["freq"] - observed["mean"]))
            total += abs(score)
            details.append({"i_inj": observed["i_inj"], "freq": predicted["freq"], "score": score})
        return ZScoreOfCounts(total / len(observation)), details

    def __str__(self):
        return "%.2f" % self.score


class SpikeCountTest(Test):
    """Rate of action potentials over a range of injected currents."""

    def __init__(self, observation=[], name="Spike count test", base_directory=None):
        observation = self.format_data(observation)
        Test.__init__(self, observation, name)
        self.required_capabilities += (ReceivesStepProvidesSpikes,)
        self.base_directory = base_directory
        self.figures = []

    score_type = ZScoreOfCounts

    def format_data(self, observation):
        for index, entry in enumerate(observation):
            for key, value in entry.items():
                if not isinstance(value, Quantity):
                    number, *units = value.split(" ")
                    observation[index][key] = Quantity(float(number), " ".join(units))
        return observation

    def validate_observation(self, observation):
        try:
            assert type(observation) is list
            for entry in observation:
                assert all(key in entry for key in ["i_inj", "mean", "std"])
                assert all(type(value) is Quantity for value in entry.values())
        except Exception as error:
            raise ObservationError("Observation must be of the form [{'i_inj': nA, 'mean': Hz, 'std': Hz}, ...]") from error

    def _count(self, model, amplitude, delay, duration):
        return {"i_inj": amplitude, "freq": len(model.get_spikes(amplitude, delay, duration)) / (duration / 1000 / ms) * Hz}

    def generate_prediction(self, model, verbose=False):
        count = functools.partial(self._count, model, delay=500 * ms, duration=1000 * ms)
        self.path = Path(self.base_directory) / "results" / model.name
        self.path.mkdir(parents=True, exist_ok=True)
        return [count(entry["i_inj"]) for entry in self.observation]

    def compute_score(self, observation, prediction, verbose=False):
        score, details = ZScoreOfCounts.compute(observation, prediction)
        file = self.path / "counts.json"
        file.write_text(json.dumps(details, default=str))
        self.figures.append(str(file))
        return score

    def bind_score(self, score, model, observation, prediction):
        self.figures.append(str(self.path / "log.txt"))
        score.related_data["figures"] = self.figures
        return score


class Regular(Model, ReceivesStepProvidesSpikes):
    """Fires at gain times the current above rheobase."""

    def __init__(self, gain, rheobase, name=None):
        self.gain, self.rheobase = gain, rheobase
        super().__init__(name=name, gain=gain, rheobase=rheobase)

    def get_spikes(self, amplitude, delay, duration):
        rate = max(0.0, self.gain * float((amplitude - self.rheobase).rescale(nA)))
        return [delay + i * duration for i in range(int(rate * float(duration.rescale(ms)) / 1000))]


def main():
    observation = [{"i_inj": "0.2 nA", "mean": "1.4 Hz", "std": "2.0 Hz"}, {"i_inj": "0.6 nA", "mean": "6.7 Hz", "std": "4.0 Hz"},
                   {"i_inj": "1000 pA", "mean": "11.3 Hz", "std": "0.0 Hz"}]
    test = SpikeCountTest(observation, base_directory=mkdtemp())
    found = {}
    for model in (Regular(14.0, 100 * nA / 1000, name="near"), Regular(50.0, 0.3 * nA, name="steep")):
        score = test.judge(model)
        found[model.name] = [type(score).__name__, str(score), round(float(score.score), 12), len(score.related_data["figures"])]
        found[f"written by {model.name}"] = [round(row["score"], 12) for row in json.loads(Path(test.figures[-2]).read_text())]
    try:
        SpikeCountTest([{"i_inj": "0.2 nA"}], base_directory=mkdtemp()).judge(Regular(1.0, 0.1 * nA, name="x"))
    except ObservationError as error:
        found["incomplete"] = [type(error).__name__, str(error)[:30]]
    return found
