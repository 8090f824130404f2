"""The ring of branching cells: its trees, and an action potential that runs round as theory says."""

import numpy as np
import pytest

from simcore.engine.detailed import run_detailed
from simcore.experiments.cable_ring import PARAMETERS, build, cell, tree

DEFAULTS = {name: param.default for name, param in PARAMETERS.items()}


def run(duration=60.0, **parameters):
    found = run_detailed(build(DEFAULTS | {"cells": 4, "branching": 1, "compartments": 3} | parameters), duration=duration,
                         dt=0.025)
    return (found.spikes.step + 1) * 0.025, found.spikes.gid


@pytest.mark.parametrize("branching", [0, 1, 3])
def test_a_tree_has_two_stems_that_fork_and_lengths_about_the_mean(branching):
    sections = tree(DEFAULTS | {"branching": branching}, 5)
    assert len(sections) == 2 ** (branching + 2) - 2
    children = np.bincount([parent + 1 for parent, _, _ in sections], minlength=len(sections) + 1)
    assert set(children.tolist()) == {0, 2} and (children == 0).sum() == 2 ** (branching + 1)
    lengths = [length for _, length, _ in sections]
    assert min(lengths) >= 42.0 and max(lengths) <= 78.0
    assert [diam for _, _, diam in sections[:2]] == [2.0, 2.0]


def test_cells_differ_unless_told_otherwise():
    assert tree(DEFAULTS, 0) != tree(DEFAULTS, 1)
    alike = DEFAULTS | {"spread": 0.0}
    assert tree(alike, 0) == tree(alike, 1)
    soma, dendrites = cell(DEFAULTS, 0)
    assert len(soma.subtree()) == 31 and all(s.nseg == 5 for s in dendrites)


def test_cells_fire_one_after_the_other_for_ever():
    times, gids = run()
    assert gids.tolist() == [k % 4 for k in range(len(gids))]
    assert len(gids) > 8 and times[-1] > 50.0


def test_a_longer_delay_comes_to_the_time_from_cell_to_cell_and_nothing_else():
    """After recovery the response does not depend on the delay: 15 ms more in each of the hops."""
    early, late = (np.diff(run(duration=200.0, delay=delay)[0]) for delay in (10.0, 25.0))
    np.testing.assert_allclose(late[2:6], early[2:6] + 15.0, atol=0.026)


def test_without_a_weight_nothing_fires():
    assert len(run(weight=0.0)[0]) == 0


def test_both_schemes_agree_to_first_order_in_dt():
    second, first = (run(scheme=scheme)[0] for scheme in ("default", "neuron"))
    assert len(second) == len(first)
    assert 0 < np.abs(second - first).max() < 0.05 * len(second)
