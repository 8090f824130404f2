"""Renewal processes whose hazard changes from bin to bin: when each of many trains goes on."""

from __future__ import annotations

import numpy as np

from simcore._jit import kernel
from simcore.rng.gamma_hazard import age_at, cumulative_hazard


@kernel
def use_up(trains, until, bins, last, since, left, reached):
    """Go on in time until the hazard that is left is used up, or to `until`; what is left by then stays in `left`.

    trains : (n,) int64, which trains; until: (n,) ms; reached: (n,) ms, where it was used up, or inf
    bins   : ptr (n_trains + 1,) int64 into begin [ms], shape, ln Gamma(shape), scale [ms]; the last bin has no end
    last, since, left : (n_trains,) time of the last spike [ms], time from which `left` counts [ms], hazard left; in place
    """
    ptr, begin, shape, log_gamma_shape, scale = bins
    for k in range(trains.size):
        i = trains[k]
        now = since[i]
        reached[k] = np.inf
        bin_ = ptr[i]
        while bin_ + 1 < ptr[i + 1] and begin[bin_ + 1] <= now:
            bin_ += 1
        while now < until[k]:
            end = until[k]
            if bin_ + 1 < ptr[i + 1] and begin[bin_ + 1] < end:
                end = begin[bin_ + 1]
            a, log_gamma_a, b = shape[bin_], log_gamma_shape[bin_], scale[bin_]
            used = cumulative_hazard(a, log_gamma_a, (now - last[i]) / b)
            all_of_it = np.inf if end == np.inf else cumulative_hazard(a, log_gamma_a, (end - last[i]) / b) - used
            if left[i] <= all_of_it:
                age = b * age_at(a, log_gamma_a, used + left[i], (now - last[i]) / b)
                reached[k] = last[i] + age
                break
            left[i] -= all_of_it
            now = end
            since[i] = now
            bin_ += 1
