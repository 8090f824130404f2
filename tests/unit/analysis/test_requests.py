import subprocess
import sys

import pytest

from simcore.analysis import QUANTITIES, parse_requests
from simcore.errors import ExperimentError, InvalidParameterValueError, UnitError


def test_without_a_list_all_quantities_of_simcore_are_meant():
    own = [name for name, quantity in QUANTITIES.items() if quantity.is_own]
    for entries in (None, [], [{"all": {"skip": "1 s"}}]):
        assert [request.quantity.name for request in parse_requests(entries)] == own


def test_options_have_units_and_own_ones_win_over_those_of_all():
    requests = parse_requests([{"all": {"skip": "0.2 s", "bin": 2}}, "mean_rate",
                               {"synchrony": {"bin": "500 us", "skip": "10 ms"}}, "fano_factor"])
    assert [(r.quantity.name, dict(r.options), r.skip) for r in requests] == [
        ("mean_rate", {}, 200.0), ("synchrony", {"bin": 0.5}, 10.0), ("fano_factor", {"bin": 2.0}, 200.0)]


@pytest.mark.parametrize(("entries", "error", "message"), [
    (["mean_rat"], ExperimentError, r"no quantity 'mean_rat'; did you mean 'mean_rate'\? \(x\.yaml: quantities"),
    (["mean_rate", "mean_rate"], ExperimentError, "named twice"),
    ([{"synchrony": {"bins": "1 ms"}}], ExperimentError, "synchrony has no option 'bins'; did you mean 'bin'"),
    ([{"synchrony": {"bin": "1 mV"}}], UnitError, r"bin must be in ms .*quantities: synchrony"),
    ([{"synchrony": {"bin": "-1 ms"}}], InvalidParameterValueError, "bin must be >= 0 ms, got -1.0 ms"),
    ([{"all": {"skipp": "1 ms"}}], ExperimentError, "no quantity has an option 'skipp'; did you mean 'skip'"),
    ([{"mean_rate": "200 ms"}], ExperimentError, r"must be a mapping such as \{skip: 200 ms\}, got '200 ms'"),
    (["no_module.mine"], ExperimentError, "cannot be imported: No module named 'no_module'"),
    (["simcore.analysis.rates.mean_rat"], ExperimentError, "does not exist; did you mean 'mean_rate'"),
    ([3], ExperimentError, "must be a name or"),
])
def test_what_is_wrong_in_a_list_is_named_with_what_would_be_right(entries, error, message):
    with pytest.raises(error, match=message):
        parse_requests(entries, where="x.yaml: quantities")


def test_a_module_beside_the_experiment_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_it.py").write_text(
        "from simcore.analysis import quantity\n\n@quantity()\ndef mine(activity):\n    return 1.0\n")
    with pytest.raises(ExperimentError, match="cannot be imported"):
        parse_requests(["beside_it.mine"])
    try:
        assert parse_requests(["beside_it.mine"], beside=(tmp_path,))[0].quantity.dotted == "beside_it.mine"
    finally:
        QUANTITIES.pop("beside_it.mine", None)
        sys.modules.pop("beside_it", None)


def test_checking_a_list_imports_neither_xarray_nor_scipy():
    code = ("import sys, simcore.analysis as a; a.parse_requests(None); "
            "print([m for m in ('xarray', 'scipy', 'dask', 'zarr', 'pandas') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
