"""Shared helpers: JSON line, memory, and the Potjans-Diesmann (2014) parameter set."""
import json
import math
import os
import resource

import numpy as np


def emit(**kw):
    out = {}
    for k, v in kw.items():
        if isinstance(v, (np.floating, float)):
            v = float(f"{float(v):.6g}")
        elif isinstance(v, np.integer):
            v = int(v)
        out[k] = v
    print(json.dumps(out), flush=True)


def rss_mb(peak=False):
    if peak:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def alpha_weight_for_psp(psp_mv, tau_m, tau_s, c_pf):
    """Peak current (pA) of an alpha PSC i(t)=w*e*t/ts*exp(-t/ts) whose PSP peaks at psp_mv."""
    t = np.linspace(0.0, 10 * tau_s + tau_m, 400001)
    al = 1.0 / tau_s - 1.0 / tau_m
    # V(t) for w=1 pA : (e/(ts*C)) * [exp(-t/tm)/al^2 - exp(-t/ts)*(t/al + 1/al^2)]
    v = math.e / (tau_s * c_pf) * (np.exp(-t / tau_m) / al**2
                                   - np.exp(-t / tau_s) * (t / al + 1 / al**2))
    return psp_mv / v.max()


def exp_weight_for_psp(psp_mv, tau_m, tau_s, c_pf):
    """Jump (pA) of an exponential PSC whose PSP peaks at psp_mv."""
    r = tau_s / tau_m
    peak = (1.0 / c_pf) * tau_m * tau_s / (tau_m - tau_s) * (
        r ** (tau_s / (tau_m - tau_s)) - r ** (tau_m / (tau_m - tau_s)))
    return psp_mv / peak


class PD:
    """Potjans & Diesmann, Cereb. Cortex 24:785 (2014), table 5; mean-preserving down-scaling:
    weights / sqrt(k), lost mean input restored by a DC computed from full-scale target rates."""
    names = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
    N_FULL = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
    P = np.array([  # rows: target, columns: source
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443]])
    K_EXT = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
    RATES = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])
    BG = 8.0
    V0_MEAN = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43])
    V0_SD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])

    def __init__(self, n_scale=1.0, k_scale=1.0, g=-4.0):
        nf = self.N_FULL.astype(float)
        self.n = [int(x) for x in np.round(nf * n_scale)]
        full = np.log(1.0 - self.P) / np.log(1.0 - 1.0 / np.outer(nf, nf))
        self.k_full = full / nf[:, None]                       # in-degrees, full scale
        self.nsyn = np.round(self.k_full * k_scale * np.array(self.n)[:, None]).astype(np.int64)
        w1 = exp_weight_for_psp(0.15, 10.0, 0.5, 250.0)        # 87.81 pA
        w = np.tile(np.where(np.arange(8) % 2 == 0, w1, g * w1), (8, 1))
        w[0, 2] *= 2.0                                         # L4E -> L23E
        self.w = w / math.sqrt(k_scale)
        self.w_ext = w1 / math.sqrt(k_scale)
        self.delay = np.where(np.arange(8) % 2 == 0, 1.5, 0.75)
        self.bg_rate = self.K_EXT * self.BG * k_scale
        lost = 1.0 - math.sqrt(k_scale)
        self.i_dc = 1e-3 * 0.5 * lost * ((w * self.k_full * self.RATES).sum(1)
                                         + w1 * self.K_EXT * self.BG)
        self.i_bg_dc = 1e-3 * 0.5 * self.w_ext * self.bg_rate
        self.v0_mean, self.v0_sd = self.V0_MEAN, self.V0_SD
