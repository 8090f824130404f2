"""Random streams against NEURON 9.0.2's and 8.2.7's, bit for bit."""

import gzip
import json
from pathlib import Path

import pytest

from simcore.rng.generators import ACG, MCellRan4, Random123
from simcore.rng.picks import Random

FOLDER = Path(__file__).parent / "random_and_stimuli"
NINE, EIGHT = (json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())) for name in ("rng", "rng_neuron8"))


def number(text, prefix):
    return int(text.removeprefix(prefix))


def of_random123(key):
    seed, ids = key.split("/")
    return lambda: Random123(*map(int, ids.removeprefix("ids").split("-")), seed=number(seed, "seed"))


def of_mcellran4(key):
    high, low = key.split(" ")[0].split("/")
    first = int(key.split("(")[1].rstrip(")")) if "init" in key else 0          # mcell_ran4_init: the low index where it is 0
    return lambda: MCellRan4(number(high, "high"), number(low, "low") or first)


def of_acg(key):
    seed, size = key.split("/")
    return lambda: ACG(number(seed, "seed"), number(size, "size"))


KINDS = {"random123": of_random123, "mcellran4": of_mcellran4, "acg": of_acg}
CASES = [pytest.param(KINDS[kind](key), distributions, id=f"{version} {kind} {key}")
         for version, reference in (("9", NINE), ("8", EIGHT)) for kind in KINDS if kind in reference
         for key, distributions in reference[kind].items() if key != "seq"]


def pick(random, distribution):
    name, _, arguments = distribution.rstrip(")").partition("(")
    return getattr(random, name)(*map(float, arguments.split(",")))


@pytest.mark.parametrize(("generator", "distributions"), CASES)
def test_stream_has_the_bits_of_neuron(generator, distributions):
    for distribution, wanted in distributions.items():
        one_by_one, at_once = Random(generator()), Random(generator())
        assert [pick(one_by_one, distribution)] + [one_by_one.repick() for _ in wanted[1:]] == wanted, distribution
        assert [pick(at_once, distribution), *at_once.repicks(len(wanted) - 1)] == wanted, distribution


@pytest.mark.parametrize("name", NINE["setrand"])
def test_filling_a_vector_begins_after_the_value_of_the_call(name):
    seed, _, distribution = name.rpartition("/")
    reference = NINE["setrand"][name]
    random = Random(Random123(1, 2, 3, seed=number(seed, "seed") if seed else 0))
    assert pick(random, distribution) == reference["first"]
    assert random.repicks(len(reference["then"])).tolist() == reference["then"]


def test_place_in_a_stream_is_told_and_set_as_in_neuron():
    reference = NINE["random123_seq"]
    random = Random(Random123(1, 2, 3))
    for k, (value, place) in enumerate(reference["uniform_then_seq"]):
        assert (random.repick() if k else random.uniform(0, 1)) == value
        assert random.seq() == place
    for name, values in reference.items():
        if name.startswith("after_seq"):
            random.seq(number(name.rstrip(")"), "after_seq("))
            assert random.repicks(len(values)).tolist() == values


def test_a_new_distribution_drops_the_spare_normal_number():
    random = Random(Random123(1, 2, 3))
    arguments = {"normal": (0, 1), "uniform": (0, 1), "negexp": (1,), "repick": ()}
    for name, value, place in NINE["random123_seq"]["mixed"]:
        assert (getattr(random, name)(*arguments[name]), random.seq()) == (value, place), name


def test_mcellran4_tells_its_high_index():
    random = Random(MCellRan4(12345, 678))
    for k, (value, place) in enumerate(NINE["mcellran4"]["seq"]):
        assert (random.repick() if k else random.uniform(0, 1), random.seq()) == (value, place)


@pytest.mark.parametrize(("reference", "generator"), [
    (NINE, lambda seed=0, size=55: Random123(seed, size, 0)), (EIGHT, lambda seed=0, size=55: ACG(seed, size))],
    ids=["NEURON 9", "NEURON 8"])
def test_default_stream_picks_standard_normal_numbers(reference, generator):
    for arguments, values in reference["default"].items():
        made = Random(generator(*(int(a) for a in arguments.strip("()").split(",") if a.strip())))
        assert [made.repick() for _ in values["repick"]] == values["repick"]
        assert made.uniform(0, 1) == values["uniform"][0]
        assert made.repicks(len(values["uniform"]) - 1).tolist() == values["uniform"][1:]
