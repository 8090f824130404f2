"""What an experiment file says is never a command to a shell, and never the name of a file outside of results/."""

import json
import os

import pytest

from simcore.errors import SimcoreError
from simcore.parameters.experiments import load_experiment

NAMES = ["../out", "/tmp/out", "..", ".", ".hidden", "a/b", "a\\b", "a\nb", "tiny\n", "a b", "-rf", "--config", "a;touch pwned",
         "$(touch pwned)", "`touch pwned`", "a|b", "a&b", "a'b", 'a"b', "a*", "~", "~root", "a{b}", "{wildcards.run_id}", "a\0b",
         "ａ／ｂ", "a\u2215b", "a\u202egnp.exe", "a\u200bb", "ﬁ", "é", "", " ", "C:x", "a:b", "%2e%2e"]
MODELS = ["os.system('touch pwned')", "../step", "/tmp/step", "step; touch pwned", "step\n", "-c", "step.__class__()", "a..b", "",
          "step step", "$(touch pwned)"]
TEXTS = ["'; touch pwned; '", '"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "a\ntouch pwned\n", "--out=/tmp/pwned", "-h",
         "{output}", "{params.point}", "$HOME", "%s", "\\", "é\u202e\u2028"]


def experiment(**entries):
    return {"name": "tiny", "model": "label", "dt": "0.1 ms", **entries}


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_that_of_a_plain_folder_is_refused(shell_project, name):
    path = shell_project.folder / "bad.yaml"
    path.write_text(json.dumps(experiment(name=name)))
    with pytest.raises(SimcoreError, match="name"):
        load_experiment(path)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_the_name_of_a_module_and_nothing_else(shell_project, model, monkeypatch):
    monkeypatch.chdir(shell_project.folder)
    path = shell_project.folder / "bad.yaml"
    path.write_text(json.dumps(experiment(model=model)))
    with pytest.raises(SimcoreError, match="model"):
        load_experiment(path)
    assert not [name for name in files_of(shell_project.folder.parent) if name.endswith("/pwned")]


@pytest.mark.workflow
@pytest.mark.parametrize("launch", ["process", "warm"])
def test_texts_of_parameters_and_folders_never_reach_a_shell(shell_project, launch):
    """Every run gets the text as it is, whatever a shell or Snakemake would make of it."""
    before = files_of(shell_project.folder.parent)
    texts = TEXTS if launch == "warm" else ["".join(TEXTS), TEXTS[5]]       # a process a run takes its time
    study = experiment(name=launch, description="$(touch pwned) {params}", parameters={"text": "a"},
                       design={"cases": [{"text": text} for text in texts]})
    shell_project.write("texts.yaml", json.dumps(study))
    shell_project.snakemake(f"results/{launch}/trajectory.json", "--configfile", "texts.yaml", "--config", f"launch={launch}")
    from simcore.store.reader import RunFile

    found = set()
    for store in shell_project.stores(launch).values():
        with RunFile(store) as run:
            text = run.attrs["point"]["parameters"]["text"]
            found.add(text)
            assert int(run.read("results/length")) == len(text)
    assert found == set(texts)
    made = files_of(shell_project.folder.parent) - before
    inside = shell_project.folder.name
    outside = {name for name in made if not name.startswith((f"{inside}/results/{launch}", f"{inside}/.snakemake",
                                                             f"{inside}/texts.yaml", f"{inside}/results"))
               and "__pycache__" not in name}
    assert not outside and not {name for name in made if os.path.basename(name) == "pwned"}


@pytest.mark.workflow
def test_a_name_given_on_the_command_line_does_not_escape_either(shell_project):
    shell_project.write("plain.yaml", json.dumps(experiment()))
    said = shell_project.snakemake("--configfile", "plain.yaml", "--config", "name=../../escaped", ok=False)
    assert "name must be made of letters" in said and "Traceback" not in said
    assert not [name for name in files_of(shell_project.folder.parent) if "escaped" in name]
