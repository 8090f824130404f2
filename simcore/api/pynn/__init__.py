"""PyNN 0.6 on simcore's engine: `from simcore.api import pynn as sim`. What differs: docs/porting-pynn.md."""

from simcore.api.pynn import cells, connectors, errors, points, random, space, utility
from simcore.api.pynn.assemblies import Assembly
from simcore.api.pynn.cells import *  # noqa: F403
from simcore.api.pynn.connectors import *  # noqa: F403
from simcore.api.pynn.control import (
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    num_processes,
    rank,
    reset,
    run,
    run_for,
    run_until,
    setup,
)
from simcore.api.pynn.currents import ACSource, DCSource, NoisyCurrentSource, StepCurrentSource
from simcore.api.pynn.errors import *  # noqa: F403
from simcore.api.pynn.files import BaseFile, HDF5ArrayFile, NumpyBinaryFile, PickleFile, StandardTextFile
from simcore.api.pynn.ids import ID
from simcore.api.pynn.plasticity import (
    AdditivePotentiationMultiplicativeDepression,
    AdditiveWeightDependence,
    GutigWeightDependence,
    MultiplicativeWeightDependence,
    SpikePairRule,
    STDPMechanism,
    SynapseDynamics,
    TsodyksMarkramMechanism,
)
from simcore.api.pynn.populations import Population, PopulationView
from simcore.api.pynn.procedural import connect, create, initialize, record, record_gsyn, record_v, set
from simcore.api.pynn.projections import Projection
from simcore.api.pynn.random import *  # noqa: F403
from simcore.api.pynn.space import *  # noqa: F403
from simcore.api.pynn.utility import *  # noqa: F403

# points: how a script becomes the model of an experiment; imported so that runs follow its source
__all__ = [
    "ID",
    "ACSource",
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "Assembly",
    "BaseFile",
    "DCSource",
    "GutigWeightDependence",
    "HDF5ArrayFile",
    "MultiplicativeWeightDependence",
    "NoisyCurrentSource",
    "NumpyBinaryFile",
    "PickleFile",
    "Population",
    "PopulationView",
    "Projection",
    "STDPMechanism",
    "SpikePairRule",
    "StandardTextFile",
    "StepCurrentSource",
    "SynapseDynamics",
    "TsodyksMarkramMechanism",
    "connect",
    "create",
    "end",
    "get_current_time",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "initialize",
    "num_processes",
    "points",
    "rank",
    "record",
    "record_gsyn",
    "record_v",
    "reset",
    "run",
    "run_for",
    "run_until",
    "set",
    "setup",
]
__all__ += cells.__all__
__all__ += connectors.__all__
__all__ += errors.__all__
__all__ += random.__all__
__all__ += space.__all__
__all__ += utility.__all__
