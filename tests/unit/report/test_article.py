"""An article takes its numbers from the results by name, and each carries the digests of its runs."""

import json
import re

import numpy as np
import pytest
import xarray as xr

from simcore.errors import ExperimentError
from simcore.report.article import write_article
from tests.unit.report.studies import study
from tests.workflow.project import ROOT

ARTICLE = """\
# A title

The rate is {{ value("mean_rate", at={"g": 3.0, "eta": 2.0}) }} Hz, cells **{{ n_runs }}**, of {{ model }}; {{ score("rate") }}.

{{ table(["mean_rate", "cv_isi"], along="g", caption="Table 1 <&>") }}

{{ curve("mean_rate", along="eta", caption="Figure 1. It's here") }}

{{ raster(at={"g": 5.0, "eta": 2.0}, trial=1, caption="Figure 2", population="inh") }}

{{ runs() }}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return study(tmp_path_factory.mktemp("article"))


def page(made, text, folder):
    (folder / "article.md").write_text(text)
    write_article(folder / "article.md", made.trajectory, made.quantities, made.scores, made.provenance, made.experiment,
                  folder / "article.html")
    return (folder / "article.html").read_text()


def test_a_number_is_that_of_the_quantities_with_the_runs_it_was_made_of(made, tmp_path):
    text = page(made, ARTICLE, tmp_path)
    rate = xr.open_zarr(made.quantities).mean_rate.sel(population="exc")
    chosen = (rate.g == 3.0) & (rate.eta == 2.0)
    values, runs = rate.values[chosen.values], rate.run_id.values[chosen.values]
    number = re.search(r"The rate is <span class='number' title='([^']*)'>([^<]*)</span> <small[^>]*>\[(.*?)\]</small>", text)
    assert number[2] == f"{np.mean(values):.4g} ± {np.std(values, ddof=1):.2g}"
    assert re.findall(r">([0-9a-f]{12})<", number[3]) == list(runs) and "mean_rate [Hz] of exc at g = 3, eta = 2" in number[1]


def test_every_number_of_the_table_and_both_figures_carry_digests_that_the_list_of_runs_explains(made, tmp_path):
    text = page(made, ARTICLE, tmp_path)
    table = text[text.index("<table class='numbers'>"):text.index("</table>")]
    cells = re.findall(r"<td>(.*?)</td>", table)
    assert len(cells) == 6 and sum("class='digests'" in cell for cell in cells) == 4
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text, re.DOTALL)
    assert len(captions) == 2 and all("class='digests'" in caption for caption in captions)
    listed = set(re.findall(r"<tr id='run-([0-9a-f]{12})'", text))
    assert len(listed) == 8 and set(re.findall(r"href='#run-([0-9a-f]{12})'", text)) == listed
    assert "c0ffeec0ffee" in text and "Table 1 &lt;&amp;&gt;" in text and text.count("<img src='data:image/png") == 2


def test_the_page_needs_nothing_else_and_is_the_same_each_time(made, tmp_path):
    first = page(made, ARTICLE, tmp_path)
    assert page(made, ARTICLE, tmp_path) == first
    assert "<script" not in first and "<link" not in first and "http" not in re.sub(r"<!--.*?-->", "", first)


WRONG = {
    "quantity": ("{{ value('mean_rat', at={}) }}", "no quantity 'mean_rat' was derived; did you mean 'mean_rate'"),
    "parameter": ("{{ value('mean_rate', at={'h': 1}) }}", "no parameter 'h' is explored"),
    "point": ("{{ value('mean_rate', at={'g': 4.0}) }}", "there is no run at g = 4"),
    "population": ("{{ value('mean_rate', at={'g': 3.0}, population='ext') }}", "no population 'ext'"),
    "test": ("{{ score('rat') }}", "no test 'rat' was judged; did you mean 'rate'"),
    "function": ("{{ valu('mean_rate') }}", "'valu' is undefined; did you mean 'value'"),
    "syntax": ("{{ value( }}", "the article cannot be made"),
    "python": ("{{ value.__globals__ }}", "is unsafe"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_name_is_an_error_that_names_the_article(made, tmp_path, what):
    text, message = WRONG[what]
    with pytest.raises(ExperimentError, match=re.escape(message)) as error:
        page(made, text, tmp_path)
    assert "article.md" in str(error.value) and not (tmp_path / "article.html").exists()


def test_the_example_has_two_figures_and_a_table_and_types_no_result():
    """In the text of params/paper.md no number with a decimal point is typed."""
    text = (ROOT / "params/paper.md").read_text()
    assert text.count("{{ curve(") + text.count("{{ raster(") == 2 and text.count("{{ table(") == 1
    assert not re.search(r"\d\.\d", re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL))


NOTEBOOKS = sorted((ROOT / "workflow/notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_on_a_study_with_xarray_alone(made, path, monkeypatch):
    """They import nothing of simcore, and are kept with what they said, without errors or places of a machine."""
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(re.search(r"(import|from) simcore", cell.source) for cell in code)
    assert all(cell.execution_count for cell in code) and any(cell.outputs for cell in code)
    assert "/home/" not in json.dumps(book) and "/work" not in json.dumps(book).replace("/workflow", "")
    monkeypatch.setenv("RESULTS", str(made.trajectory.parent))
    ran = client.NotebookClient(book, timeout=100, kernel_name="python3").execute()
    assert not [o for cell in ran.cells if cell.cell_type == "code" for o in cell.outputs if o.output_type == "error"]


def test_there_are_two_notebooks():
    assert len(NOTEBOOKS) == 2
