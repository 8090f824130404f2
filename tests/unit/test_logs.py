"""Logs of jobs: progress, output and errors."""

import io
import os
import re

import pytest

from simcore.errors import SimulationError
from simcore.logs import Progress, logged, station


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_tells_time_speed_activity_and_time_to_go():
    progress = Progress(io.StringIO())
    progress._first = (0.0, 0.0)
    line = progress.line(500.0, 2000.0, 1000, 2.0)
    assert line == "500.0 of 2000 ms (25 %), 0.25 x real time, 2000 spikes per biological s, 6 s to go"


def test_progress_is_silent_in_short_runs_and_a_line_at_a_time_in_long_ones():
    log = io.StringIO()
    progress = Progress(log, every=0.0)
    progress(1.0, 10.0, 5)
    progress(5.0, 10.0, 5)
    assert len(log.getvalue().splitlines()) == 2
    quiet = io.StringIO()
    for now in (1.0, 5.0, 10.0):
        Progress(quiet)(now, 10.0, 5)
    assert quiet.getvalue() == ""


def test_progress_is_a_bar_on_a_terminal():
    terminal = Terminal()
    progress = Progress(terminal, every=0.0, title="3f9a")
    progress(5.0, 10.0, 5)
    progress.close()
    assert re.search(r"\r\x1b\[K3f9a \[#{12}\.{12}\] 5\.0 of 10 ms", terminal.getvalue())
    assert terminal.getvalue().endswith("\n")


def test_all_output_goes_to_the_log_and_comes_back(tmp_path, capfd):
    """Also that of code that is not Python."""
    with logged(tmp_path / "logs/run.log", title="run 1"):
        print("from Python")
        os.write(2, b"from elsewhere\n")
    print("after")
    text = (tmp_path / "logs/run.log").read_text()
    assert "run 1" in text and "from Python" in text and "from elsewhere" in text
    assert capfd.readouterr().out == "after\n"


def test_an_error_is_in_the_log_and_raised(tmp_path):
    with pytest.raises(ZeroDivisionError), logged(tmp_path / "run.log"):
        raise ZeroDivisionError("by zero")
    assert "Traceback" in (tmp_path / "run.log").read_text()
    with pytest.raises(SimulationError), logged(tmp_path / "run.log"):
        raise SimulationError("v must stay finite")
    assert "SimulationError: v must stay finite" in (tmp_path / "run.log").read_text()


def test_a_station_ends_with_the_message_and_the_place_of_its_log(tmp_path):
    with pytest.raises(SystemExit, match=r"merge: no runs\n  log: .*merge.log"), station(tmp_path / "merge.log", "merge"):
        raise SimulationError("no runs")
    with pytest.raises(SystemExit, match="derive: ZeroDivisionError"), station(tmp_path / "d.log", "derive"):
        raise ZeroDivisionError("by zero")
