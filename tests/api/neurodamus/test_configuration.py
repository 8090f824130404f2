"""neurodamus.core.configuration: options, modes, files, checks of connection blocks; each documented name and default."""

import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest

from simcore.api.neurodamus.core import configuration as c
from simcore.api.neurodamus.utils.pyutils import ConfigT
from simcore.errors import ConfigurationError as OurError
from simcore.errors import InvalidParameterValueError, NonExistentParameterError

DOCUMENTED = {
    c.CircuitConfig: dict(CellLibraryFile=None, CircuitTarget=None, DetailedAxon=False, Engine=None, MEComboInfoFile=None,
                          METypePath=None, MorphologyPath=None, MorphologyType=None, PopulationID=0),
    c.CliOptions: dict(build_model=None, dry_run=False, enable_coord_mapping=False, enable_shm=False,
                       experimental_stims=False, keep_build=False, lb_mode=None, model_path=None, model_stats=False,
                       modelbuilding_steps=None, num_target_ranks=None, output_path=None, restore=None,
                       restrict_connectivity=0, save=False, save_time=None, simulate_model=True, simulator=None),
    c.RNGConfig: dict(IonChannelSeed=None, MinisSeed=None, StimulusSeed=None, SynapseSeed=None, global_seed=None),
    c.NeuronStdrunDefaults: dict(global_ra=35.4, nstep_steprun=1, realtime=0, stdrun_quiet=0, steps_per_ms=40.0, stoprun=0,
                                 tstop=5, using_cvode_=0, v_init=-65),
    c.LogLevel: dict(DEBUG=3, DEFAULT=1, ERROR_ONLY=0, VERBOSE=2),
    c.LoadBalanceMode.AutoBalanceModeParams: dict(multisplit_cpu_cell_ratio=4, cell_count=1000, duration=1000, mpi_ranks=200),
}


@pytest.mark.parametrize("kind", DOCUMENTED, ids=lambda k: k.__name__)
def test_documented_options_have_their_defaults(kind):
    for name, value in DOCUMENTED[kind].items():
        assert getattr(kind, name) == value and type(getattr(kind, name)) is type(value), name


def test_documented_enums_have_their_values():
    assert {m.name: m.value for m in c.Feature} == dict(LoadBalance=5, Replay=1, SpontMinis=2, Stimulus=4, SynConfigure=3)
    assert {m.name: m.value for m in c.LoadBalanceMode} == dict(Memory=3, MultiSplit=2, RoundRobin=0, WholeCell=1)
    assert {m.name: m.value for m in c.RNGConfig.Modes} == dict(COMPATIBILITY=1, RANDOM123=2, UPMCELLRAN4=3)
    assert c.EXCEPTION_NODE_FILENAME == ".exception_node" and c.ConfigurationError is OurError


class Some(ConfigT):
    needed = ConfigT.REQUIRED
    size = 3
    name = None


def test_options_are_one_store():
    given = {"needed": 1, "size": None}
    some = Some(given, name="a", needed=2)
    assert (some.needed, some["needed"], some.size, "size" in some, some.get("size", 8)) == (2, 2, 3, False, 8)
    some["size"] = 5
    some.name = None
    assert (some.size, some.as_dict(), some.as_dict(excludes=["size"]), some.as_dict(subset=["size"])) == (
        5, {"needed": 2, "size": 5}, {"needed": 2}, {"size": 5})
    assert given == {"needed": 1, "size": None}, "the dict that was given stays as it was"
    with pytest.raises(NonExistentParameterError, match="did you mean 'needed'"):
        some["neded"]


def test_options_are_applied_to_one_or_many():
    class Thing:
        pass

    one, two = Thing(), Thing()
    Some(needed=1, size=4).apply((one, two), excludes=["needed"], colour="red")
    Some(needed=7).apply(one)
    assert (vars(one), vars(two)) == ({"size": 4, "colour": "red", "needed": 7}, {"size": 4, "colour": "red"})


def test_a_missing_required_option_is_told():
    with pytest.raises(InvalidParameterValueError, match="needed is mandatory"):
        Some(size=1)
    with pytest.raises(ValueError, match="nrnPath"):
        c.CircuitConfig(CircuitPath=False)
    assert c.CircuitConfig(CircuitPath=False, nrnPath=False).nrnPath is False


def test_an_unknown_option_is_kept_and_warned_of(caplog):
    options = c.CliOptions(dryrun=True)
    assert options["dryrun"] and options.dryrun and not options.dry_run
    assert "did you mean 'dry_run'" in caplog.text


def test_random_mode_is_taken_as_member_name_or_number():
    modes = c.RNGConfig.Modes
    assert [c.RNGConfig(mode=m).mode for m in (modes.RANDOM123, "random123", 2)] == [modes.RANDOM123] * 3
    assert c.RNGConfig(StimulusSeed=4).as_dict() == {"StimulusSeed": 4}
    with pytest.raises(InvalidParameterValueError, match="mode cannot be 'RANDOM'"):
        c.RNGConfig(mode="RANDOM")


def test_everything_is_within_no_restriction():
    options = c.CliOptions()
    assert c.Feature.Replay in options.restrict_features and "any" in options.restrict_node_populations
    assert c.Feature.Replay not in c.CliOptions(restrict_features=[c.Feature.Stimulus]).restrict_features


@pytest.mark.parametrize(("text", "mode"), [
    ("RR", "RoundRobin"), ("roundrobin", "RoundRobin"), ("WholeCell", "WholeCell"), ("LoadBalance", "MultiSplit"),
    ("multisplit", "MultiSplit"), ("MEMORY", "Memory")])
def test_load_balance_modes_are_parsed(text, mode):
    assert c.LoadBalanceMode.parse(text) is c.LoadBalanceMode[mode]


def test_an_unknown_load_balance_mode_is_told():
    assert c.LoadBalanceMode.parse(None) is None
    with pytest.raises(c.ConfigurationError, match="did you mean 'wholecell'"):
        c.LoadBalanceMode.parse("hole_cell")


@pytest.mark.parametrize(("ranks", "neuron", "cells", "duration", "mode", "reason"), [
    (1, True, 10**6, 1e6, "RoundRobin", "Single rank"), (300, True, 2000, 2000, "WholeCell", "Simulation size"),
    (300, True, 1000, 2000, "RoundRobin", ""), (300, True, 2000, 1000, "RoundRobin", ""),
    (200, True, 2000, 2000, "RoundRobin", ""), (8, True, 2, 1e6, "RoundRobin", ""), (300, False, 2000, 2000, "WholeCell", "Sim")])
def test_mode_is_selected_by_size(monkeypatch, caplog, ranks, neuron, cells, duration, mode, reason):
    monkeypatch.setattr(c.ranks, "world", lambda: SimpleNamespace(size=ranks))
    chosen, why = c.LoadBalanceMode.auto_select(neuron, cells, duration)
    assert chosen is c.LoadBalanceMode[mode] and why.startswith(reason) and bool(why) == bool(reason)
    assert ("MultiSplit" in caplog.text) == (ranks == 8)


def test_a_mode_distributes_cells():
    assert c.LoadBalanceMode.WholeCell.distribute([3, 1, 1, 1], 2).load.tolist() == [3, 3]
    assert c.LoadBalanceMode.RoundRobin.distribute([3, 1, 1, 1], 2).load.tolist() == [4, 2]


def test_input_files_are_found_in_search_paths_and_never_in_the_working_directory(tmp_path, monkeypatch, caplog):
    (tmp_path / "a").mkdir()
    (tmp_path / "b/nodes").mkdir(parents=True)
    (tmp_path / "b/cell.swc").touch()
    (tmp_path / "b/nodes/nodes.h5").touch()
    monkeypatch.chdir(tmp_path / "b")
    paths = (tmp_path / "a", str(tmp_path / "b"))
    assert c.find_input_file("cell.swc", paths) == str(tmp_path / "b/cell.swc")
    assert c.find_input_file(tmp_path / "b/cell.swc", alt_filename="x") == str(tmp_path / "b/cell.swc")
    assert c.find_input_file("nodes", paths, "nodes.h5") == str(tmp_path / "b/nodes/nodes.h5")
    assert not caplog.records
    assert c.find_input_file("nodes", paths, "edges.h5") == str(tmp_path / "b/nodes")
    assert "not a file" in caplog.text
    with pytest.raises(c.ConfigurationError, match=r"cel\.swc; did you mean 'cell\.swc'") as error:
        c.find_input_file("cel.swc", paths)
    assert str(tmp_path / "a") in str(error.value)
    with pytest.raises(c.ConfigurationError, match="no folder was given"):
        c.find_input_file("cell.swc")
    with pytest.raises(c.ConfigurationError, match="must have a name"):
        c.find_input_file("")


def test_input_files_are_found_beside_the_simulation_config(tmp_path, monkeypatch):
    (tmp_path / "nodes.h5").touch()
    monkeypatch.setattr(c.SimConfig, "simulation_config_dir", str(tmp_path))
    assert c.find_input_file("nodes.h5") == str(tmp_path / "nodes.h5")


class Targets:
    """Source and Destination are letters; blocks overlap where they share one in each."""

    @staticmethod
    def pathways_overlap(a, b, equal_only=False):
        if equal_only:
            return (a["Source"], a["Destination"]) == (b["Source"], b["Destination"])
        return bool(set(a["Source"]) & set(b["Source"]) and set(a["Destination"]) & set(b["Destination"]))


def findings(**blocks):
    connections = {name: dict(Source=source, Destination=destination, **more)
                   for name, (source, destination, more) in blocks.items()}
    config = SimpleNamespace(connections=connections)
    return [(f.check, f.block, *f.others) for f in c.check_connections_configure(config, Targets())]


def test_blocks_apart_are_in_order():
    assert findings(one=("a", "b", {}), two=("b", "a", {"Weight": 0.5})) == []


def test_global_variables_of_blocks_are_found():
    configure = "%s.mg = 1 cao_CR_GluSynapse *= 2 gmax_ProbAMPANMDA_EMS= 3"
    assert findings(one=("a", "b", dict(SynapseConfigure=configure)), late=("c", "d", dict(Delay=5, SynapseConfigure="x = 1"))
                    ) == [(1, "one", "cao_CR_GluSynapse", "gmax_ProbAMPANMDA_EMS"), (5, "late")]


def test_chains_of_overrides_are_shown_newest_first():
    assert findings(base=("ab", "c", {}), other=("d", "e", {}), half=("a", "c", {}), again=("a", "c", {}), side=("b", "c", {})
                    ) == [(2, "side", "base"), (2, "again", "half", "base")]


def test_weight_zero_that_nothing_overrides_is_found():
    assert findings(one=("a", "b", dict(Weight=0)), two=("c", "d", dict(Weight="0.0"))) == [(3, "one"), (3, "two")]


def test_weight_zero_may_be_overridden_later_but_only_as_a_whole(caplog):
    assert findings(zero=("ab", "c", dict(Weight=0)), late=("ab", "c", dict(Delay=10))) == []
    with pytest.raises(c.ConfigurationError, match="'zero'"):
        findings(zero=("ab", "c", dict(Weight=0)), late=("a", "c", dict(Delay=10)))
    assert findings(zero=("ab", "c", dict(Weight=0)), part=("a", "c", dict(Delay=10)), whole=("ab", "c", dict(Delay=20))) == []
    assert findings(zero=("a", "c", dict(Weight=0)), now=("a", "c", {}), part=("a", "c", dict(Delay=1))) == [(2, "now", "zero")]


def test_a_delayed_block_that_overrides_nothing_is_found(caplog):
    caplog.set_level(logging.INFO)
    assert findings(one=("a", "b", dict(Weight=1)), late=("a", "b", dict(Delay=10))) == [(5, "late")]
    assert "Delayed connection late" in caplog.text


def test_a_block_whose_weight_is_no_number_is_told():
    with pytest.raises(c.ConfigurationError, match=r"Weight must be a number, got 'much' \(connection block 'one'\)"):
        findings(one=("a", "b", dict(Weight="much")))


@pytest.mark.parametrize(("options", "gid"), [(None, None), ({}, None), ({"dump_cell_state": "41"}, 42),
                                              ({"dump_cell_state": 0}, 1), ({"dump_cell_state": ""}, None)])
def test_debugged_cell_is_counted_from_one(options, gid):
    assert c.get_debug_cell_gid(options) == gid
    assert c.get_debug_cell_gid(c.CliOptions(options)) == gid


def test_a_debugged_cell_that_is_no_number_is_told():
    with pytest.raises(c.ConfigurationError, match="dump-cell-state: a3"):
        c.get_debug_cell_gid({"dump_cell_state": "a3"})


@pytest.mark.parametrize(("gids", "shown"), [("", "[] 1"), ("1,2", "[1, 2] 3"), ("x", "ConfigurationError: ND_DEBUG_CONN")])
def test_debugged_connections_come_from_the_environment(gids, shown):
    program = ("from simcore.api.neurodamus.core.configuration import GlobalConfig as g; "
               "print(g.debug_conn, g.verbosity); g.set_mpi(); print(g.world())")
    done = subprocess.run([sys.executable, "-c", program], env={"ND_DEBUG_CONN": gids, "PATH": ""}, text=True,
                          capture_output=True, check=False)
    assert shown in (done.stdout + done.stderr)
    assert done.returncode or done.stdout.split("\n")[1] == "None", "one rank: no world to talk to"
