import re
from html.parser import HTMLParser

import matplotlib as mpl
import pytest

from simcore.analysis.known import read_quantities
from simcore.errors import ExperimentError, StoreError
from simcore.report import tables
from simcore.report.html import write_report
from tests.unit.report.studies import DIRTY, NO_GIT, study

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """What a browser would find: ids, links, sources, tables, text; complains about tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.sources, self.tables, self.text, self.tags = [], [], [], [], [], "", set()
        self.cell = None
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])
        if "src" in attrs:
            self.sources.append(attrs["src"])
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.cell = ["", "", attrs.get("style", "")]
            self.tables[-1][-1].append(self.cell)
        if tag == "a" and self.cell is not None:
            self.cell[1] = attrs["href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, text):
        if "style" not in self.open:
            self.text += text
        if self.cell is not None:
            self.cell[0] += text.strip()


def written(made, **changes):
    about = {**vars(made), **changes}
    write_report(about["trajectory"], about["quantities"], about["scores"], about["provenance"], about["experiment"],
                 about["out"])
    return about["out"].read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return study(tmp_path_factory.mktemp("brunel"))


@pytest.fixture(scope="module")
def page(made):
    return Page(written(made))


def test_the_page_needs_nothing_from_elsewhere(made, page):
    text = written(made)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert len(page.sources) == 4 + 4 + 1               # rasters, phase diagrams, spectra
    assert page.tags.isdisjoint({"script", "link", "iframe", "object"})
    assert not re.search(r"url\(|@import", text)
    for link in page.links:
        assert link.startswith("#") or re.fullmatch(r"[\w./-]+", link), link


def test_every_link_in_the_page_has_its_target(page):
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert not link.startswith("#") or link[1:] in page.ids, link


def test_the_same_inputs_give_the_same_bytes_whatever_the_settings_of_matplotlib(made, tmp_path):
    first = written(made)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 30}):
        assert written(made, out=tmp_path / "other.html") == first


def test_what_the_user_wrote_is_text_and_not_markup(page):
    assert "A <script>alert(1)</script> & study" in page.text
    assert "regime <AI>" in page.text


def test_every_quantity_is_shown_as_it_was_derived_and_leads_to_its_run(made, page):
    derived = read_quantities(made.quantities)
    table = next(t for t in page.tables if t[0][0][0] == "run" and any("mean_rate" in cell[0] for cell in t[0]))
    heads = [cell[0] for cell in table[0]]
    assert "mean_rate exc [Hz]" in heads
    assert heads[1:4] == ["g", "eta [mV]", "trial"]
    for run, row in enumerate(table[1:]):
        run_id = f"{run:012x}"
        assert row[0][0] == run_id
        for head, (text, link, _) in list(zip(heads, row, strict=True))[4:]:
            name, population = head.split(" ")[:2]
            expected = float(derived[name].sel(population=population)[run])
            assert text == tables.number(expected)
            assert link == f"#run-{run_id}"


def test_the_run_table_says_where_each_run_comes_from_and_how_to_make_it_again(page):
    table = next(t for t in page.tables if t[0][-1][0].startswith("again"))
    row = [cell[0] for cell in table[3]]
    assert row[:4] == ["000000000002", "3", "2", "0"]
    assert row[4:] == ["3.5", "123.4", "1", "c0ffeec0ff", "50505050", "e7e7e7e7", "00000000",
                       "runs/000000000002.zarr.zip", "logs/simulate/000000000002.log",
                       f"results/{page.text.split('results/')[1].split('/')[0]}/experiment.json 000000000002"]


def test_scores_are_coloured_by_norm_score_and_lead_to_their_details(page):
    matrix = next(t for t in page.tables if t[0][0][0] in ("test", "model"))
    cells = {(row[0][0], head[0]): cell for row in matrix[1:] for head, cell in zip(matrix[0], row, strict=True)}
    assert cells["rate", "g=3, eta=0.9 mV"][:2] == ["✓ -0.4", "#score-0"]
    assert cells["regime <AI>", "g=5, eta=2 mV"] == ["✗ Fail", "#score-1", "background:#d55e00;color:#000000"]
    assert cells["regime <AI>", "g=3, eta=0.9 mV"][0] == "–"
    assert "background:#dddddd" in cells["rate", "g=5, eta=2 mV"][2]
    assert "my.RateTest" in page.text
    assert "mean: 9.5" in page.text


def test_the_numbers_of_a_phase_diagram_are_means_over_runs_and_name_them(made, page):
    derived = read_quantities(made.quantities)
    table = next(t for t in page.tables if [c[0] for c in t[0]][:4] == ["g", "eta [mV]", "mean_rate", "runs"])
    row = table[2]
    assert [cell[0] for cell in row[:2]] == ["3", "2"]
    assert row[2][0] == tables.number(float(derived.mean_rate.sel(population="exc")[2:4].mean()))
    assert [cell[1] for cell in row[3:]] == ["#run-000000000002", "#run-000000000003"]


def test_uncommitted_changes_are_shown_with_their_diff(tmp_path):
    page = Page(written(study(tmp_path, project=DIRTY, gs=(3.0,), etas=(1.0,))))
    assert "with uncommitted changes" in page.text
    assert "+++ a.py <b>" in page.text
    assert "c0ffeec0ff + changes" in page.text
    assert f"git checkout {'c0ffee' * 6}c0ff" in page.text


def test_a_study_without_git_scores_spectra_or_quantities_has_a_page(tmp_path):
    made = study(tmp_path, project=NO_GIT, gs=(3.0,), etas=(1.0,), trials=1, duration=50.0,
                 report={"rasters": False, "spectra": False})
    page = Page(written(made, scores=None))
    assert "no commit (no git repository)" in page.text
    assert "git checkout" not in page.text
    assert "Nothing was judged" in page.text
    assert page.sources == []


def test_runs_that_do_not_agree_are_pointed_out(tmp_path):
    import json

    made = study(tmp_path, gs=(3.0,), etas=(1.0,))
    content = json.loads(made.provenance.read_text())
    content["agree"]["commit"], content["all_agree"], content["differing"] = False, False, ["code/project/sha"]
    made.provenance.write_text(json.dumps(content))
    text = Page(written(made)).text
    assert "runs do not agree on their code or environment" in text
    assert "commit: runs differ" in text
    assert "code/project/sha" in text


def test_long_tables_end_and_say_so(made, monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    assert Page(written(made, out=tmp_path / "r.html")).text.count("5 more rows are not shown.") == 2


def test_what_is_configured_is_what_is_shown(tmp_path):
    page = Page(written(study(tmp_path, report={
        "title": "My study", "quantities": ["cv_isi"],
        "rasters": [{"title": "asynchronous", "at": {"g": 5, "eta": 2.0}, "population": "inh", "start": "100 ms"}],
        "phase_diagram": {"x": "eta", "y": "g", "quantity": "synchrony", "population": "inh"}})))
    assert "A  asynchronous" in page.text
    assert "g = 5, eta = 2; population inh." in page.text
    assert len(page.sources) == 3
    table = next(t for t in page.tables if any("cv_isi" in cell[0] for cell in t[0]))
    assert [cell[0] for cell in table[0]] == ["run", "g", "eta [mV]", "trial", "cv_isi exc", "cv_isi inh"]


def test_a_population_that_was_not_recorded_and_a_missing_file_are_named(made, tmp_path):
    made.experiment.report = {"rasters": [{"at": {}, "population": "exx"}]}
    with pytest.raises(ExperimentError, match=r"no population 'exx' was recorded; did you mean 'exc'"):
        written(made, out=tmp_path / "r.html")
    made.experiment.report = {}
    with pytest.raises(StoreError, match=r"nothing\.json cannot be read"):
        written(made, provenance=tmp_path / "nothing.json")
    assert list(tmp_path.iterdir()) == []
