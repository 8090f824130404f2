"""neurodamus.core.configuration: options, load balance modes, input files, checks of connection blocks."""

from __future__ import annotations

import enum
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from simcore.api.neurodamus.core.connection_checks import Finding, TargetManager, check_blocks
from simcore.api.neurodamus.utils.pyutils import ConfigT
from simcore.engine import balance, ranks
from simcore.engine.agreement import together
from simcore.errors import ConfigurationError, nearest

__all__ = ["EXCEPTION_NODE_FILENAME", "CircuitConfig", "CliOptions", "ConfigurationError", "Feature", "GlobalConfig",
           "LoadBalanceMode", "LogLevel", "NeuronStdrunDefaults", "RNGConfig", "SimConfig", "check_connections_configure",
           "find_input_file", "get_debug_cell_gid"]

_log = logging.getLogger(__name__)

EXCEPTION_NODE_FILENAME = ".exception_node"
"""A file which controls which rank shows exception"""


class LogLevel:
    """How much is told."""

    ERROR_ONLY = 0
    DEFAULT = 1
    VERBOSE = 2
    DEBUG = 3


def _debug_gids() -> list[int]:
    """Gids of the environment variable ND_DEBUG_CONN, such as "1,2"."""
    text = os.environ.get("ND_DEBUG_CONN", "")
    try:
        return [int(gid) for gid in text.split(",")] if text else []
    except ValueError:
        raise ConfigurationError(f"ND_DEBUG_CONN must be gids with commas between, got {text!r}", name="ND_DEBUG_CONN",
                                 got=text) from None


class GlobalConfig:
    """Settings of the whole process: verbosity, and connections to tell about (gids of ND_DEBUG_CONN)."""

    debug_conn: ClassVar[list[int]] = _debug_gids()
    verbosity = LogLevel.DEBUG if debug_conn else LogLevel.DEFAULT

    @classmethod
    def set_mpi(cls) -> None:
        """Use all ranks of the MPI world in `world()`; programs started from here see NEURON_INIT_MPI=1."""
        os.environ["NEURON_INIT_MPI"] = "1"

    @classmethod
    def world(cls) -> Any:
        """The MPI world (mpi4py), or None: one rank, or set_mpi was not called in this program or the one above."""
        if os.environ.get("NEURON_INIT_MPI") != "1":
            return None
        ranks.world()
        return ranks.running()


class Feature(enum.Enum):
    """Parts of a simulation that `CliOptions.restrict_features` can leave out."""

    Replay = 1
    SpontMinis = 2
    SynConfigure = 3
    Stimulus = 4
    LoadBalance = 5


class _NoRestriction:
    """A container in which everything is."""

    def __contains__(self, _: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "NoRestriction"


class CliOptions(ConfigT):
    """Options of a run as they come from a command line."""

    build_model = None
    simulate_model = True
    model_path = None
    output_path = None
    keep_build = False
    lb_mode = None
    modelbuilding_steps = None
    experimental_stims = False
    enable_coord_mapping = False
    save = False
    save_time = None
    restore = None
    enable_shm = False
    model_stats = False
    simulator = None
    dry_run = False
    num_target_ranks = None
    NoRestriction = _NoRestriction()
    restrict_features = NoRestriction
    restrict_node_populations = NoRestriction
    restrict_connectivity = 0               # 1: no projections, 2: no connections at all
    restrict_stimulus = NoRestriction


class CircuitConfig(ConfigT):
    """Where a circuit is and which part of it; CircuitPath and nrnPath must be given (False: there is none)."""

    Engine = None
    CircuitPath = ConfigT.REQUIRED
    nrnPath = ConfigT.REQUIRED
    CellLibraryFile = None
    MEComboInfoFile = None
    METypePath = None
    MorphologyType = None
    MorphologyPath = None
    CircuitTarget = None
    PopulationID = 0
    DetailedAxon = False


class Mode(enum.Enum):
    """Kinds of random streams: see simcore.api.neurodamus.core.random.RNG.create."""

    COMPATIBILITY = 1
    RANDOM123 = 2
    UPMCELLRAN4 = 3


class RNGConfig(ConfigT):
    """Kind and seeds of random streams; `mode` is a member of Modes, its name or its number."""

    Modes = Mode
    mode = Mode.COMPATIBILITY
    global_seed = None
    IonChannelSeed = None
    StimulusSeed = None
    MinisSeed = None
    SynapseSeed = None


class NeuronStdrunDefaults:
    """What NEURON's standard run system (share/lib/hoc/stdrun.hoc) begins with; ms, mV, ohm cm."""

    using_cvode_ = 0
    stdrun_quiet = 0
    realtime = 0
    tstop = 5
    stoprun = 0
    steps_per_ms = 1 / 0.025
    nstep_steprun = 1
    global_ra = 35.4
    v_init = -65


class LoadBalanceMode(enum.Enum):
    """How cells are distributed over ranks; the algorithms are in simcore.engine.balance."""

    RoundRobin = 0
    WholeCell = 1
    MultiSplit = 2
    Memory = 3

    @enum.nonmember
    class AutoBalanceModeParams:
        """From when on balancing pays."""

        multisplit_cpu_cell_ratio = 4
        cell_count = 1000
        duration = 1000
        mpi_ranks = 200

    @classmethod
    def parse(cls, lb_mode: str | LoadBalanceMode | None) -> LoadBalanceMode | None:
        """The mode of a name (any case): rr, roundrobin, wholecell, multisplit, loadbalance, memory; None stays None.

        Raises ConfigurationError for any other.
        """
        if lb_mode is None or isinstance(lb_mode, cls):
            return lb_mode
        modes = {"rr": cls.RoundRobin, "roundrobin": cls.RoundRobin, "wholecell": cls.WholeCell,
                 "loadbalance": cls.MultiSplit, "multisplit": cls.MultiSplit, "memory": cls.Memory}
        name = str(lb_mode).lower()
        if name not in modes:
            raise ConfigurationError(f"Unknown load balance mode: {lb_mode}{nearest(name, modes)}", name="lb_mode",
                                     got=lb_mode)
        return modes[name]

    @classmethod
    def auto_select(cls, use_neuron: bool, cell_count: int, duration: float,
                    auto_params: Any = AutoBalanceModeParams) -> tuple[LoadBalanceMode, str]:
        """(mode, reason) for this many cells, this duration [ms] and the ranks of the MPI world."""
        n_ranks = ranks.world().size
        if n_ranks == 1:
            return cls.RoundRobin, "Single rank - not worth using Load Balance"
        if use_neuron and n_ranks >= auto_params.multisplit_cpu_cell_ratio * cell_count:
            _log.warning("There's potentially a high number of empty ranks. "
                         "To activate multi-split set --lb-mode=MultiSplit")
        elif (cell_count > auto_params.cell_count and duration > auto_params.duration
              and n_ranks > auto_params.mpi_ranks):
            return cls.WholeCell, "Simulation size"
        return cls.RoundRobin, ""

    def distribute(self, costs: Sequence[float] | np.ndarray, n_ranks: int, **more: Any) -> balance.Balance:
        """Cells over ranks by this mode: see simcore.engine.balance.distribute."""
        names = {"RoundRobin": "round_robin", "WholeCell": "whole_cell", "MultiSplit": "multi_split", "Memory": "memory"}
        return balance.distribute(costs, n_ranks, names[self.name], **more)


class _SimConfig:
    """Where input files of a simulation are, and its connection blocks: {name: {Source, Destination, …}}."""

    def __init__(self) -> None:
        self.current_dir: str | None = None
        self.simulation_config_dir: str | None = None
        self.connections: Mapping[str, Mapping] = {}

    def check_connections_configure(self, target_manager: TargetManager) -> list[Finding]:
        """See check_connections_configure."""
        return check_connections_configure(self, target_manager)


SimConfig = _SimConfig()


def find_input_file(filepath: str | os.PathLike, search_paths: Sequence[str | os.PathLike] = (),
                    alt_filename: str | None = None) -> str:
    """Absolute path of an input file or folder.

    A relative one is looked for in search_paths, then in SimConfig.current_dir and simulation_config_dir (where set),
    never in the working directory. In a folder, alt_filename is taken if it is a file there; else the folder itself,
    with a warning. Raises ConfigurationError that lists where it was looked for.
    """
    wanted = Path(filepath)
    if not os.fspath(filepath):
        raise ConfigurationError("an input file must have a name, got ''", name="filepath", got=filepath)
    folders = [Path(p) for p in (*search_paths, SimConfig.current_dir, SimConfig.simulation_config_dir) if p]
    candidates = [wanted] if wanted.is_absolute() else [folder.absolute() / wanted for folder in folders]
    for place in candidates:
        found = place
        if place.is_dir() and alt_filename and (place / alt_filename).is_file():
            found = place / alt_filename
        if found.exists():
            if not found.is_file():
                _log.warning("Deprecated: Data source found is not a file: %s", found)
            return os.fspath(found)
    siblings = {p.name for c in candidates if c.parent.is_dir() for p in c.parent.iterdir()}
    where = ", ".join(str(c.parent) for c in candidates) or "nowhere: no folder was given"
    hint = nearest(wanted.name, siblings) if siblings else ""
    raise ConfigurationError(f"Could not find file {os.fspath(filepath)}{hint}", name="filepath", got=filepath,
                             where=f"looked in {where}")


def check_connections_configure(SimConfig: Any, target_manager: TargetManager) -> list[Finding]:
    """Check the connection blocks in `SimConfig.connections`; warns, and returns what it found.

    1. global variables set in SynapseConfigure  2. chains of blocks that override each other at t = 0  3. blocks of
    weight 0 that nothing overrides  4. such blocks overridden only in part: ConfigurationError  5. delayed blocks that
    override no block of weight 0. target_manager: has pathways_overlap(a, b, equal_only=False). Under MPI
    (GlobalConfig.set_mpi) an error is raised by all ranks.
    """
    with together(GlobalConfig.world()):
        return check_blocks(SimConfig.connections, target_manager)


def get_debug_cell_gid(cli_options: Mapping | ConfigT | None) -> int | None:
    """The gid, counted from 1, of the option dump_cell_state, counted from 0; None without it.

    Raises ConfigurationError if it is no whole number.
    """
    gid = cli_options.get("dump_cell_state") if cli_options is not None else None
    if gid is None or gid == "":
        return None
    try:
        return int(gid) + 1
    except (TypeError, ValueError):
        raise ConfigurationError(f"Cannot parse Gid for dump-cell-state: {gid}", name="dump_cell_state",
                                 got=gid) from None
