"""Progress of what takes long: a bar on a terminal, a line now and then elsewhere, nothing for what is done in 2 s."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TextIO, TypeVar

PATIENCE = 2.0                          # seconds
_Item = TypeVar("_Item")


def watched(items: Iterable[_Item], title: str, *, stream: TextIO | None = None,
            patience: float = PATIENCE) -> Iterator[_Item]:
    """The items, one by one; how many are done is told on stderr once it takes longer than `patience` [s]."""
    stream = stream or sys.stderr
    total = len(items) if isinstance(items, Sized) else None
    began, bar, told = time.monotonic(), None, 0.0
    try:
        for n, item in enumerate(items):
            waited = time.monotonic() - began
            if waited > patience and stream.isatty():
                bar = bar or _Bar(stream, title, total)
                bar.show(n)
            elif waited > patience and waited - told > 5 * patience:
                told = waited
                left = f", {waited / n * (total - n):.0f} s to go" if total and n else ""
                print(f"{title}: {n} of {total or '?'}{left}", file=stream, flush=True)
            yield item
    finally:
        if bar:
            bar.close()


class _Bar:
    def __init__(self, stream: TextIO, title: str, total: int | None):
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(file=stream), transient=True)
        self._progress.start()
        self._task = self._progress.add_task(title, total=total)

    def show(self, n: int) -> None:
        self._progress.update(self._task, completed=n)

    def close(self) -> None:
        self._progress.stop()
