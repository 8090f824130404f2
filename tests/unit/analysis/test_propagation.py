"""Quantities of activity that travels: in rings whose times are known, and along traces whose peaks are."""

import numpy as np
import pytest

from simcore.analysis.activity import Activity, Samples
from simcore.analysis.propagation import conduction_delay, mean_interval, peaks, succession


def ring(n_cells, hop, n_spikes, dt=0.1):
    """Cells fire one after the other, every `hop` ms."""
    step = round(hop / dt)
    cell = np.arange(n_spikes) % n_cells
    tick = step * (np.arange(n_spikes) + 1)
    order = np.lexsort((tick, cell))
    return Activity("ring", n_cells, tick[order], cell[order], dt, 0.0, dt * (tick[-1] + 1))


def cell(time, columns, cells=None, stop=None):
    """A population of which only traces are known."""
    columns = np.column_stack(columns)
    k = columns.shape[1]
    samples = Samples(time, columns, "mV", np.zeros(k, int) if cells is None else np.array(cells), np.arange(k),
                      np.full(k, 0.5))
    return Activity("cell", 1, np.zeros(0, int), np.zeros(0, int), 0.1, -1.0, stop or time[-1],
                    lambda population, variable: samples)


def bump(time, at, height=100.0, width=1.0):
    return height * np.exp(-0.5 * ((time - at) / width) ** 2)


def test_in_a_ring_a_cell_fires_once_a_circulation():
    assert mean_interval(ring(5, 3.0, 43)) == pytest.approx(15.0)
    assert succession(ring(5, 3.0, 43)) == pytest.approx(3.0)


def test_too_few_spikes_have_no_intervals():
    assert np.isnan(mean_interval(ring(5, 3.0, 5)))
    assert np.isnan(succession(ring(5, 3.0, 1)))


def test_the_delay_is_that_of_the_peaks_finer_than_the_sampling():
    time = np.arange(0.0, 60.0, 0.1)
    soma = -65.0 + bump(time, 10.03) + bump(time, 40.03)
    tip = -65.0 + bump(time, 11.27, 20.0, 2.0) + bump(time, 41.29, 20.0, 2.0)
    assert conduction_delay(cell(time, [soma, tip])) == pytest.approx(1.25, abs=2e-3)


def test_the_last_place_counts_and_cells_are_averaged():
    time = np.arange(0.0, 30.0, 0.1)
    columns = [-65.0 + bump(time, t) for t in (10.0, 10.5, 12.0, 10.0, 11.0)]
    assert conduction_delay(cell(time, columns, [4, 4, 4, 7, 7])) == pytest.approx(1.5, abs=1e-3)


def test_an_action_potential_that_begins_at_the_last_place_has_a_negative_delay():
    time = np.arange(0.0, 60.0, 0.1)
    soma = -65.0 + bump(time, 10.0) + bump(time, 25.0) + bump(time, 40.0)
    axon = -65.0 + bump(time, 9.75) + bump(time, 24.75) + bump(time, 39.75)
    assert conduction_delay(cell(time, [soma, axon])) == pytest.approx(-0.25, abs=2e-3)


def test_what_does_not_fire_or_has_no_places_has_no_delay():
    time = np.arange(0.0, 30.0, 0.1)
    quiet = -65.0 + bump(time, 10.0, 30.0)
    assert np.isnan(conduction_delay(cell(time, [quiet, quiet])))
    assert np.isnan(conduction_delay(cell(time, [-65.0 + bump(time, 10.0)])))
    assert np.isnan(conduction_delay(ring(2, 1.0, 4)))
    point_cells = Samples(time, np.zeros((300, 2)), "mV")
    assert np.isnan(conduction_delay(Activity("p", 2, np.zeros(0, int), np.zeros(0, int), 0.1, 0.0, 30.0,
                                              lambda *_: point_cells)))


def test_columns_that_only_other_runs_have_do_not_count():
    time = np.arange(0.0, 30.0, 0.1)
    columns = [-65.0 + bump(time, 10.0), -65.0 + bump(time, 11.0), np.full(300, np.nan), np.full(300, np.nan)]
    assert conduction_delay(cell(time, columns, [0, 0, -1, -1])) == pytest.approx(1.0, abs=1e-3)


def test_peaks_are_those_that_begin_and_end_in_the_trace():
    v = np.array([0.0, 5, -70, -70, -10, 3, 1, -70, -70, 10, 20])
    assert peaks(v).tolist() == [5]
    assert peaks(np.full(5, -65.0)).tolist() == []
