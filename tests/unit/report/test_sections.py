import pytest

from simcore.errors import ExperimentError, InvalidParameterValueError, UnitError
from simcore.parameters.experiments import load_experiment
from simcore.report.sections import Known, PhaseDiagram, Raster, check_report, parse_report

EXPLORED = [{"g": g, "eta": eta, "trial": trial} for g in (3.0, 5.0) for eta in (0.9, 2.0) for trial in (0, 1)]
KNOWN = Known(EXPLORED, ["g", "eta", "trial"], {"mean_rate": 1, "power_spectrum": 2, "excess": 0}, "x.yaml")


def test_the_first_run_that_fits_is_shown():
    made = parse_report({"rasters": [{"at": {"eta": 2}}, {"title": "late", "at": {"g": 5, "trial": 1}, "cells": 10,
                                                          "start": "0.1 s", "length": "50 ms"}]}, KNOWN)
    assert made.rasters == (Raster("g = 3, eta = 2", 2, "", 60, None, 200.0), Raster("late", 5, "", 10, 100.0, 50.0))
    assert made.spectra.runs == (("g = 3, eta = 2", 2), ("late", 5))


def test_without_a_section_there_are_rasters_of_four_runs_a_phase_diagram_and_spectra():
    made = parse_report(None, KNOWN)
    assert [raster.run for raster in made.rasters] == [0, 2, 5, 7]
    assert made.phase_diagrams == (PhaseDiagram("g", "eta", "mean_rate", ""),)
    assert made.quantities == ("mean_rate", "excess")
    assert made.spectra is not None


def test_what_is_not_wanted_is_false():
    made = parse_report({"rasters": False, "phase_diagram": False, "spectra": False, "quantities": []}, KNOWN)
    assert (made.rasters, made.phase_diagrams, made.spectra, made.quantities) == ((), (), None, ())


@pytest.mark.parametrize(("section", "message"), [
    ({"raster": []}, r"report: there is no 'raster'; did you mean 'rasters'\? \(x\.yaml\)"),
    ({"rasters": {}}, r"report.rasters must be a list, got \{\}"),
    ({"rasters": [{"att": {}}]}, r"report.rasters\[0\]: there is no 'att'"),
    ({"rasters": [{"at": {"gg": 3}}]}, r"report.rasters\[0\].at: there is no 'gg'"),
    ({"rasters": [{"at": {"g": 4}}]}, r"no run has g = 4; there are 3.0, 5.0"),
    ({"rasters": [{"at": 3}]}, "at must be a mapping"),
    ({"phase_diagram": {"x": "g", "y": "eta"}}, r"report.phase_diagram\[0\] must have 'quantity'"),
    ({"phase_diagram": {"x": "g", "y": "etta", "quantity": "mean_rate"}}, "y: there is no 'etta'; did you mean 'eta'"),
    ({"phase_diagram": [{"x": "g", "y": "eta", "quantity": "power_spectrum"}]}, "there is no 'power_spectrum'"),
    ({"spectra": {"max": 3}}, "report.spectra: there is no 'max'"),
    ({"quantities": ["mean_rat"]}, "report.quantities: there is no 'mean_rat'; did you mean 'mean_rate'"),
])
def test_a_wrong_name_is_named_with_the_nearest(section, message):
    with pytest.raises(ExperimentError, match=message):
        parse_report(section, KNOWN)


def test_two_values_that_never_come_together_are_named():
    known = Known([{"g": 3, "eta": 2}, {"g": 6, "eta": 4}], ["g", "eta"], {}, "x.yaml")
    with pytest.raises(ExperimentError, match="no run has g = 3, eta = 4 together"):
        parse_report({"rasters": [{"at": {"g": 3, "eta": 4}}]}, known)


def test_lengths_have_units():
    with pytest.raises(UnitError, match="length must be in ms"):
        parse_report({"rasters": [{"at": {}, "length": "3 mV"}]}, KNOWN)
    with pytest.raises(InvalidParameterValueError, match="cells must be >= 1"):
        parse_report({"rasters": [{"at": {}, "cells": 0}]}, KNOWN)


def test_the_section_of_an_experiment_file_is_checked_before_any_run():
    content = {"name": "x", "model": "simcore.experiments.brunel", "duration": "100 ms", "dt": "0.1 ms",
               "parameters": {"g": "range([3, 5])", "eta": "range([1, 2])"}, "quantities": ["mean_rate", "cv_isi"],
               "report": {"phase_diagram": {"x": "g", "y": "eta", "quantity": "cv_isi"}}}
    assert check_report(load_experiment(content)).quantities == ("mean_rate", "cv_isi")
    content["report"]["phase_diagram"]["quantity"] = "synchrony"
    with pytest.raises(ExperimentError, match="there is no 'synchrony'"):
        check_report(load_experiment(content))
