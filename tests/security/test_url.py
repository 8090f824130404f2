"""`url(...)` in an experiment file reads what lies below the file's folder, and nothing else unless it is allowed."""

import http.server
import threading

import pytest

from simcore.errors import InvalidParameterValueError
from simcore.parameters.experiments import load_experiment

STUDY = """\
name: tiny
model: simcore.experiments.brunel
duration: 20 ms
parameters: {{cell: url("{address}")}}
"""


@pytest.fixture
def study(tmp_path):
    """Writes the experiment file with an address, in a folder beside one with a file that it should not read."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "cell.yaml").write_text("tau_m: 10 ms\n")
    folder = tmp_path / "params"
    (folder / "cells").mkdir(parents=True)
    (folder / "cells" / "cell.yaml").write_text("tau_m: 10 ms\n")

    def write(address):
        (folder / "study.yaml").write_text(STUDY.format(address=address))
        return folder / "study.yaml"

    return write


def test_a_file_below_the_folder_is_read(study):
    for address in ("cells/cell.yaml", "./cells/../cells/cell.yaml"):
        (point,) = load_experiment(study(address)).points.values()
        assert point.parameters["cell"]["tau_m"] == 10.0


def outside(folder):
    return ["../private/cell.yaml", str(folder / "private/cell.yaml"), f"file://{folder}/private/cell.yaml",
            "cells/../../private/cell.yaml", "file:///etc/hostname", "/etc/passwd", "/proc/self/environ",
            f"file://localhost{folder}/private/cell.yaml", "file:///%2e%2e/etc/passwd"]


def test_a_file_outside_is_refused_by_name_before_it_is_opened(study, tmp_path, monkeypatch):
    from simcore.parameters import files

    opened = []
    real = files.read_text
    monkeypatch.setattr(files, "read_text", lambda url, **more: opened.append(str(url)) or real(url, **more))
    for address in outside(tmp_path):
        with pytest.raises(InvalidParameterValueError, match=r"not below the folder of the experiment.*SIMCORE_URL_FOLDERS"):
            load_experiment(study(address))
    assert all(path.endswith("study.yaml") for path in opened)


def test_a_link_that_leads_outside_is_refused(study, tmp_path):
    (tmp_path / "params" / "link.yaml").symlink_to(tmp_path / "private" / "cell.yaml")
    (tmp_path / "params" / "folder").symlink_to(tmp_path / "private")
    for address in ("link.yaml", "folder/cell.yaml"):
        with pytest.raises(InvalidParameterValueError, match="not below the folder"):
            load_experiment(study(address))


def test_an_included_file_cannot_lead_further_than_the_experiment(study, tmp_path):
    (tmp_path / "params" / "cells" / "more.yaml").write_text("tau_m: url('../../private/cell.yaml')\n")
    with pytest.raises(InvalidParameterValueError, match="not below the folder"):
        load_experiment(study("cells/more.yaml"))


def test_a_folder_that_was_allowed_is_read(study, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMCORE_URL_FOLDERS", str(tmp_path / "private"))
    (point,) = load_experiment(study("../private/cell.yaml")).points.values()
    assert point.parameters["cell"]["tau_m"] == 10.0
    with pytest.raises(InvalidParameterValueError, match="not below"):
        load_experiment(study("/etc/passwd"))


def test_no_network_address_is_opened(study):
    """A server that would answer is not asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"tau_m: 10 ms\n")

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for address in (f"http://127.0.0.1:{server.server_port}/cell.yaml", f"HTTP://127.0.0.1:{server.server_port}/cell.yaml"):
            with pytest.raises(InvalidParameterValueError, match="only opened when asked for"):
                load_experiment(study(address))
        for address in ("ftp://127.0.0.1/cell.yaml", "file://elsewhere/cell.yaml", "data:text/plain,tau_m: 10"):
            with pytest.raises(InvalidParameterValueError):
                load_experiment(study(address))
    finally:
        server.shutdown()
    assert asked == []
