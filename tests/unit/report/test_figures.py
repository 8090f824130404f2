import io

import numpy as np
import pytest
from PIL import Image

from simcore.report import figures
from simcore.report.tables import number, shade
from tests.unit.analysis.made import activity


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)


def has_color(png, color):
    """Whether an area has this colour: more pixels than the edges of letters."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return (pixels(png) == wanted).all(axis=1).sum() > 60


def has_blue(png):
    """Whether there is any mark of the first colour, be it thin."""
    red, _, blue = pixels(png).T.astype(int)
    return (blue - red > 60).any()


def test_a_raster_shows_spikes_within_its_time_and_cells_only():
    inside = figures.raster(activity([[150.0], [160.0]], duration=300.0), cells=2, start=100.0, length=100.0)
    late = figures.raster(activity([[250.0], [260.0]], duration=300.0), cells=2, start=100.0, length=100.0)
    others = figures.raster(activity([[], [], [150.0]], duration=300.0), cells=2, start=100.0, length=100.0)
    assert has_blue(inside)
    assert not has_blue(late)
    assert not has_blue(others)


def test_a_silent_population_and_an_odd_dt_have_a_raster():
    for seen in (activity([[]], duration=100.0), activity([], duration=100.0), activity([[3.0]], duration=30.0, dt=0.3)):
        assert len(pixels(figures.raster(seen, cells=5, start=None, length=200.0))) > 1e5


def test_a_phase_diagram_is_drawn_on_a_grid_off_a_grid_and_where_values_are_undefined():
    x, y = (a.ravel() for a in np.meshgrid([3.0, 5.0, 8.0], [0.5, 2.0]))
    values = np.array([1.0, 2, np.nan, 4, 5, 6])
    grid = figures.phase_diagram(x, y, values, labels=("x", "y", "z"), marks=[figures.Mark(3.0, 2.0, "A", "#ff0000")])
    assert has_color(grid, "#dddddd")                   # undefined
    assert has_color(grid, "#ff0000")                   # the mark
    assert has_color(grid, "#440154")                   # lowest and highest value
    assert has_color(grid, "#fde725")
    assert not has_color(figures.phase_diagram(x[:5], y[:5], values[:5], labels=("x", "y", "z")), "#dddddd")
    for one in (values[:1], np.array([np.nan]), np.array([0.0])):
        assert figures.phase_diagram(x[:1], y[:1], one, labels=("x", "y", "z"))


def test_values_of_several_orders_of_magnitude_are_told_apart():
    """On a linear scale 1 and 10 of 1000 would have nearly the colour of the lowest."""
    png = figures.phase_diagram(np.arange(4.0), np.zeros(4), np.array([1.0, 10, 100, 1000]), labels=("x", "y", "z"))
    counts = np.unique(pixels(png), axis=0, return_counts=True)
    large = [color for color, n in zip(*counts, strict=True) if n > 5000 and np.ptp(color) > 20]
    gaps = [np.abs(np.subtract(a, b, dtype=float)).sum() for i, a in enumerate(large) for b in large[:i]]
    assert len(large) == 4
    assert min(gaps) > 60


def test_spectra_without_power_say_why():
    nothing = [("a", np.arange(3.0), np.full(3, np.nan))]
    something = [("a", np.arange(3.0), np.array([0.0, 1, 2]))]
    empty = figures.spectra(nothing, maximum=1000, units="Hz")
    assert not has_color(empty, figures.COLORS[0])
    assert has_color(figures.spectra(something, maximum=1000, units="Hz"), figures.COLORS[0])


@pytest.mark.parametrize(("value", "text"), [
    (1234.5678, "1235"), (0.00012345, "0.0001234"), (float("nan"), "–"), (None, "–"), (float("inf"), "+inf"), (7, "7"),
    (12345, "12,345"), (True, "True"), ("text", "text"), (2.0, "2")])
def test_numbers_have_four_digits(value, text):
    assert number(value) == text


def test_norm_scores_are_shaded_from_orange_to_blue_and_always_readable():
    assert shade(0)[0] == "#d55e00"
    assert shade(1)[0] == "#0072b2"
    assert shade(None) == shade(float("nan"))

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return np.dot([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts],
                      [0.2126, 0.7152, 0.0722])

    for norm in [*np.linspace(0, 1, 41), None]:
        background, text = (luminance(color) for color in shade(norm))
        ratio = (max(background, text) + 0.05) / (min(background, text) + 0.05)
        assert ratio > 4.4, norm                        # WCAG asks for 4.5, and 3 of large or bold text
