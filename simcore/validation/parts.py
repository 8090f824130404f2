"""Judge cells on all cores of a machine, or in parts by jobs of a cluster. The scores are the same however it is done.

Cells are judged one after another in this process until it pays to start others: a test takes milliseconds where it reads
derived quantities, and seconds where it simulates. Other processes are handed what this one was (`Request`), make the
same list of cells of it, and judge every n-th of those that are left. They are plain commands, not multiprocessing:
that would import the main module again, which may be a script of Snakemake's.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.errors import ConfigurationError
from simcore.validation.errors import Error

if TYPE_CHECKING:
    import xarray as xr

WORTH = 4.0             # s of judging that are left: less does not pay for processes that start in 1.5 s
_RANKS = (("PMI_RANK", "PMI_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS"))


@dataclass(frozen=True)
class Request:
    """What the list of cells is made of: the arguments of `judge`, in plain types."""

    quantities: str | os.PathLike | xr.Dataset
    tests: Sequence[Mapping] | None
    observations: str | os.PathLike | Mapping | None
    points: Mapping[str, Any]
    order: tuple[str, ...]      # of explored parameters
    where: str


def judge_all(numbers: Sequence[int], judged: Callable[[int], dict], request: Request, workers: int) -> list[dict]:
    """The cells of these numbers, judged by `judged` here or by other processes, in their order."""
    found: list[dict] = []
    started = time.perf_counter()
    for number in numbers:
        found.append(judged(number))
        left = (time.perf_counter() - started) / len(found) * (len(numbers) - len(found))
        if workers > 1 and left > WORTH:
            break
    rest = numbers[len(found):]
    if not rest:
        return found
    workers = min(workers, len(rest))
    with ThreadPoolExecutor(workers) as pool:       # the threads only wait
        parts = list(pool.map(lambda i: _elsewhere(request, rest[i::workers]), range(workers)))
    by_number = {number: cell for i, part in enumerate(parts) for number, cell in zip(rest[i::workers], part, strict=True)}
    return found + [by_number[number] for number in rest]


def part_of(text: str, environment: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """(i, n) of "i/n", i from 1; of "auto" what MPI or SLURM say of this process. ConfigurationError for anything else."""
    if text == "auto":
        for rank, size in _RANKS:
            if rank in environment and size in environment:
                return int(environment[rank]) + 1, int(environment[size])
        raise ConfigurationError("part auto: neither MPI nor SLURM started this process "
                                 f"({', '.join(rank for rank, _ in _RANKS)} are not set)", name="part", got=text)
    i, _, n = text.partition("/")
    if not (i.isdigit() and n.isdigit() and 1 <= int(i) <= int(n)):
        raise ConfigurationError(f"part must be i/n with 1 <= i <= n, or auto, got {text!r}", name="part", got=text)
    return int(i), int(n)


def part_file(out: str | os.PathLike, i: int, n: int) -> Path:
    """Where part i of n is written: beside the whole."""
    return Path(out).with_suffix(f".part-{i}-of-{n}.json")


def part_files(out: str | os.PathLike | None) -> list[Path]:
    """Parts that lie beside the whole."""
    return sorted(Path(out).parent.glob(f"{Path(out).stem}.part-*-of-*.json")) if out is not None else []


def _elsewhere(request: Request, numbers: Sequence[int]) -> list[dict]:
    """Cells judged by a process of its own."""
    job = pickle.dumps(sys.path) + pickle.dumps((request, list(numbers)))       # the path first: tests may be on it
    done = subprocess.run([sys.executable, "-m", "simcore.validation.parts"], input=job, capture_output=True, check=False)
    if done.returncode:
        raise Error(f"a process that judged cells ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return pickle.loads(done.stdout)


def main() -> None:
    """Judge the cells that are asked for on standard input; pickles of this very command, not of anybody else."""
    sys.path[:] = pickle.load(sys.stdin.buffer)
    request, numbers = pickle.load(sys.stdin.buffer)
    answer, sys.stdout = sys.stdout.buffer, sys.stderr          # what tests print is no answer
    from simcore.validation.judge import judged_cells

    answer.write(pickle.dumps(judged_cells(request, numbers)))


if __name__ == "__main__":
    main()
