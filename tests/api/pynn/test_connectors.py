"""pyNN's connectors as rules of the core: arguments, lists, files, weights and delays."""

import inspect
import random
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from simcore.api.pynn import connectors as c
from simcore.api.pynn.errors import ConnectionError, InvalidDimensionsError
from simcore.api.pynn.random import NumpyRNG, RandomDistribution
from simcore.api.pynn.space import Space
from simcore.engine.connection_values import values_of
from simcore.engine.pairs import local_pairs
from simcore.engine.partition import partition
from simcore.errors import InvalidModelError, SimcoreError
from simcore.network import Network, Subset
from simcore.rng import streams


class Cells:
    """What a connector needs of a population or a view."""

    def __init__(self, dim, native, addresses=None, label="cells"):
        self.dim = dim if isinstance(dim, tuple) else (dim,)
        self.size, self.native, self.label = int(np.prod(self.dim)), native, label
        self.addresses_in_native = np.arange(self.size) if addresses is None else np.asarray(addresses)
        grid = np.indices((*self.dim, 1, 1)[:3]).reshape(3, -1)
        self.positions = grid.astype(float)

    def index_of(self, address):
        if len(address) != len(self.dim):
            raise InvalidDimensionsError(f"{address} has not {len(self.dim)} indices")
        return int(np.ravel_multi_index(address, self.dim))

    def is_same(self, other):
        return self is other


def world(pre_dim=(4, 3), post_dim=None):
    net = Network()
    pre = net.population("pre", int(np.prod(pre_dim)), "IF_curr_exp")
    post = pre if post_dim is None else net.population("post", int(np.prod(post_dim)), "IF_curr_exp")
    cells = Cells(pre_dim, pre, label="pre")
    return net, cells, cells if post_dim is None else Cells(post_dim, post, label="post")


def connected(connector, net, pre, post, rng=None):
    """(source, target, weight, delay), ordered by source, then target."""
    rule, weight, delay = connector.rules(pre, post, rng=rng, min_delay=0.1)
    projection = net.project(pre.native, post.native, rule, weight=weight, delay=delay)
    slot = partition(net).slot(post.native)
    made, key = local_pairs(projection, slot, streams.key(1)), streams.key(1)
    both = [np.broadcast_to(values_of(value, given, made, purpose, projection, slot, key), made.pre.size)
            for value, given, purpose in ((weight, made.weight, streams.WEIGHT), (delay, made.delay, streams.DELAY))]
    rows = list(zip(made.pre.tolist(), (made.lid - slot.first_lid).tolist(), *[b.tolist() for b in both], strict=True))
    return sorted(rows, key=lambda row: row[:2])


SIGNATURES = {
    "AllToAllConnector": ["allow_self_connections=True", "weights=0.0", "delays=None", "space=None"],
    "OneToOneConnector": ["weights=0.0", "delays=None"],
    "FixedProbabilityConnector": ["p_connect", "allow_self_connections=True", "weights=0.0", "delays=None", "space=None"],
    "DistanceDependentProbabilityConnector": ["d_expression", "allow_self_connections=True", "weights=0.0", "delays=None", "space=None"],
    "FixedNumberPreConnector": ["n", "allow_self_connections=True", "weights=0.0", "delays=None"],
    "FixedNumberPostConnector": ["n", "allow_self_connections=True", "weights=0.0", "delays=None"],
    "FromListConnector": ["conn_list"]}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_stand_in_the_documented_order(name):
    shown = [str(p).split(":")[0] + ("" if p.default is p.empty else f"={p.default!r}")
             for p in inspect.signature(getattr(c, name).__init__ if name != "OneToOneConnector" else c.Connector.__init__).parameters.values()]
    assert shown[1:1 + len(SIGNATURES[name])] == SIGNATURES[name]


def test_every_connector_of_pynn_is_there():
    document = set(SIGNATURES) | {"FromFileConnector"}
    later = {"ArrayConnector", "CloneConnector", "CSAConnector", "DisplacementDependentProbabilityConnector", "FixedTotalNumberConnector",
             "IndexBasedProbabilityConnector", "SmallWorldConnector"}
    assert set(c.__all__) == document | later | {"Connector"}


def test_no_delay_means_the_smallest_and_no_weight_means_zero():
    assert connected(c.OneToOneConnector(), *world((2,), (2,))) == [(0, 0, 0.0, 0.1), (1, 1, 0.0, 0.1)]


def test_one_to_one_needs_equal_dimensions():
    with pytest.raises(InvalidDimensionsError, match=r"equal dimensions, got \(4, 3\) and \(12,\)"):
        connected(c.OneToOneConnector(), *world((4, 3), (12,)))


def test_a_connector_can_be_used_again():
    """PyNN 0.6 kept a cursor into the list of weights."""
    connector, net = c.AllToAllConnector(weights=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], delays=0.5), world((3,), (2,))
    first = connected(connector, *net)
    assert first == connected(connector, *net) == [(0, 0, 1.0, 0.5), (0, 1, 2.0, 0.5), (1, 0, 3.0, 0.5), (1, 1, 4.0, 0.5),
                                                   (2, 0, 5.0, 0.5), (2, 1, 6.0, 0.5)]


@pytest.mark.parametrize("weights", ["0.5 + d", lambda d: 0.5 + d, [[0.5, 1.5], [1.5, 0.5]]])
def test_weights_may_be_matrices_and_functions_of_the_distance(weights):
    rows = connected(c.AllToAllConnector(weights=weights, delays="0.1*(1+d)"), *world((2,), (2,)))
    assert rows == [(0, 0, 0.5, 0.1), (0, 1, 1.5, 0.2), (1, 0, 1.5, 0.2), (1, 1, 0.5, 0.1)]


def test_distances_are_measured_in_the_space_of_the_connector():
    ring = Space("x", periodic_boundaries=((0.0, 10.0), None, None))
    rows = connected(c.DistanceDependentProbabilityConnector("d < 1.5", allow_self_connections=False, space=ring), *world((10,)))
    assert [(i, j) for i, j, *_ in rows] == sorted((i, (i + k) % 10) for i in range(10) for k in (-1, 1))


@pytest.mark.parametrize(("expression", "message"), [("1/d", "is inf at d = 0"), ("1 - d", r"is -1e\+12 at d = 1e\+12"),
                                                     ("import os", "cannot read"), ("x", "not a variable")])
def test_expressions_that_give_no_probability_are_errors(expression, message):
    with pytest.raises(SimcoreError, match=message):
        c.DistanceDependentProbabilityConnector(expression)


def test_random_weights_follow_their_generator_and_not_the_simulation_alone():
    net = world((20,), (20,))
    made = [[w for *_, w, _ in connected(c.AllToAllConnector(weights=RandomDistribution("normal", (1.0, 0.1), rng=NumpyRNG(seed))), *world((20,), (20,)))]
            for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2] and np.std(made[0]) == pytest.approx(0.1, rel=0.2)
    rows = connected(c.AllToAllConnector(weights=RandomDistribution("beta", (1.0, 2.0), rng=NumpyRNG(4))), *net)     # numpy's own
    assert [w for *_, w, _ in rows] == np.random.RandomState(4).beta(1.0, 2.0, size=400).tolist()


def test_the_generator_of_the_projection_chooses_the_pairs_unless_the_connector_has_its_own():
    def made(rng=None, own=None):
        return connected(c.FixedProbabilityConnector(0.3, rng=own), *world((10,), (10,)), rng)

    assert made() == made() and made(NumpyRNG(1)) == made(NumpyRNG(1)) != made(NumpyRNG(2))
    assert made(NumpyRNG(1), NumpyRNG(2)) == made(NumpyRNG(2)) and made() != made(NumpyRNG(1))


def test_the_number_may_be_larger_than_the_population_or_random():
    rows = connected(c.FixedNumberPreConnector(7), *world((3,), (4,)))
    assert all(sum(row[:2] == (i, j) for row in rows) in (2, 3) for i in range(3) for j in range(4)) and len(rows) == 28
    rows = connected(c.FixedNumberPostConnector(RandomDistribution("uniform_int", (1, 4), rng=NumpyRNG(3))), *world((50,), (9,)))
    assert set(np.bincount([i for i, *_ in rows], minlength=50).tolist()) == {1, 2, 3}
    rows = connected(c.FixedNumberPreConnector(7, with_replacement=True), *world((3,), (4,)))
    assert len(rows) == 28
    with pytest.raises(SimcoreError, match="n must be a whole number >= 0"):
        c.FixedNumberPreConnector(-1)
    with pytest.raises(SimcoreError, match="only the generator knows"):
        c.FixedNumberPreConnector(RandomDistribution("beta", (1, 2)))


@pytest.mark.parametrize(("name", "parameters"), [("randint", [1, 4]), ("uniform_int", [1, 4]), ("binomial", [3, 0.5])])
def test_numbers_of_connections_are_drawn_from_distributions_of_whole_numbers(name, parameters):
    """randint is numpy's name, which scripts of PyNN 0.6 use; its upper limit is excluded."""
    from simcore.api import pynn as sim

    sim.setup(rng_seed=3)
    pre, post = sim.Population(200, sim.SpikeSourceArray), sim.Population(20, sim.IF_curr_exp)
    n = RandomDistribution(name, parameters, NumpyRNG(seed=1))
    prj = sim.Projection(pre, post, c.FixedNumberPostConnector(n, weights=1.0))
    numbers = np.nansum(prj.getWeights("array"), axis=1)
    assert set(numbers) == ({0.0, 1.0, 2.0, 3.0} if name == "binomial" else {1.0, 2.0, 3.0})


def test_the_connectors_of_later_versions_make_their_pairs():
    net = world((6,), (6,))
    assert len(connected(c.FixedTotalNumberConnector(17), *net)) == 17
    assert [r[:2] for r in connected(c.ArrayConnector(np.eye(6, dtype=bool)), *net)] == [(i, i) for i in range(6)]
    assert [r[:2] for r in connected(c.IndexBasedProbabilityConnector("(i + 1) % 6 == j"), *net)] == [(i, (i + 1) % 6) for i in range(6)]
    assert [r[:2] for r in connected(c.IndexBasedProbabilityConnector(lambda i, j: i == j), *net)] == [(i, i) for i in range(6)]
    assert [r[:2] for r in connected(c.DisplacementDependentProbabilityConnector("d[0] == 2"), *net)] == [(i, i + 2) for i in range(4)]
    assert len(connected(c.SmallWorldConnector(2, 0.5, allow_self_connections=False, n_connections=1), *net)) == 6
    first = net[0].projections[0]
    cloned = c.CloneConnector(SimpleNamespace(native=first, pre=net[1], post=net[2]), weights=2.0)
    assert [r[:3] for r in connected(cloned, *net)] == sorted((i, j, 2.0) for i, j, *_ in connected(c.CloneConnector(
        SimpleNamespace(native=first, pre=net[1], post=net[2])), *net))
    with pytest.raises(ConnectionError, match="needs the populations of its reference"):
        cloned.rules(net[2], net[1])
    with pytest.raises(InvalidDimensionsError, match=r"shape \(6, 6\), got \(2, 2\)"):
        connected(c.ArrayConnector(np.eye(2)), *net)


def test_views_are_connected_among_their_own_cells():
    net, pre, post = world((10,), (10,))
    some, others = Cells(3, pre.native, [2, 5, 7]), Cells(2, post.native, [9, 0])
    rule, *_ = c.AllToAllConnector().rules(some, others)
    assert isinstance(rule, Subset)
    assert [r[:2] for r in connected(c.AllToAllConnector(weights=[1, 2, 3, 4, 5, 6]), net, some, others)] == [
        (2, 0), (2, 9), (5, 0), (5, 9), (7, 0), (7, 9)]
    assert [r[:3] for r in connected(c.FromListConnector([(0, 1, 0.5, 1.0), (2, 0, 0.7, 1.0)]), net, some, others)] == [(2, 0, 0.5), (7, 9, 0.7)]


@pytest.mark.parametrize("rows", [[((0, 0), (1,), 0.5, 1.0), ((3, 2), (0,), 0.7, 2.0)], [(0, 1, 0.5, 1.0), (11, 0, 0.7, 2.0)],
                                  np.array([[0, 1, 0.5, 1.0], [11, 0, 0.7, 2.0]])], ids=["addresses", "indices", "array"])
def test_lists_name_cells_by_address_or_index(rows):
    assert connected(c.FromListConnector(rows), *world((4, 3), (2,))) == [(0, 1, 0.5, 1.0), (11, 0, 0.7, 2.0)]


def test_lists_may_have_other_columns():
    net = world((4,), (2,))
    assert connected(c.FromListConnector([(0, 1), (3, 0)], weights=0.3, delays=1.5), *net) == [(0, 1, 0.3, 1.5), (3, 0, 0.3, 1.5)]
    assert connected(c.FromListConnector([(0, 1, 2.5)], column_names=["delay"]), *net) == [(0, 1, 0.0, 2.5)]
    assert connected(c.FromListConnector([(0, 1, 2.5)]), *net) == [(0, 1, 2.5, 0.1)]
    assert connected(c.FromListConnector([]), *net) == []


@pytest.mark.parametrize(("rows", "names", "message"), [
    ([(4, 0, 1.0, 1.0)], None, "no cell 4 in 'pre' of 4 cells"), ([(-1, 0, 1.0, 1.0)], None, "no cell -1"), ([(0.5, 0, 1, 1)], None, "no cell 0.5"),
    ([(0, 0, 1.0), (0, 0)], None, "equally long"), ([(0, 0, 1.0)], ["U"], "connections have no 'U'"), ([(0, 0, 1.0)], ["weight", "delay"], "must have 4"),
    ([((0, 0), 1, 1.0, 1.0)], None, "names a cell that is not in 'pre'")])
def test_lists_that_do_not_fit_are_errors(rows, names, message):
    with pytest.raises(ConnectionError, match=message):
        connected(c.FromListConnector(rows, names), *world((4,), (2,)))


def test_files_of_both_versions_are_read(tmp_path):
    net, expected = world((4, 3), (2,)), [(0, 1, 0.5, 1.0), (11, 0, 0.1 + 0.2, 2.0)]
    old, new = tmp_path / "old.conn", tmp_path / "new.conn"
    old.write_text("pre [1][0, 0]\tpost[1,]\t0.5\t1\npre [1][3, 2]\tpost[0]\t0.30000000000000004\t2\n")
    new.write_text('# columns = ["i", "j", "delay", "weight"]\n0 1 1.0 0.5\n11.0\t0\t2.0\t0.30000000000000004\n')
    assert connected(c.FromFileConnector(str(old)), *net) == expected == connected(c.FromFileConnector(filename=str(new)), *net)
    for rank, line in enumerate(old.read_text().splitlines(keepends=True)):
        (tmp_path / f"parts.{rank}").write_text(line)
    assert connected(c.FromFileConnector(str(tmp_path / "parts"), distributed=True), *net) == expected
    handle = SimpleNamespace(read=lambda: np.array([[0, 1, 0.5]]), get_metadata=lambda: {"columns": ["i", "j", "weight"]})
    assert connected(c.FromFileConnector(handle), *net) == [(0, 1, 0.5, 0.1)]


@pytest.mark.parametrize(("text", "message"), [("a[0]\tb[0]\tx\t1\n", r"cannot read .* as a connection.*line 1"), ("0\n", "at least a source"),
                                               ("0.5 1 1 1\n", "0.5 is no cell")])
def test_broken_files_say_which_line(tmp_path, text, message):
    (tmp_path / "broken").write_text(text)
    with pytest.raises(ConnectionError, match=message):
        connected(c.FromFileConnector(str(tmp_path / "broken")), *world((4,), (2,)))
    for name, distributed in (("none", False), ("none", True)):
        with pytest.raises(ConnectionError, match=r"cannot read the connections|there are no files"):
            connected(c.FromFileConnector(str(tmp_path / name), distributed), *world((4,), (2,)))


def test_connectors_describe_themselves_and_take_the_arguments_of_later_versions():
    done = []
    connector = c.FixedProbabilityConnector(0.25, weights=0.5, callback=done.append, safe=False, location_selector=None)
    connected(connector, *world((3,), (3,)))
    assert done == [1.0] and connector.get_parameters() == {"allow_self_connections": True, "p_connect": 0.25}
    assert connector.describe() == "FixedProbabilityConnector: weights = 0.5, delays = None, allow_self_connections = True, p_connect = 0.25"
    assert connector.describe(None)["name"] == "FixedProbabilityConnector"
    with pytest.raises(SimcoreError, match="allow_self_connections must be"):
        c.AllToAllConnector("maybe")
    with pytest.raises(ConnectionError, match="weights must be a number"):
        connected(c.AllToAllConnector(weights={"a": 1}), *world((3,), (3,)))


class Csa:
    """As much of the package csa as the connector needs: a mask is a function of all indices."""

    @staticmethod
    def arity(cset):
        return cset.arity

    class cross:
        def __init__(self, pre, post):
            self.pairs = [(i, j) for j in range(post[0], post[1] + 1) for i in range(pre[0], pre[1] + 1)]

        def __mul__(self, cset):
            return [(*pair, *cset.values) for pair in self.pairs if cset.has(*pair)]


def test_connection_sets_are_seeded_and_leave_the_global_generators_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "csa", Csa)
    some = SimpleNamespace(arity=0, values=(), has=lambda i, j: random.random() < 0.4)
    state = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    made = [connected(c.CSAConnector(some, weights=0.3, rng=rng), *world((9,), (8,))) for rng in (None, None, NumpyRNG(1))]
    assert (random.getstate(), np.random.get_state()[1].tolist()) == state  # noqa: NPY002
    assert made[0] == made[1] != made[2] and {row[2] for row in made[0]} == {0.3}
    valued = SimpleNamespace(arity=2, values=(0.5, 2.0), has=lambda i, j: i == j)
    assert connected(c.CSAConnector(valued), *world((3,), (3,))) == [(k, k, 0.5, 2.0) for k in range(3)]
    with pytest.raises(InvalidModelError, match="must be a mask, or have two values"):
        c.CSAConnector(SimpleNamespace(arity=1))


def test_without_the_package_connection_sets_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "csa", None)
    with pytest.raises(InvalidModelError, match="pip install csa"):
        c.CSAConnector(None)


def test_connection_sets_of_the_real_package():
    csa = pytest.importorskip("csa")
    assert [r[:2] for r in connected(c.CSAConnector(csa.oneToOne), *world((4,), (4,)))] == [(k, k) for k in range(4)]
    rows = connected(c.CSAConnector(csa.cset(csa.random(0.5), 0.2, 1.5)), *world((30,), (20,)))
    assert rows == connected(c.CSAConnector(csa.cset(csa.random(0.5), 0.2, 1.5)), *world((30,), (20,)))
    assert 200 < len(rows) < 400 and {row[2:] for row in rows} == {(0.2, 1.5)}
