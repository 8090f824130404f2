"""A PyNN script as the model of an experiment: main(parameters) is run at each point, its recordings are a run."""

import sys

import numpy as np
import pytest

from simcore import steps
from simcore.errors import ConfigurationError, ExperimentError
from simcore.store.reader import RunFile

SCRIPT = '''
from simcore.api import pynn as sim

def main(parameters):
    sim.setup(timestep=parameters["dt"])
    p = sim.Population(parameters.get("n", 3), sim.IF_curr_exp, {"i_offset": parameters["current"]}, label="cells")
    noise = sim.Population(3, sim.SpikeSourcePoisson, {"rate": 300.0}, label="noise")
    noise.record()
    p.record()
    p.record_v(1, sampling_interval=1.0)
    sim.run(parameters["duration"])
    return {"mean_count": p.meanSpikeCount(), "trial": parameters["trial"]}
'''
STUDY = """
name: scripted
model: pynn_script
duration: 50 ms
dt: 0.1 ms
trials: 2
parameters: {current: "range([0.0, 2.0])", n: 3}
"""


@pytest.fixture
def study(tmp_path):
    """An experiment file with its script beside it."""
    (tmp_path / "pynn_script.py").write_text(SCRIPT)
    (tmp_path / "scripted.yaml").write_text(STUDY)
    yield tmp_path / "scripted.yaml"
    sys.modules.pop("pynn_script", None)
    sys.path[:] = [entry for entry in sys.path if entry != str(tmp_path)]


def simulated(experiment, point, folder):
    steps.simulate(point, folder / f"{point.run_id}.zarr.zip", beside=steps.folders(experiment))
    return RunFile(folder / f"{point.run_id}.zarr.zip")


def test_a_script_without_declarations_is_swept(study, tmp_path):
    experiment = steps.expand(study)
    assert [(p.explored["current"], p.trial) for p in experiment.points.values()] == [(0.0, 0), (0.0, 1), (2.0, 0), (2.0, 1)]
    assert {p.parameters["n"] for p in experiment.points.values()} == {3}
    runs = [simulated(experiment, point, tmp_path) for point in experiment.points.values()]
    counts = [float(np.asarray(run.read("results/mean_count"))) for run in runs]
    assert counts[:2] == [0.0, 0.0] and counts[2] == counts[3] > 0
    noise = [np.asarray(run.read("spikes/spike_time")) for run in runs]
    assert not np.array_equal(noise[0], noise[1]), "another trial has another noise"


def test_running_again_gives_the_same_bytes(study, tmp_path):
    experiment = steps.expand(study)
    point = list(experiment.points.values())[3]
    digests = [steps.simulate(point, tmp_path / f"{k}.zarr.zip", beside=steps.folders(experiment)) for k in range(2)]
    assert digests[0] == digests[1]


def test_a_script_that_takes_other_times_is_refused(study, tmp_path):
    (tmp_path / "pynn_script.py").write_text(SCRIPT.replace('parameters["dt"]', "0.2"))
    experiment = steps.expand(study)
    with pytest.raises(ConfigurationError, match="dt"):
        simulated(experiment, next(iter(experiment.points.values())), tmp_path)


def test_what_a_script_records_is_its_own_business(study):
    with pytest.raises(ConfigurationError, match="record"):
        steps.expand(study, {"record": {"spikes": True}})


def test_declared_parameters_are_checked(study, tmp_path):
    (tmp_path / "pynn_script.py").write_text(
        'from simcore.units import Param\nPARAMETERS = {"current": Param(0.0, "nA"), "n": Param(3, high=5)}\n' + SCRIPT)
    experiment = steps.expand(study, {"parameters": {"current": "1500 pA"}})
    assert {p.parameters["current"] for p in experiment.points.values()} == {1.5}
    with pytest.raises((ConfigurationError, ExperimentError, ValueError), match="n must be"):
        steps.expand(study, {"parameters": {"n": 6}})


def test_a_store_has_the_synaptic_currents_and_the_adaptation_that_a_script_recorded(study, tmp_path):
    """Currents of conductances are no states: they are made of what the store has too, g (e_rev - v), e_rev of its time."""
    (tmp_path / "pynn_script.py").write_text("""
from simcore.api import pynn as sim

def main(parameters):
    sim.setup(timestep=parameters["dt"])
    noise = sim.Population(3, sim.SpikeSourcePoisson, {"rate": 900.0})
    p = sim.Population(3, sim.EIF_cond_exp_isfa_ista, {"e_rev_E": -10.0}, label="cells")
    sim.Projection(noise, p, sim.AllToAllConnector(weights=0.003, delays=0.3))
    p.record_variable("w", sampling_interval=0.3)
    p.record_variable("i_syn", [p[0], p[2]], sampling_interval=0.3)
    sim.run(0.6 * parameters["duration"])
    p.set("e_rev_E", 0.0)
    sim.run(0.4 * parameters["duration"])
""")
    experiment = steps.expand(study, {"parameters": {}})
    run = simulated(experiment, next(iter(experiment.points.values())), tmp_path)
    found = {path.split("/")[-1]: path for path in run.arrays}
    units = {n: run.document(found[n]).attrs["units"] for n in ("w", "v", "gsyn_exc", "isyn_exc", "isyn_inh")}
    assert units == {"w": "nA", "v": "mV", "gsyn_exc": "uS", "isyn_exc": "nA", "isyn_inh": "nA"}
    folder = found["isyn_exc"].rsplit("/", 1)[0]
    time, gid, v, g, i = (np.asarray(run.read(f"{folder}/{n}")) for n in ("time", "gid", "v", "gsyn_exc", "isyn_exc"))
    e_rev = np.where(time < 30.0 - 1e-9, -10.0, 0.0)[:, None]
    assert gid.tolist() == [3, 5] and i.shape == (len(time), 2) == (167, 2)
    assert np.array_equal(i, g * (e_rev - v)) and i.max() > 0.01
