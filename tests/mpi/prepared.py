"""Numbers that are made before a simulation begins: weights, in-degrees, currents, rates. Prints their digest."""

import hashlib
import math

import numpy as np

from simcore.experiments import microcircuit, stdp_network
from simcore.models import waveforms
from simcore.models.mechanisms import hh


def main() -> None:
    noise = np.random.default_rng(1).normal(size=2000)
    made = [waveforms.sine(20_000, 17.3, 0.1), waveforms.ornstein_uhlenbeck(noise, 3.7, 0.2, 1.0, 0.1),
            *(waveforms.shot_noise(np.abs(noise), decay, 0.3, 0.1) for decay in np.linspace(1.0, 9.0, 50)),
            *([hh.q10(celsius)] for celsius in np.linspace(0.0, 40.0, 200)), microcircuit.in_degrees(),
            [microcircuit.weight_for(psp) for psp in np.linspace(0.1, 1.0, 50)],
            [stdp_network.weight_for(psp) for psp in np.linspace(0.1, 1.0, 50)]]
    other = [[math.exp(x) for x in noise], np.exp(noise)]           # of libraries that may have other bits elsewhere
    print(*(hashlib.blake2b(b"".join(np.asarray(x).tobytes() for x in of), digest_size=8).hexdigest() for of in (made, other)))


if __name__ == "__main__":
    main()
