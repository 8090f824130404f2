"""The Vogels–Abbott networks have NEST's rates and CVs: means of a few seeds lie in the prediction interval of its 12.

How the interval is made, and why: test_brunel_against_nest.py.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from simcore.engine.simulation import run_network
from simcore.experiments.vogels_abbott import PARAMETERS, build
from tests.peers.spiking import brunel_statistics as stats
from tests.peers.spiking.test_brunel_against_nest import FAMILY_LEVEL, prediction_interval

NEST = json.loads(Path(__file__).with_name("vogels_abbott_nest.json").read_text())["networks"]
COMPARED = ("rate_exc", "rate_inh", "cv_exc", "cv_inh")
WINDOW = (2000, 12000)
SEEDS = (1, 2, 3)


def measured(synapses, seed):
    """Values of one run, by the definitions that NEST's were made with."""
    parameters = {name: param.default for name, param in PARAMETERS.items()} | {"synapses": synapses}
    found = run_network(build(parameters, seed), duration=1200.0, dt=0.1, seed=seed, record={"spikes": True})
    tick, gid = found.spikes.step + 1, found.spikes.gid
    exc, inh = gid < 3200, (gid >= 3200) & (gid < 4000)
    return stats.measure((tick[exc], gid[exc]), (tick[inh], gid[inh] - 3200), (3200, 800), WINDOW)


@pytest.mark.parametrize("synapses", NEST)
def test_rates_and_cvs_lie_within_the_prediction_interval_of_nest(synapses):
    runs, nests = [measured(synapses, seed) for seed in SEEDS], NEST[synapses]["runs"]
    for name in COMPARED:
        reference = np.array([run[name] for run in nests])
        centre, half = prediction_interval(reference, len(runs), FAMILY_LEVEL / (len(COMPARED) * len(NEST)))
        mean = np.mean([run[name] for run in runs])
        assert abs(mean - centre) <= half, f"{synapses} {name}: simcore {mean:.4f}, NEST {centre:.4f} +- {half:.4f}"
        assert half < 0.35 * centre


def test_the_observation_file_holds_what_nest_gave():
    import yaml

    observed = yaml.safe_load(Path("params/observations/vogels_abbott_nest.yaml").read_text())
    for synapses, populations in NEST.items():
        for population in ("exc", "inh"):
            for quantity, short in (("mean_rate", "rate"), ("cv_isi", "cv")):
                summary = populations["summary"][f"{short}_{population}"]
                entry = observed[synapses][population][quantity]
                assert entry["mean"] == pytest.approx(summary["mean"], rel=1e-3)
                assert entry["std"] == pytest.approx(summary["std"], rel=1e-2)
