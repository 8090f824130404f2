"""pyNN.utility: helpers for scripts."""

from __future__ import annotations

import importlib
import json
import logging
import smtplib
import sys
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from simcore.api.pynn.errors import NothingToWriteError
from simcore.errors import ConfigurationError, InvalidParameterValueError, StoreError, nearest

__all__ = ["ProgressBar", "SimulationProgressBar", "Timer", "colour", "get_script_args", "get_simulator", "init_logging",
           "load_population", "normalized_filename", "notify", "save_population", "sort_by_column"]

_COLOURS = {"black": 30, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "white": 37}
_UNITS = (("year", 31556952), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def colour(col: str, text: str) -> str:
    """`text` in a colour for terminals: black, red, green, yellow, blue, magenta, cyan, white."""
    if col not in _COLOURS:
        raise InvalidParameterValueError(f"there is no colour {col!r}{nearest(col, _COLOURS)}", name="col", got=col)
    return f"\033[{_COLOURS[col]}m{text}\033[0m"


def notify(msg: str = "Simulation finished.", subject: str = "Simulation finished.", smtphost: str | None = None,
           address: str | None = None) -> None:
    """Send an e-mail by the server `smtphost` to `address`; without a server, or where it fails, print the message."""
    if not smtphost or not address:
        print(msg)
        return
    message = EmailMessage()
    message["From"] = message["To"] = address
    message["Subject"] = subject
    message.set_content(msg)
    try:
        with smtplib.SMTP(smtphost, timeout=10) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        print(f"{msg}\n(no e-mail was sent: {error})")


def get_script_args(n_args: int, usage: str = "") -> list[str]:
    """The arguments of the script, however it was started (python, mpiexec, python -m mpi4py).

    n_args: how many there must be at least. Raises ConfigurationError with `usage` if there are fewer.
    """
    arguments = sys.argv[1:]
    if len(arguments) < n_args:
        raise ConfigurationError(f"the script needs {n_args} argument{'s' * (n_args != 1)}, got {len(arguments)}"
                                 f"{f'. Usage: {usage}' if usage else ''}", name="n_args", got=arguments)
    return arguments


def get_simulator(*arguments: tuple[str, str]) -> tuple[ModuleType, Any]:
    """(simulator module, parsed arguments of the script), for scripts of PyNN 0.13. arguments: (name, help) of further ones.

    The name of a simulator on the command line may be any: there is one here.
    """
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("simulator", nargs="?", default="simcore", help="name of a simulator; simcore is used for all")
    for name, help_ in arguments:
        parser.add_argument(name, help=help_) if not name.startswith("--") else parser.add_argument(
            name, action="store_true", help=help_)
    return importlib.import_module("simcore.api.pynn"), parser.parse_args()


def init_logging(logfile: str | None, debug: bool = False, num_processes: int = 1, rank: int = 0,
                 level: int | None = None) -> logging.Logger:
    """Log to a file (`.rank` is appended where there are several processes; None: to the screen); returns the logger.

    debug: also what is only of interest for finding errors.
    """
    level = level if level is not None else logging.DEBUG if debug else logging.INFO
    if logfile and num_processes > 1:
        logfile = f"{logfile}.{rank}"
    root = logging.getLogger()
    for handler in [h for h in root.handlers if getattr(h, "of_script", False)]:
        root.removeHandler(handler)
        handler.close()
    handler = logging.FileHandler(logfile, mode="w", encoding="utf-8") if logfile else logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_LOG_FORMAT))
    handler.of_script = True
    root.addHandler(handler)
    root.setLevel(level)
    return logging.getLogger("PyNN")


def normalized_filename(root: str, basename: str, extension: str, simulator: str, num_processes: int | None = None,
                        use_iso8601: bool = False) -> str:
    """`root/YYYYMMDD/basename_simulator[_npN]_YYYYMMDD-HHMMSS.extension`."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S" if use_iso8601 else "%Y%m%d-%H%M%S")
    day = time.strftime("%Y-%m-%d" if use_iso8601 else "%Y%m%d")
    processes = f"_np{num_processes}" if num_processes else ""
    return str(Path(root) / day / f"{basename}_{simulator}{processes}_{now}.{extension}")


def save_population(population: Any, filename: str, variables: list[str] | None = None) -> None:
    """Keep a population's spikes, size, label, positions and some of its attributes in an npz file.

    variables: names of attributes, numbers, text or lists of them. Collective; rank 0 writes. Raises
    NothingToWriteError if its spikes were not recorded.
    """
    spikes = population.getSpikes(gather=True)
    if spikes is None:
        raise NothingToWriteError(f"the spikes of {population.label!r} were not recorded: call record() before run()")
    about = {"size": population.size, "dim": list(population.dim), "label": population.label,
             "variables": {name: getattr(population, name) for name in variables or ()}}
    from simcore.api.pynn import world

    if world.current().rank == 0:
        with Path(filename).open("wb") as file:
            np.savez_compressed(file, spikes=spikes, positions=population.positions, about=json.dumps(about))
    if world.current().comm:
        world.current().comm.Barrier()              # the file is there for all


def load_population(filename: str, sim: ModuleType | None = None) -> Any:
    """A population of SpikeSourceArray cells that repeats what save_population() kept. Raises StoreError."""
    sim = sim or importlib.import_module("simcore.api.pynn")
    try:
        with np.load(filename, allow_pickle=False) as content:
            spikes, positions, about = content["spikes"], content["positions"], json.loads(str(content["about"]))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise StoreError(f"cannot read a population from {filename}: {error}", where=str(filename)) from None
    population = sim.Population(tuple(about["dim"]), sim.SpikeSourceArray, label=about["label"])
    times: list[list[float]] = [[] for _ in range(about["size"])]
    for cell, at in spikes:
        times[int(cell)].append(float(at))
    population.set("spike_times", [sorted(own) for own in times])
    population.positions = positions
    for name, value in about["variables"].items():
        setattr(population, name, value)
    return population


def sort_by_column(a: Any, col: int) -> Any:
    """The rows of an array in the order of a column."""
    return a[a[:, col].argsort(kind="stable"), :]


class Timer:
    """Wall-clock time of a script; starts when it is made. format "long": text such as "2 minutes, 3 seconds"."""

    def __init__(self):
        self.marks: list[tuple[str, float]] = []
        self.start()

    def start(self) -> None:
        """Begin again at zero."""
        self._start = self._last = time.perf_counter()

    reset = start

    def elapsed_time(self, format: str | None = None) -> float | str:
        """Time since the start [s]; the clock goes on."""
        self._last = time.perf_counter()
        return self._shown(self._last - self._start, format)

    elapsedTime = elapsed_time

    def diff(self, format: str | None = None) -> float | str:
        """Time [s] since the last look at the clock: elapsedTime, diff or mark."""
        before, self._last = self._last, time.perf_counter()
        return self._shown(self._last - before, format)

    def mark(self, label: str) -> None:
        """Keep diff() with a label in `marks`."""
        self.marks.append((label, self.diff()))

    @staticmethod
    def time_in_words(s: float) -> str:
        """Seconds as text: 123 is "2 minutes, 3 seconds"; parts of seconds are dropped."""
        rest, parts = int(s), []
        for name, length in _UNITS:
            number, rest = divmod(rest, length)
            if number:
                parts.append(f"{number} {name}{'s' * (number > 1)}")
        return ", ".join(parts) or "0 seconds"

    @classmethod
    def _shown(cls, seconds: float, format: str | None) -> float | str:
        if format not in (None, "long"):
            raise InvalidParameterValueError(f"format must be None or 'long', got {format!r}", name="format", got=format)
        return seconds if format is None else cls.time_in_words(seconds)


class ProgressBar:
    """A bar on the terminal; width in characters. Also a connector's `callback`."""

    def __init__(self, width: int = 77, char: str = "#", mode: str = "fixed"):
        if mode not in ("fixed", "dynamic"):
            raise InvalidParameterValueError(f"mode must be 'fixed' or 'dynamic', got {mode!r}", name="mode", got=mode)
        self.width, self.char, self.mode = width, char, mode

    def set_level(self, level: float) -> None:
        """Show that a fraction of the work, 0 … 1, is done."""
        level = min(max(float(level), 0.0), 1.0)
        bar = self.char * round(level * self.width)
        sys.stdout.write(f"\r[{bar:<{self.width if self.mode == 'fixed' else len(bar)}}] {100 * level:3.0f}%")
        sys.stdout.write("\n" * (level >= 1.0))
        sys.stdout.flush()

    __call__ = set_level


class SimulationProgressBar(ProgressBar):
    """A bar for `run(t, callbacks=[SimulationProgressBar(interval, t)])`, drawn again every interval [ms]."""

    def __init__(self, interval: float, t_stop: float, char: str = "#", mode: str = "fixed"):
        super().__init__(width=int(t_stop / interval), char=char, mode=mode)
        self.interval, self.t_stop = interval, t_stop

    def __call__(self, t: float) -> float:
        """Show the time t [ms]; the next call comes at the time that is returned."""
        self.set_level(t / self.t_stop)
        return t + self.interval
