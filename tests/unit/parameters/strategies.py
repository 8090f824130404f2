"""Values and sets of parameters for property tests."""

import math

import numpy as np
from hypothesis import strategies as st

from simcore.parameters import (
    BinomialDist,
    GammaDist,
    LogNormalDist,
    NormalDist,
    Parameter,
    ParameterRange,
    ParameterReference,
    ParameterSet,
    ParameterTable,
    PoissonDist,
    UniformDist,
    VonMisesDist,
)

names = st.text("abcdefgh_XYZ09", min_size=1, max_size=6) | st.sampled_from(["true", "null", "1", "-", "a b", "é", "#", "ref("])
numbers = st.floats(allow_nan=False) | st.integers() | st.booleans()
finite = st.floats(allow_nan=False, allow_infinity=False)
units = st.sampled_from([None, "mV", "ms", "nS", "1/s", "um"])
texts = st.text(max_size=12) | st.sampled_from(["range([1])", "ref('a')", "text(\"a\")", "1e-3", "null", "yes", "'", '"', "\\", "5 ms",
                                                "url('x')", "linspce(1)", "2 * ref('a')", "\x85\u2028", " a", "a: b", "# a", ""])
simple = numbers | texts | st.none()
lists = st.recursive(simple, lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
                     | st.dictionaries(names, inner, max_size=2), max_leaves=4).filter(lambda v: not isinstance(v, dict))
references = st.builds(
    lambda path, ops: [path := getattr(path, f"__{name}__")(value) for name, value in ops][-1] if ops else path,
    st.sampled_from(["a", "a.b", "x.y.z"]).map(ParameterReference),
    st.lists(st.tuples(st.sampled_from(["add", "radd", "sub", "rsub", "mul", "truediv", "rtruediv", "pow"]),
                       st.integers(-5, 5) | finite | st.just(ParameterReference("c") * 2) | st.just(Parameter(2.0, "ms"))),
             max_size=3))
leaves = st.one_of(
    simple, lists, references, st.sets(st.integers() | st.text(max_size=3), max_size=3), st.frozensets(st.integers(), max_size=3),
    st.complex_numbers(allow_nan=False), st.builds(Parameter, numbers | texts, units, st.text(max_size=4)),
    st.builds(ParameterRange, st.lists(simple, min_size=1, max_size=4), units, st.text(max_size=4)),
    st.builds(NormalDist, finite, st.floats(0, 1e9), units=units, seed=st.integers(0, 9)),
    st.builds(lambda a, b: UniformDist(min(a, b), max(a, b)), finite, finite),
    st.builds(NormalDist, finite, st.floats(0, 1e9), low=st.none() | st.floats(-9, 0), high=st.floats(1, 9), constrain=st.sampled_from(["clip", "redraw"])),
    st.builds(PoissonDist, st.floats(0, 99)), st.builds(BinomialDist, st.integers(0, 99), st.floats(0, 1)),
    st.builds(LogNormalDist, st.floats(-9, 9), st.floats(0, 9)), st.builds(VonMisesDist, finite, st.floats(0, 99)),
    st.builds(GammaDist, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), st.builds(lambda a, b: GammaDist(a=a, b=b, repr_mode="ab"),
                                                                                st.floats(0.1, 9), st.floats(0.1, 9)),
    st.lists(finite, max_size=3).map(np.array), st.lists(st.integers(0, 9), max_size=3).map(lambda v: np.array(v, "i2")),
    st.dictionaries(names, st.fixed_dictionaries({"c": numbers, "d": texts}), max_size=2).map(ParameterTable))
trees = st.recursive(st.dictionaries(names, leaves, max_size=4), lambda inner: st.dictionaries(names, leaves | inner, max_size=4),
                     max_leaves=8)
sets = trees.map(ParameterSet)


def is_number(value):
    return isinstance(value, float) and math.isfinite(value)
