"""Values of cells and connections against their obvious twin."""

import numpy as np
import pytest

from simcore.engine.draws import drawn
from simcore.errors import ConfigurationError
from simcore.parameters import NormalDist, UniformDist
from simcore.rng import streams
from tests.naive import draws

KEY = streams.key(7, 2)
LANE = streams.lane(streams.WEIGHT, 5)


@pytest.mark.parametrize("law", [UniformDist(-2.0, 3.0), NormalDist(1.0, 2.0), NormalDist(1.0, 2.0, low=0.5, high=4.0)])
def test_drawn_values_are_those_of_the_twin(law):
    owners = np.arange(40, dtype=np.int64) * 2**27
    indices = np.arange(40, dtype=np.int64)[::-1].copy()
    pairs = [(int(o) % 2**32, int(i)) for o, i in zip(owners, indices, strict=True)]
    assert drawn(law, owners, indices, LANE, KEY).tolist() == [draws.value(law, *pair, LANE, KEY) for pair in pairs]


def test_limits_without_room_are_an_error():
    with pytest.raises(ConfigurationError, match=r"no value in its limits in 1,000 draws, 40 times"):
        drawn(NormalDist(0.0, 1.0, low=50.0, high=51.0), np.arange(40), np.arange(40), LANE, KEY)


def test_units_belong_to_the_parameter_and_not_to_the_distribution():
    with pytest.raises(ConfigurationError, match=r"leave them out of NormalDist\(mean=0.0, std=1.0, units='mV'\)"):
        drawn(NormalDist(0.0, 1.0, units="mV"), np.arange(4), np.arange(4), LANE, KEY)


def test_a_seed_of_the_distribution_makes_a_stream_apart():
    owners, indices = np.arange(5), np.zeros(5, dtype=np.int64)
    streams_of = [drawn(UniformDist(seed=seed, name=name), owners, indices, LANE, KEY) for seed, name in ((0, ""), (1, ""), (0, "a"))]
    assert len({x for stream in streams_of for x in stream}) == 15
