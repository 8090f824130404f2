"""Colours of norm scores: red for 0, yellow for 0.5, green for 1, grey for none.

ColorBrewer's scheme RdYlGn with 11 colours (Brewer, colorbrewer2.org), interpolated linearly as matplotlib does.
"""

from __future__ import annotations

import math

from simcore.validation.config import config

_SCHEME = [(165, 0, 38), (215, 48, 39), (244, 109, 67), (253, 174, 97), (254, 224, 139), (255, 255, 191),
           (217, 239, 139), (166, 217, 106), (102, 189, 99), (26, 152, 80), (0, 104, 55)]
GREY = (128, 128, 128)


def color_of(norm: float | None) -> tuple[int, int, int]:
    """Red, green, blue (0 to 255) of a norm score; grey for None and NaN. Values outside of [0, 1] get the ends."""
    if norm is None or math.isnan(norm):
        return GREY
    low, high = config.get("cmap_low"), config.get("cmap_high")
    index = int((high - low) * min(max(float(norm), 0.0), 1.0) + low)
    position = min(max(index, 0), 255) / 255 * (len(_SCHEME) - 1)
    left = min(int(position), len(_SCHEME) - 2)
    part = position - left
    return tuple(round(a + (b - a) * part) for a, b in zip(_SCHEME[left], _SCHEME[left + 1], strict=True))
