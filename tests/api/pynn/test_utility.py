"""pyNN.utility: the helpers of the document."""

import logging
import sys

import numpy as np
import pytest

from simcore.api import pynn as sim
from simcore.api.pynn import utility
from simcore.errors import ConfigurationError, InvalidParameterValueError, StoreError


def test_time_in_words_is_that_of_the_document():
    words = utility.Timer.time_in_words
    assert (words(1), words(123), words(24 * 3600)) == ("1 second", "2 minutes, 3 seconds", "1 day")
    assert words(2 * 31556952 + 3 * 3600 + 61) == "2 years, 3 hours, 1 minute, 1 second" and words(0.4) == "0 seconds"


def test_timers_measure_from_start_and_from_the_last_look(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(utility.time, "perf_counter", lambda: now[0])
    timer = utility.Timer()
    now[0] += 2.0
    assert timer.elapsedTime() == 2.0 == timer.elapsed_time()
    now[0] += 125.0
    assert timer.diff(format="long") == "2 minutes, 5 seconds" and timer.diff() == 0.0
    now[0] += 3.0
    timer.mark("built")
    assert timer.marks == [("built", 3.0)] and timer.elapsedTime("long") == "2 minutes, 10 seconds"
    timer.reset()
    assert timer.elapsedTime() == 0.0
    with pytest.raises(InvalidParameterValueError, match="None or 'long'"):
        timer.diff("short")


def test_script_arguments_are_those_behind_the_script(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["script.py", "nest", "3"])
    assert utility.get_script_args(1) == ["nest", "3"] == utility.get_script_args(2)
    with pytest.raises(ConfigurationError, match=r"needs 3 arguments, got 2. Usage: script.py <sim> <n> <p>"):
        utility.get_script_args(3, "script.py <sim> <n> <p>")


def test_messages_are_printed_where_there_is_no_server(capsys, monkeypatch):
    utility.notify()
    utility.notify("done", smtphost="localhost.invalid", address="a@b.c")
    assert capsys.readouterr().out.startswith("Simulation finished.\ndone\n(no e-mail was sent: ")
    sent = []

    class Server:
        def __init__(self, host, timeout):
            sent.append(host)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def send_message(self, message):
            sent.append((message["Subject"], message["To"], message.get_content()))

    monkeypatch.setattr(utility.smtplib, "SMTP", Server)
    utility.notify("all done", "subject", "mail.host", "me@there")
    assert sent == ["mail.host", ("subject", "me@there", "all done\n")] and capsys.readouterr().out == ""


def test_colours_are_for_terminals():
    assert utility.colour("red", "stop") == "\033[31mstop\033[0m"
    with pytest.raises(InvalidParameterValueError, match="did you mean 'green'"):
        utility.colour("gren", "go")


def test_logs_go_to_a_file_for_each_process(tmp_path):
    root, level = logging.getLogger(), logging.getLogger().level
    try:
        logger = utility.init_logging(str(tmp_path / "log"), num_processes=3, rank=2)
        logger.info("heard")
        logger.debug("not heard")
        text = (tmp_path / "log.2").read_text()
        assert "INFO heard" in text and "not heard" not in text
        utility.init_logging(str(tmp_path / "log"), debug=True).debug("now heard")
        assert "DEBUG now heard" in (tmp_path / "log").read_text() and "now heard" not in (tmp_path / "log.2").read_text()
    finally:
        for handler in [h for h in root.handlers if getattr(h, "of_script", False)]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


def test_progress_is_shown_from_empty_to_full(capsys):
    bar = utility.ProgressBar(width=4)
    bar.set_level(0.5)
    bar(1.0)
    assert capsys.readouterr().out == "\r[##  ]  50%\r[####] 100%\n"
    assert utility.SimulationProgressBar(10.0, 40.0)(20.0) == 30.0


def test_file_names_tell_simulator_and_time():
    assert utility.normalized_filename("Results", "run", "pkl", "simcore", 4).startswith("Results/2")
    assert "run_simcore_np4_2" in utility.normalized_filename("Results", "run", "pkl", "simcore", 4)


def test_a_saved_population_fires_again_as_it_did(folder):
    sim.setup(timestep=0.1)
    first = sim.Population((2, 2), sim.IF_curr_exp, {"i_offset": 1.0}, label="firing")
    first.tset("i_offset", np.array([[0.9, 1.0], [0.0, 1.5]]))
    first.positions = np.arange(12.0).reshape(3, 4)
    first.record()
    sim.run(60.0)
    utility.save_population(first, str(folder / "kept.npz"), ["label"])
    spikes = first.getSpikes()
    sim.setup(timestep=0.1)
    again = utility.load_population(str(folder / "kept.npz"))
    again.record()
    sim.run(60.0)
    assert len(spikes) > 3 and np.array_equal(again.getSpikes(), spikes)
    assert (again.label, tuple(again.dim)) == ("firing", (2, 2)) and again.positions.tolist() == np.arange(12.0).reshape(3, 4).tolist()
    for text in ("no population", ""):
        broken = folder / f"broken.{sim.rank()}"
        broken.write_text(text)
        with pytest.raises(StoreError, match="cannot read a population"):
            utility.load_population(str(broken))
