"""The compiled loop over steps with a clock between its parts: for profiles, never for production.

The rendered loop of a simulation is rendered once more with a read of the processor's time stamp counter after each
part. Its cost is measured by running both loops alternately (profile_networks.py).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from simcore._jit import allgather, kernel, load_numba, rendered_module

PARTS = {           # kernel called in the loop: the part it belongs to
    "sample": "recording", "bound": "delivery", "deliver": "delivery", "deliver_plastic": "plasticity",
    "note_plastic": "plasticity", "poisson_inputs": "draws", "poisson_sources": "draws", "array_sources": "draws",
    "inject": "currents", "advance": "update", "collect": "collection", "wait": "waiting", "share": "exchange"}


def _clock():
    load_numba()
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def cycles(typingctx):
        def codegen(context, builder, signature, args):
            read = builder.module.declare_intrinsic("llvm.readcyclecounter", (), ir.FunctionType(ir.IntType(64), []))
            return builder.call(read, [])
        return types.int64(), codegen

    return cycles


cycles = _clock()


@kernel
def wait(step, epoch, exchange):
    """Where an epoch ends with `step`, an exchange of nothing, so that the one that counts waits for nobody."""
    at, mine, blocks, _, _, mpi = exchange
    if step + 1 == min(at[0] + epoch, at[1]):
        at[2] = allgather(mpi[0], mine, mpi[1], blocks, mpi[2])


def timed_source(source: str) -> tuple[str, list[str]]:
    """The source of a rendered loop with clocks, and the part that each entry of its argument `ticks` counts."""
    head, loop = source.split("    for step in", 1)
    parts, lines = [], []
    loop = loop.replace("        unfinished =", "        wait(step, epoch, exchange)\n        unfinished =")
    for line in ("    for step in" + loop).splitlines():
        lines.append(line)
        call = re.match(r" {8}(?:said_ptr\[.*?\] = |unfinished = )?(\w+)\(", line)
        if call:
            name = re.sub(r"_\d+$", "", call.group(1))
            lines += ["        now = cycles()", f"        ticks[{len(parts)}] += now - before", "        before = now"]
            parts.append(PARTS.get(name, name))
        elif line.startswith("    for step in"):
            lines.append("        before = cycles()")
    head = head.replace("batches):", "batches, ticks):").replace(
        "from simcore._jit import kernel", "from simcore._jit import kernel\nfrom loop_clock import cycles, wait")
    return head + "\n".join(lines) + "\n", parts


class TimedLoop:
    """Stands for a simulation's loop: `drive` with clocks; seconds by part, and the rest of its time as `entry`."""

    def __init__(self, loop) -> None:
        source, self.parts = timed_source(Path(loop.__file__).read_text())
        self._drive = rendered_module("timed_drive", source, (Path(__file__).read_text(),)).drive
        self._ticks = np.zeros(len(self.parts), dtype=np.int64)
        self.wall = 0.0
        self.calls = 0

    def drive(self, *arguments) -> int:
        """One call of the loop with clocks."""
        began = time.perf_counter()
        reached = self._drive(*arguments, self._ticks)
        self.wall += time.perf_counter() - began
        self.calls += 1
        return reached

    def clear(self) -> None:
        """Start counting anew."""
        self._ticks[:] = 0
        self.wall, self.calls = 0.0, 0

    def seconds(self, per_tick: float) -> dict[str, float]:
        """Seconds spent in each part of the loop, and in entering it."""
        found: Counter = Counter()
        for part, ticks in zip(self.parts, self._ticks, strict=True):
            found[part] += float(ticks) * per_tick
        return dict(found) | {"entry": self.wall - sum(found.values())}


def seconds_per_tick() -> float:
    """Seconds of one tick of the time stamp counter, against the clock of the operating system over 50 ms."""
    read = kernel(_read)
    read()
    began, ticks = time.perf_counter(), read()
    while time.perf_counter() - began < 0.05:
        pass
    return (time.perf_counter() - began) / (read() - ticks)


def _read() -> int:
    return cycles()


def work(simulation, spikes_of: np.ndarray, first_step: int, n_steps: int) -> dict[str, float]:
    """What this rank has done in n_steps from first_step: cell-steps, draws, events, rows looked up, plastic events.

    spikes_of: (n_gids,) spikes of every cell of the network in this time.
    """
    machine = simulation.machine
    done = SimpleNamespace(events=0, rows=0, plastic_events=0)
    for b in machine.table.bundles:
        pre = b.projections[0].pre
        spikes = spikes_of[pre.first_gid:pre.first_gid + pre.size]
        events = int((machine.table.row_lengths(b).reshape(pre.size, -1).sum(axis=1) * spikes).sum())
        if b.projections[0].dynamics:
            done.plastic_events += events
        else:
            done.events += events
        done.rows += int(spikes.sum()) * b.delays.size
    draws = 0
    for ptr, _, delay, start, stop, *_ in machine._inputs:
        for g in range(delay.size):
            active = min(first_step + n_steps, stop[g] + delay[g]) - max(first_step, start[g] + delay[g])
            draws += int(ptr[g + 1] - ptr[g]) * max(0, int(active))
    return {"cell_steps": sum(b.size for b in machine.part.batches) * n_steps, "draws": draws,
            "spikes": int(spikes_of.sum()), **vars(done)}


def memory(simulation) -> dict[str, int]:
    """Bytes of this rank's tables: targets, weights, rows (indptr), states and inputs of the cells."""
    m = simulation.machine
    return {"targets": m.table.target.nbytes, "weights": m.table.weights.nbytes, "rows": m.table.indptr.nbytes,
            "states": m.state.pool.nbytes, "connections": m.n_connections}
