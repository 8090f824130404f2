"""Functions that runs are made of, importable by other processes."""

import os
import signal
import time

import numpy as np

from simcore.errors import StoreError


def product(run):
    run.f_add_result("z", run.x * run.y, comment="product")
    return run.x * run.y


def rich(run):
    x = run.x
    run.f_add_derived_parameter("twice", 2 * x)
    run.f_add_result("trace", np.arange(10.0) + x)
    run.f_add_result("rates.exc", x / 2)
    run.f_add_result("ragged", np.arange(x % 4))
    run.f_add_result("many", 1666, a=x, b=f"text {x}", c={"list": [x, None], "tuple": (1, 2)})
    run.results.f_set_annotations(kind="rich")


def only_even(run):
    if run.x % 2 == 0:
        run.f_add_result("even", run.x)


def fails_at_three(run):
    if run.x == 3:
        raise ValueError("three is refused")
    run.f_add_result("z", run.x)


def identity(run):
    run.f_add_result("z", run.x)


def fails_at_three_else_waits(run):
    fails_at_three(run)
    time.sleep(0.02)


def dies_at_three(run):
    if run.x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    run.f_add_result("z", run.x)


def raises_at_two_dies_at_three(run):
    if run.x == 2:
        raise ValueError("two is refused")
    dies_at_three(run)


def raises_at_one_else_sleeps(run):
    if run.x == 1:
        raise ValueError("one is refused")
    time.sleep(200)


def ends_its_job_once(run, marker):
    run.f_add_result("z", run.x)
    if run.x == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(20)


def finds_the_disk_full(run):
    raise StoreError("no space left")


def very_slow(run):
    run.f_add_result("z", run.x)
    time.sleep(0.5)


def rates_of_g(run):
    run.f_add_result("rates.exc", run.g / 2)


def slow(run):
    time.sleep(0.005)
    run.f_add_result("trace", np.full(100, float(run.x)))
    run.f_add_result("z", run.x)


def mixed(run):
    run.f_add_result("deep.universal_answer", [42, 42, "fortytwo", 43][run.x] if run.x != 2 else "fortytwo")
