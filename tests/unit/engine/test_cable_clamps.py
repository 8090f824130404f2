"""Clamps evaluated ahead: the values of a step are the same whatever chunks they are asked for in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.cable_clamps import AHEAD, ClampValues
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.models.clamps import PlayedConductance, PlayedCurrent, StepCurrent
from simcore.morphology.attachments import attach
from simcore.morphology.sections import Section

DT = 0.025


def block():
    """One soma with a current step, a played current and a played conductance."""
    soma = Section("soma", L=20.0, diam=20.0).insert("pas")
    attach(soma, 0.5, StepCurrent(0.3, 1.013, 5.0))
    attach(soma, 0.5, PlayedCurrent(np.array([0.0, 30.0, 90.0]), np.array([0.0, 0.5, 0.1])))
    attach(soma, 0.5, PlayedConductance(np.array([1.0, 20.0, 80.0]), np.array([0.0, 0.01, 0.0]), -20.0))
    network = CableNetwork()
    network.add(soma)
    return CableSimulation(network, dt=DT).blocks[0]


BLOCK = block()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 2 * AHEAD), min_size=1, max_size=6), st.booleans())
def test_values_do_not_depend_on_the_chunks(chunks, mean):
    ahead, first = ClampValues(BLOCK, DT, mean=mean), 0
    for n in chunks:
        *_, g, ge = ahead.steps(first, n)
        clamps = [attached.clamp for _, _, attached in BLOCK.clamps]
        each = np.stack([c.per_step(first, n, DT, mean=mean) for c in clamps], axis=1)
        assert g.shape == ge.shape == (n, 3)
        assert g.tobytes() == np.stack([0.0 * each[:, 0], 0.0 * each[:, 1], each[:, 2]], axis=1).tobytes()
        assert ge.tobytes() == np.stack([each[:, 0], each[:, 1], each[:, 2] * -20.0], axis=1).tobytes()
        first += n


def test_going_back_in_time_evaluates_anew():
    """As after a restored state."""
    ahead = ClampValues(BLOCK, DT, mean=True)
    before = ahead.steps(200, 300)[-1].copy()
    ahead.steps(5000, 10)
    assert (ahead.steps(200, 300)[-1] == before).all()


def test_one_call_serves_many_epochs():
    calls = []

    class Counting(StepCurrent):
        def per_step(self, first_step, n_steps, dt, *, mean=False):
            calls.append(n_steps)
            return super().per_step(first_step, n_steps, dt, mean=mean)

    soma = Section("soma").insert("pas")
    attach(soma, 0.5, Counting(0.1, 0.0, 5.0))
    network = CableNetwork()
    network.add(soma)
    ahead = ClampValues(CableSimulation(network, dt=DT).blocks[0], DT, mean=True)
    for first in range(0, 2 * AHEAD, 8):
        ahead.steps(first, 8)
    assert calls == [AHEAD, AHEAD]
