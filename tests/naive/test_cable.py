"""The solver against a dense matrix, and lanes against cells alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.cable_forest import forest
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.errors import SimulationError
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.models.mechanisms.hh import HH, prepare
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section
from simcore.morphology.tree import discretise


def random_tree(rng, n_sections=6):
    """Sections connected at random places, hh in some and pas in the rest."""
    made = []
    for k in range(n_sections):
        section = Section(f"s{k}", L=float(rng.uniform(20, 150)), diam=float(rng.uniform(0.5, 15)), nseg=int(rng.integers(1, 5)),
                          Ra=float(rng.uniform(50, 200)), cm=float(rng.uniform(0.5, 2)))
        section.insert("hh" if rng.random() < 0.5 else "pas")
        if made:
            section.connect(made[int(rng.integers(len(made)))], float(rng.choice([0.0, 0.3, 0.5, 1.0, 1.0])))
        made.append(section)
    return made


def dense_run(root, n_steps, dt, scheme, amplitude):
    """v of all nodes after n_steps, from a dense matrix of the tree, with a constant current into node 0."""
    tree = discretise(root, [(s, x) for s in root.subtree() for x in (0.0, 1.0)])
    n = tree.size
    axial = np.zeros((n, n))
    for i in range(1, n):
        p = tree.parent[i]
        axial[i, i] += tree.axial[i]
        axial[p, p] += tree.axial[i]
        axial[i, p] -= tree.axial[i]
        axial[p, i] -= tree.axial[i]
    v = np.full(n, -65.0)
    gates = np.tile(np.array(HH.start(-65.0, 6.3)), (n, 1))
    g_hh, g_pas, e_pas = np.zeros(n), np.zeros(n), np.zeros(n)
    for section, nodes in tree.nodes.items():
        area = 1e-2 * tree.area[nodes]
        if "hh" in section.mechanisms:
            g_hh[nodes] = area
        else:
            g_pas[nodes], e_pas[nodes] = area * section.g_pas, section.e_pas
    c = tree.capacitance / (dt if scheme == "neuron" else dt / 2)
    constants = prepare(dt, 6.3, gnabar=0.12, gkbar=0.036, gl=0.0003, el=-54.3, ena=50.0, ek=-77.0)
    rate_dt = constants.pop("rate_dt")
    for _ in range(n_steps):
        pairs = np.array([HH.current(0.0, *x, **constants) for x in gates])
        g, ge = g_hh * pairs[:, 0] + g_pas, g_hh * pairs[:, 1] + g_pas * e_pas
        ge[0] += amplitude
        solved = np.linalg.solve(axial + np.diag(c + g), c * v + ge)
        v = solved if scheme == "neuron" else np.where(tree.capacitance > 0, 2 * solved - v, solved)
        gates = np.array([HH.advance(u, *x, rate_dt=rate_dt) for u, x in zip(v, gates, strict=True)])
    return tree, v


@pytest.mark.parametrize("scheme", ["default", "neuron"])
@pytest.mark.parametrize("seed", range(4))
def test_the_solver_is_the_dense_matrix(seed, scheme):
    root = random_tree(np.random.default_rng(seed))[0]
    tree, v = dense_run(root, 80, 0.025, scheme, 0.2)
    attach_clamp(root, root.nseg and 0.5 / root.nseg, delay=0.0, duration=1e9, amplitude=0.2)
    network = CableNetwork()
    network.add(root)
    simulation = CableSimulation(network, dt=0.025, scheme=scheme)
    simulation.run(2.0)
    own = simulation.blocks[0].plans[0].tree
    for section in root.subtree():
        ours = simulation.blocks[0].v_of(0)[own.nodes[section]]
        np.testing.assert_allclose(ours, v[tree.nodes[section]], rtol=1e-10)


def same_shape(n):
    """n cells of one shape with other sizes, receptors and clamps."""
    roots = []
    for k in range(n):
        soma = Section("soma", L=20.0, diam=20.0 + k).insert("hh")
        for j in range(3):
            Section(f"d{j}", L=50.0 + 10 * k, diam=1.0 + 0.1 * j, nseg=3).insert("pas").connect(soma, 1.0)
        roots.append(soma)
    return roots


def run_cells(roots, width=None, alone=None):
    """v of every node of each cell after 20 ms; alone: only this one's, simulated by itself."""
    network = CableNetwork()
    for k, root in enumerate(roots):
        if alone is not None and k != alone:
            continue
        sections = root.subtree()
        network.add(root)
        for j in range(k % 4):
            receptor = add_receptor(sections[1 + j % 3](0.5), POINT_PROCESSES[("ExpSyn", "Exp2Syn")[k % 2]], {"e": -10.0 * j})
            network.stimulate(receptor, [1.0 + k, 6.0 + j], weight=0.01)
        if k % 3 == 0:
            attach_clamp(sections[2], 0.5, delay=2.0 + k, duration=5.0, amplitude=0.3)
    simulation = CableSimulation(network, dt=0.05, width=width)
    simulation.run(20.0)
    return {p.cell.gid: block.v_of(lane).tobytes() for block in simulation.blocks for lane, p in enumerate(block.plans)}


@pytest.mark.parametrize("width", [1, 8, 16, None])
def test_a_cell_has_the_same_bits_alone_and_beside_others(width):
    together = run_cells(same_shape(11), width)
    for k in (0, 3, 7, 10):
        assert run_cells(same_shape(11), alone=k)[0] == together[k], k


def test_cells_of_unlike_trees_side_by_side_have_their_own_bits():
    def cells():
        rng = np.random.default_rng(3)
        return [random_tree(rng, 3 + k % 4)[0] for k in range(10)]

    def run(roots):
        network = CableNetwork()
        for k, root in roots:
            sections = root.subtree()
            network.add(root)
            receptor = add_receptor(sections[-1](0.5), POINT_PROCESSES["ExpSyn"], {"tau": 1.0 + k})
            network.stimulate(receptor, [1.0 + k], weight=0.01)
            attach_clamp(sections[k % 3], 0.5, delay=1.0, duration=3.0, amplitude=0.2)
        simulation = CableSimulation(network, dt=0.05)
        simulation.run(10.0)
        return simulation

    together = run(list(enumerate(cells())))
    assert len(together.blocks[0].plans) == 10, "they must share a block"
    for block in together.blocks:
        for lane, p in enumerate(block.plans):
            alone = run([(p.cell.gid, cells()[p.cell.gid])]).blocks[0]
            assert alone.v_of(0).tobytes() == block.v_of(lane).tobytes(), p.cell.gid


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**31), min_size=0, max_size=12), min_size=1, max_size=4))
def test_a_forest_holds_every_tree(choices):
    parents = []
    for numbers in choices:
        root = Section("r")
        made = [root]
        for k, x in enumerate(numbers):
            made.append(Section(f"s{k}").connect(made[x % len(made)], 0.5))
        parents.append(discretise(root).parent)
    common, maps = forest(parents)
    n = len(parents)
    assert (common[:n] == -1).all() and (common[n:] >= 0).all() and (common[n:] < np.arange(n, common.size)).all()
    assert sorted(np.concatenate(maps)) == list(range(common.size))
    for parent, own in zip(parents, maps, strict=True):
        assert (np.diff(own) > 0).all(), "a cell keeps its own order"
        assert (common[own[1:]] == own[parent[1:]]).all(), "and its own parents"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_areas_and_resistances_do_not_depend_on_how_a_section_is_cut(seed, nseg):
    rng = np.random.default_rng(seed)
    points = np.column_stack([np.cumsum(rng.uniform(-5, 9, (7, 3)), axis=0), rng.uniform(0.4, 6, 7)])
    whole, cut = (Section("s", points=points, nseg=n).geometry() for n in (1, nseg))
    np.testing.assert_allclose(cut.area.sum(), whole.area.sum(), rtol=1e-10)
    np.testing.assert_allclose((cut.left + cut.right).sum(), (whole.left + whole.right).sum(), rtol=1e-10)


def test_an_error_names_the_cell_of_a_forest_that_is_not_finite():
    network = CableNetwork()
    for k in range(3):
        network.add(random_tree(np.random.default_rng(k), 3 + k)[0])
    simulation = CableSimulation(network, dt=0.05)
    block = simulation.blocks[0]
    block.pool[block.index_v(1, 1)] = np.nan
    with pytest.raises(SimulationError, match=r"\(cell 1\)"):
        simulation.run(1.0)
