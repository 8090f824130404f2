import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from simcore.analysis import QUANTITIES, base, source
from simcore.analysis.derivation import compute, derive
from simcore.analysis.known import read_quantities
from simcore.errors import ExperimentError, NonExistentParameterError, SimulationError, StoreError
from tests.unit.analysis.made import poisson_trains, recording, trajectory


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Six runs of an excitatory and an inhibitory population: rates 10, 20, 30 Hz, two trials, the transient silent."""
    rng, recordings, explored = np.random.default_rng(1), [], []
    for rate in (10.0, 20.0, 30.0):
        for trial in range(2):
            trains = {name: [t[t > 100] for t in poisson_trains(rng, n, rate * factor, 1100.0)]
                      for name, n, factor in (("exc", 40, 1), ("inh", 10, 2))}
            v = {"exc": rng.standard_normal((1100, 4))}
            recordings.append(recording(trains, duration=1100.0, v=v, results={"answer": np.float64(rate)}))
            explored.append({"rate": rate, "trial": trial})
    return trajectory(tmp_path_factory.mktemp("study"), recordings, explored)


def test_every_quantity_of_the_table_has_units_source_and_meaning_in_the_store(path, tmp_path):
    derived = read_quantities(derive(path, tmp_path / "quantities.zarr", [{"all": {"skip": "100 ms"}}]))
    own = {name for name, quantity in QUANTITIES.items() if quantity.is_own}
    assert set(derived.data_vars) == own
    for name, values in derived.data_vars.items():
        assert values.dims[:2] == ("run", "population"), name
        for attribute in ("units", "long_name", "source", "quantity_source_digest", "function", "options"):
            assert values.attrs[attribute], (name, attribute)
    assert derived.population.values.tolist() == ["exc", "inh"]
    assert derived.rate.values.tolist() == [10, 10, 20, 20, 30, 30]
    assert not np.isnan(derived.golomb_chi.sel(population="exc")).any()
    assert np.isnan(derived.golomb_chi.sel(population="inh")).all()


def test_the_transient_is_skipped_and_rates_are_those_of_the_rest(path):
    whole, late = (compute(path, [{"mean_rate": {"skip": skip}}]).mean_rate for skip in ("0 ms", "0.1 s"))
    assert_allclose(late, whole * 1.1, rtol=1e-12)
    expected = late.rate * xr.DataArray([1.0, 2.0], dims="population")
    assert (abs(late - expected) < 5 * np.sqrt(expected / 10)).all()


def test_blocks_and_threads_do_not_change_values(path, monkeypatch):
    whole = compute(path, threads=1)
    monkeypatch.setattr(source, "BLOCK_SPIKES", 1500)
    blocks = list(source.TrajectorySource(path).blocks())
    assert len(blocks) > 2
    assert [run for block in blocks for run in block] == list(range(6))
    xr.testing.assert_identical(compute(path, threads=2), whole)


def test_spikes_are_read_a_block_at_a_time(path, monkeypatch):
    monkeypatch.setattr(source, "BLOCK_SPIKES", 1)
    opened, sizes, read = source.TrajectorySource(path), [], xr.DataArray.values.fget
    monkeypatch.setattr(xr.DataArray, "values", property(lambda self: (sizes.append((self.name, self.size)), read(self))[1]))
    runs = [run for block in opened.blocks() for run in opened.read(block)]
    read_at_once = [n for name, n in sizes if name == "spike_time"]
    assert len(read_at_once) == 6
    assert max(read_at_once) == max(sum(len(a.tick) for a in run.activities.values()) for run in runs)


def test_runs_that_differ_in_dt_duration_and_cells_are_each_seen_as_they_are(tmp_path):
    rng = np.random.default_rng(2)
    short = {"exc": poisson_trains(rng, 5, 50.0, 400.0)}
    long = {"exc": poisson_trains(rng, 8, 50.0, 900.0, 0.05), "inh": poisson_trains(rng, 3, 80.0, 900.0, 0.05)}
    path = trajectory(tmp_path, [recording(short, duration=400.0), recording(long, duration=900.0, dt=0.05)],
                      [{"n": 5}, {"n": 8}])
    derived = compute(path, ["mean_rate", "cv_isi", "power_spectrum"])
    assert_allclose(derived.mean_rate[0, 0], sum(map(len, short["exc"])) / 5 / 0.4)
    assert_allclose(derived.mean_rate[1], [sum(map(len, long["exc"])) / 8 / 0.9, sum(map(len, long["inh"])) / 3 / 0.9])
    assert np.isnan(derived.mean_rate[0, 1])
    intervals = [np.diff(t) for t in long["inh"]]
    assert_allclose(derived.cv_isi[1, 1], np.mean([i.std() / i.mean() for i in intervals]), rtol=1e-6)


def forbidden(activity):
    raise AssertionError("was computed again")


def edited(monkeypatch, name, function):
    """Replace the function of a quantity; what it calls stays."""
    before = QUANTITIES[name]
    monkeypatch.setitem(QUANTITIES, name, base.Quantity(before.name, function, before.dims, before.units, before.source,
                                                        before.options, before.trace))


def test_only_a_new_or_edited_quantity_is_derived(path, tmp_path, monkeypatch):
    out = tmp_path / "quantities.zarr"
    before = read_quantities(derive(path, out, ["cv_isi"])).load()
    calls = []

    def lv(activity):
        """Another equation of the same name."""
        calls.append(activity.population)
        return 42.0

    lv.__module__ = "simcore.analysis.variability"
    edited(monkeypatch, "lv", lv)
    after = read_quantities(derive(path, out, ["cv_isi", "lv"])).load()
    assert len(calls) == 12
    assert (after.lv == 42).all()
    xr.testing.assert_identical(after.cv_isi, before.cv_isi)
    derive(path, out, ["cv_isi", "lv"])
    assert len(calls) == 12                             # nothing is derived again
    derive(path, out, ["cv_isi", {"lv": {"skip": "10 ms"}}])
    assert len(calls) == 24                             # another option
    monkeypatch.setattr("simcore.analysis.assemble.versions", lambda: {"numpy": "0"})
    monkeypatch.setattr("simcore.analysis.known.versions", lambda: {"numpy": "0"})
    derive(path, out, ["lv"])
    assert len(calls) == 36                             # another numpy


def test_a_variable_that_is_known_is_not_computed_again(path, tmp_path, monkeypatch):
    out = derive(path, tmp_path / "quantities.zarr", ["mean_rate"])
    monkeypatch.setattr("simcore.analysis.derivation._block", forbidden)
    monkeypatch.setattr("simcore.analysis.derivation.TrajectorySource.read", forbidden)
    derive(path, out, ["mean_rate"])


def test_another_trajectory_derives_all_anew(path, tmp_path):
    other = trajectory(tmp_path, [recording({"exc": [[10.0, 20.0]]}, duration=100.0)], [{"rate": 1.0}])
    out = derive(path, tmp_path / "quantities.zarr", ["mean_rate"])
    derive(other, out, ["mean_rate"])
    assert read_quantities(out).mean_rate.values.tolist() == [[20.0]]


def test_deriving_again_gives_the_same_bytes(path, tmp_path):
    first, second = (derive(path, tmp_path / name) for name in ("a.zarr", "b.zarr"))
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    assert all((first / f).read_bytes() == (second / f).read_bytes() for f in files)


MODULE = '''
"""A quantity of a user's own."""
import xarray as xr
from simcore.analysis import quantity

@quantity(dims=(), units="Hz")
def excess(run):
    """Rate of the first population over that of the second, with the model's own result."""
    return run.results["answer"] * len(run["exc"].tick) / len(run["inh"].tick)

@quantity(dims=("population", "half"), units="1", options={"at": "ms"})
def halves(activity, *, at=500.0):
    """Spikes before and after a time."""
    early = (activity.time <= at).sum()
    return xr.DataArray([early, len(activity.tick) - early], dims="half", coords={"half": ["early", "late"]})

@quantity(dims=("population",))
def wrong(activity):
    """Not what it says."""
    return [1.0, 2.0]

@quantity(dims=("population",))
def broken(activity):
    """Fails."""
    return {}["no"]

@quantity(dims=())
def lost(run):
    """Asks for a population that there is not."""
    return run["exx"].n_cells

def plain(activity):
    return 1.0
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "my_quantities.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [n for n in QUANTITIES if n.startswith("my_quantities.")]:
        del QUANTITIES[name]
    import sys
    sys.modules.pop("my_quantities", None)


def test_a_function_of_a_users_own_module_is_derived_by_its_dotted_name(path, own):
    derived = compute(path, ["my_quantities.excess", {"my_quantities.halves": {"at": "0.6 s"}}])
    assert derived.excess.dims == ("run",)
    assert derived.halves.dims == ("run", "population", "half")
    assert derived.half.values.tolist() == ["early", "late"]
    assert derived.excess.attrs["function"] == "my_quantities.excess"
    assert derived.excess[5] == pytest.approx(30 * 4 / 2, rel=0.2)


@pytest.mark.parametrize(("name", "error", "message"), [
    ("my_quantities.wrong", ExperimentError, "must return one number"),
    ("my_quantities.broken", SimulationError, r"KeyError: 'no'.*my_quantities\.broken, run 000000000000 \(rate=10"),
    ("my_quantities.lost", NonExistentParameterError, "no recorded population 'exx'; did you mean 'exc'"),
    ("my_quantities.plain", ExperimentError, "not decorated with @quantity"),
])
def test_a_quantity_that_fails_is_named_with_its_run(path, own, name, error, message):
    with pytest.raises(error, match=message):
        compute(path, [name])


def test_a_function_of_a_notebook_is_derived_as_it_is(path):
    from simcore.analysis import quantity

    @quantity(units="Hz", options={"longest": "ms"})
    def burst_rate(activity, *, longest=5.0):
        """Intervals shorter than 5 ms per cell and second."""
        intervals, _ = activity.intervals
        return (intervals < longest).sum() / activity.n_cells / activity.window * 1e3

    try:
        derived = compute(path, [burst_rate, {"mean_rate": {"skip": "200 ms"}}])
    finally:
        del QUANTITIES[f"{__name__}.burst_rate"]
    assert derived.burst_rate.attrs["long_name"] == "Intervals shorter than 5 ms per cell and second"
    assert (derived.burst_rate < derived.mean_rate).all()
    assert derived.burst_rate.sel(population="inh")[-1] > 1     # 60 Hz for 1.1 s


def test_two_quantities_of_one_name_are_refused(path, own):
    (own / "my_quantities.py").write_text(MODULE.replace("def excess", "def mean_rate"))
    with pytest.raises(ExperimentError, match=r"rates.mean_rate and my_quantities.mean_rate would be one variable"):
        compute(path, ["mean_rate", "my_quantities.mean_rate"])


def test_a_quantity_without_its_recording_is_an_error_if_named_and_left_out_if_not(tmp_path):
    path = trajectory(tmp_path, [recording({"exc": [[10.0]]}, duration=100.0)], [{}])
    assert "golomb_chi" not in compute(path)
    with pytest.raises(ExperimentError, match="golomb_chi needs traces of 'v', which were not recorded"):
        compute(path, ["golomb_chi"])


def test_runs_without_spikes_have_no_quantities_of_spikes(tmp_path):
    path = trajectory(tmp_path, [recording({}, duration=100.0, results={"x": np.float64(3)})] * 2, [{"a": 1}, {"a": 2}])
    derived = compute(path)
    assert list(derived.data_vars) == []
    assert derived.a.values.tolist() == [1, 2]


def test_what_is_no_trajectory_is_named(tmp_path):
    with pytest.raises(StoreError, match="is no trajectory that can be opened"):
        compute(tmp_path / "nothing.zarr")
