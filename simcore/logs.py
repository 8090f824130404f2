"""What a job tells while it works: progress of a run, and a log file that keeps all it says."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from simcore.errors import SimcoreError

_BAR = 24                               # characters


class Progress:
    """Called with biological time, its end [ms] and the number of spikes so far; tells at most once in `every` [s].

    To a terminal it is a bar that stays on its line, to anything else (a log) a line each. A run that takes less than
    `every` says nothing.
    """

    def __init__(self, stream: TextIO | None = None, *, every: float = 1.0, title: str = ""):
        self._stream, self._every, self._title = stream or sys.stderr, every, title
        self._bar = self._stream.isatty()
        self._began = self._told = time.perf_counter()
        self._first: tuple[float, float] | None = None
        self._drawn = False

    def __call__(self, now: float, end: float, n_spikes: int) -> None:
        """Tell how far the run is, if it is time to."""
        wall = time.perf_counter()
        if self._first is None:         # the network is built and compiled: time begins here
            self._first, self._told = (wall, now), wall
        if wall - self._told >= self._every:
            self._told = wall
            self._tell(self.line(now, end, n_spikes, wall), now / end if end else 1.0)

    def line(self, now: float, end: float, n_spikes: int, wall: float) -> str:
        """Biological time, speed against real time, activity, time to go."""
        began, first = self._first or (self._began, 0.0)
        speed = (now - first) / 1e3 / max(wall - began, 1e-9)
        rate = n_spikes / (now / 1e3) if now else 0.0
        left = f"{(end - now) / 1e3 / speed:.0f} s to go" if speed else "not moving"
        percent = 100 * now / end if end else 100
        return (f"{now:.1f} of {end:g} ms ({percent:.0f} %), {speed:.3g} x real time, "
                f"{rate:.4g} spikes per biological s, {left}")

    def close(self) -> None:
        """Leave the line of the bar."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()

    def _tell(self, line: str, fraction: float) -> None:
        if self._bar:
            done = int(_BAR * fraction)
            line, self._drawn = f"\r\x1b[K{self._title} [{'#' * done}{'.' * (_BAR - done)}] {line}", True
        else:
            line += "\n"
        with suppress(OSError):         # a full disk must not end a run because of its log
            self._stream.write(line)
            self._stream.flush()


@contextmanager
def logged(path: str | os.PathLike | None, *, title: str = "") -> Iterator[None]:
    """Send stdout and stderr of this process, and of what it calls in any language, to the end of a log file.

    An error is written there with its traceback and raised again. None: leave things as they are.
    """
    if path is None:
        yield
        return
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with path.open("a", buffering=1, encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        for number in (1, 2):
            os.dup2(log.fileno(), number)
        try:
            print(f"--- {datetime.now():%Y-%m-%d %H:%M:%S} {title}")
            yield
        except SimcoreError as error:
            print(f"{type(error).__name__}: {error}")
            raise
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            for fd, number in zip(kept, (1, 2), strict=True):
                os.dup2(fd, number)
                os.close(fd)


@contextmanager
def station(log: str | os.PathLike, title: str = "") -> Iterator[None]:
    """Run a station of the pipeline as a script: all it says goes to its log, an error of ours ends it with the
    message alone.
    """
    faulthandler.enable()
    try:
        with logged(log, title=title):
            yield
    except SimcoreError as error:
        raise SystemExit(f"{title or 'simcore'}: {error}\n  log: {log}") from None
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise SystemExit(f"{title or 'simcore'}: {what}\n  traceback in the log: {log}") from None
