"""simcore: simulation studies in neuroscience as one pipeline, from parameters to scores, with provenance.

    import simcore
    network = simcore.Network()                                     # build one …
    recording = simcore.run_network(network, duration=100.0, dt=0.1, seed=1)
    run = simcore.open_run("results/brunel/runs/3f9a1c07d2aa.zarr.zip")     # … or look at one that was run

A study is a file of params/ and `snakemake`; results open with plain xarray, without this package.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_WHERE = {                              # loaded when asked for: `import simcore` must cost nothing
    "Experiment": "simcore.parameters.experiments",
    "Network": "simcore.network",
    "Param": "simcore.units",
    "Point": "simcore.parameters.points",
    "QUANTITIES": "simcore.analysis",
    "SimcoreError": "simcore.errors",
    "Simulation": "simcore.engine.simulation",
    "load_experiment": "simcore.parameters.experiments",
    "open_run": "simcore.store.reader",
    "quantity": "simcore.analysis",
    "run_network": "simcore.engine.simulation",
    "verify": "simcore.provenance.verify",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> object:
    """One of the names above, from the module that has it."""
    if name not in _WHERE:
        raise AttributeError(f"simcore has no name {name!r}; see simcore.__all__, or import the module that has it")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
