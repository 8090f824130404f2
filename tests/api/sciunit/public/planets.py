# ruff: noqa: RUF012 - as people write it
"""Built like the solar system suite of SciUnit's tutorial: one base of tests, a unit each, converters, two rival models."""

import quantities as pq
import sciunit
from sciunit.converters import RangeToBoolean
from sciunit.scores import BooleanScore, RatioScore


class ProducesOrbits(sciunit.Capability):
    """Says how long planets take."""

    def get_year(self, planet):
        """Orbital period."""
        self.unimplemented("get_year")


class ProducesCentre(sciunit.Capability):
    """Says what everything turns around."""

    def get_centre(self):
        self.unimplemented()


class _PlanetTest(sciunit.Test):
    """Base: one key of the observation, of a dimension."""

    score_type = BooleanScore
    primary_key = None
    units = pq.dimensionless

    def validate_observation(self, observation):
        key = self.primary_key
        assert key in observation, f"{key} not found in {self.__class__.__name__} test observation"
        value = observation[key]
        if self.units is not pq.dimensionless and not isinstance(value, pq.quantity.Quantity):
            raise sciunit.errors.ObservationError(f"{key} must have units of {self.units}")
        return observation


class YearTest(_PlanetTest):
    """Is the year of a planet as observed, to a few per cent?"""

    required_capabilities = (ProducesOrbits,)
    score_type = RatioScore
    converter = RangeToBoolean(0.97, 1.03)
    primary_key = "year"
    units = pq.day

    def generate_prediction(self, model, verbose=False):
        return model.get_year(self.observation["planet"])

    def compute_score(self, observation, prediction, verbose=False):
        return self.score_type((prediction / observation[self.primary_key]).simplified.magnitude.item())

    def check_score_type(self, score):
        """What the converter makes of a ratio is no ratio."""


class CentreTest(_PlanetTest):
    """Does everything turn around the sun?"""

    required_capabilities = (ProducesCentre,)
    primary_key = "centre"

    def generate_prediction(self, model):
        return model.get_centre()

    def compute_score(self, observation, prediction):
        score = self.score_type(observation["centre"] == prediction)
        score.description = f"{prediction} is said to be in the middle"
        return score


class Helio(sciunit.Model, ProducesOrbits, ProducesCentre):
    """Kepler's third law."""

    axes = {"earth": 1.0, "mars": 1.523679, "mercury": 0.387098}

    def __init__(self, year=365.25 * pq.day, name=None):
        self.year = year
        super().__init__(name=name, year=year)

    def get_year(self, planet):
        return self.axes[planet] ** 1.5 * self.year

    def get_centre(self):
        return "sun"


class Geo(sciunit.Model, ProducesCentre):
    """Knows no years of other planets."""

    def get_centre(self):
        return "earth"


def main():
    years = {"earth": 365.26 * pq.day, "mars": 1.8808 * 365.25 * pq.day, "mercury": 87.969 * pq.day}
    tests = [YearTest({"year": year, "planet": planet}, name=planet) for planet, year in years.items()]
    tests.append(CentreTest({"centre": "sun"}, name="centre"))
    suite = sciunit.TestSuite(tests, name="planets")
    models = [Helio(name="helio"), Helio(400 * pq.day, name="slow"), Geo(name="geo")]
    found = {}
    matrix = suite.judge(models)
    for model in models:
        for test in tests:
            score = matrix[test][model]
            found[f"{test.name}, {model.name}"] = [type(score).__name__, str(score).split()[0], score.norm_score]
    found["described"] = [matrix[tests[-1]][model].description for model in models]
    found["no unit"] = []
    try:
        YearTest({"year": 365.0, "planet": "earth"}).judge(models[0])
    except sciunit.errors.ObservationError as error:
        found["no unit"] = [type(error).__name__]
    found["missing"] = [m.name for m in models if not tests[0].check_capabilities(m, skip_incapable=True)]
    return found
