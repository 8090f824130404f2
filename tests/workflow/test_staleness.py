"""What runs again after which edit: exactly what could come out differently."""

import json

AFTER_MERGE = {"derive", "validate", "trace", "report"}


def test_nothing_is_to_be_done_a_second_time(tiny):
    assert tiny.planned("--configfile", "tiny.yaml") == {}


def test_other_ways_of_running_make_nothing_stale(tiny):
    for how in ("ranks=2", "launch=process"):
        assert set(tiny.planned("--configfile", "tiny.yaml", "--config", how)) <= {"expand_points"}


def test_editing_a_comment_of_the_analysis_reruns_nothing(tiny):
    tiny.edit("simcore/analysis/rates.py", "\nfrom ", "\n# a comment\nfrom ")
    assert tiny.planned("--configfile", "tiny.yaml") == {}


def test_adding_a_quantity_derives_again_and_simulates_nothing(tiny):
    file = tiny.folder / "simcore/analysis/rates.py"
    before = file.read_text()
    file.write_text(before + '\n\n@quantity(units="1")\ndef twice(activity: Activity) -> float:\n    """Twice."""\n'
                             '    return 2.0 * len(activity.tick)\n')
    planned = tiny.planned("--configfile", "tiny.yaml")
    file.write_text(before)
    assert "derive" in planned and set(planned) <= AFTER_MERGE


def test_asking_for_another_quantity_derives_again_and_simulates_nothing(tiny):
    planned = tiny.planned("--configfile", "tiny.yaml", "--config", "quantities=[mean_rate, cv_isi]")
    assert "derive" in planned and set(planned) <= AFTER_MERGE | {"expand_points"}


def test_inserting_a_value_into_a_range_runs_only_the_new_point(tiny):
    planned = tiny.planned("--configfile", "tiny.yaml", "--config", 'parameters={g: "range([4, 4.5, 5, 6])"}')
    assert planned["simulate"] == 1 and planned["merge"] == 1


def test_the_same_values_in_other_units_or_words_are_the_same_points(tiny):
    planned = tiny.planned("--configfile", "tiny.yaml", "--config", "duration=0.02 s",
                           'parameters={g: "linspace(4, 6, 3)"}')
    assert "simulate" not in planned


def test_a_trajectory_that_is_gone_is_merged_again(tiny):
    file = tiny.folder / "results/tiny/trajectory.zarr/zarr.json"
    kept = file.read_bytes()
    file.unlink()
    planned = tiny.planned("--configfile", "tiny.yaml")
    file.write_bytes(kept)
    assert planned["merge"] == 1 and "simulate" not in planned


def test_editing_an_equation_runs_all_again_with_the_new_equation(tiny):
    """A membrane that decays towards another potential: every run is made again, and its spikes are others."""
    assert tiny.planned("--configfile", "tiny.yaml") == {}
    before = digests(tiny)
    tiny.edit("simcore/models/cells/if_curr_delta.py", "v = v_inf + (v - v_inf) * P_vv", "v = v_inf + 3.0 + (v - v_inf) * P_vv")
    assert tiny.planned("--configfile", "tiny.yaml")["simulate"] == 3
    tiny.snakemake("--configfile", "tiny.yaml")
    after = digests(tiny)
    assert set(after) == set(before), "the points have not changed"
    assert all(after[run] != before[run] for run in before)
    tiny.edit("simcore/models/cells/if_curr_delta.py", "v = v_inf + 3.0 + (v - v_inf) * P_vv", "v = v_inf + (v - v_inf) * P_vv")
    tiny.snakemake("--configfile", "tiny.yaml")
    assert digests(tiny) == before, "the old equation makes the old bytes"


def digests(project):
    """{run id: digests of its arrays}."""
    from simcore.store.reader import read_attrs

    return {run: json.dumps(read_attrs(path)["digests"]) for run, path in project.stores("tiny").items()}
