"""Converters of labelled arrays, tables, quantities and sparse matrices; packages are imported when a value is read.

Each is a pair: value → (JSON-able description, parts), and back. A part's suffix starts with "." so that the main
part keeps the name of the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.trajectory.values import Parts, decode, encode, from_json, register_converter, to_json


def _nested(values: dict[str, object]) -> tuple[dict[str, str], Parts]:
    """Forms by name and all parts, those of `name` under the suffixes name and name + its own."""
    forms: dict[str, str] = {}
    parts: Parts = {}
    for name, value in values.items():
        forms[name], own = encode(value)
        parts |= {name + suffix: part for suffix, part in own.items()}
    return forms, parts


def _unnested(forms: dict[str, str], parts: Parts) -> dict[str, Any]:
    result = {}
    for name, form in forms.items():
        longer = [other for other in forms if other.startswith(name) and len(other) > len(name)]
        own = {
            k[len(name) :]: v
            for k, v in parts.items()
            if k.startswith(name) and not any(k.startswith(other) for other in longer)
        }
        result[name] = decode(form, own)
    return result


def _columns(labels: Any) -> object:
    """An index, or the values of a column: numbers stay an array, everything else becomes a list."""
    array = np.asarray(labels)
    return array if array.dtype.kind in "biufcmM" else list(labels)


def _index_to_json(index: Any) -> object:
    """Name and, of a range, its limits (the labels themselves are a part otherwise)."""
    limits = [index.start, index.stop, index.step] if type(index).__name__ == "RangeIndex" else None
    return {"name": to_json(index.name), "range": limits}


def _index_from_json(about: Any, labels: Any) -> object:
    import pandas as pd

    name = from_json(about["name"])
    return pd.RangeIndex(*about["range"], name=name) if about["range"] else pd.Index(labels, name=name)


def _from_series(series: Any) -> tuple[object, Parts]:
    forms, parts = _nested({"": _columns(series.to_numpy()), ".index": _columns(series.index)})
    return {
        "forms": forms,
        "dtype": str(series.dtype),
        "name": to_json(series.name),
        "index": _index_to_json(series.index),
    }, parts


def _to_series(about: Any, parts: Parts) -> object:
    import pandas as pd

    found = _unnested(about["forms"], parts)
    index = _index_from_json(about["index"], found[".index"])
    return pd.Series(found[""], index=index, name=from_json(about["name"]), dtype=about["dtype"])


def _from_frame(frame: Any) -> tuple[object, Parts]:
    values = {f".{i}": _columns(frame.iloc[:, i].to_numpy()) for i in range(frame.shape[1])}
    forms, parts = _nested({**values, ".index": _columns(frame.index)})
    return {
        "forms": forms,
        "columns": to_json(list(frame.columns)),
        "dtypes": [str(t) for t in frame.dtypes],
        "index": _index_to_json(frame.index),
        "column_index": _index_to_json(frame.columns),
    }, parts


def _to_frame(about: Any, parts: Parts) -> object:
    import pandas as pd

    found = _unnested(about["forms"], parts)
    index = _index_from_json(about["index"], found[".index"])
    data = [pd.Series(found[f".{i}"], index=index, dtype=t) for i, t in enumerate(about["dtypes"])]
    frame = pd.concat(data, axis=1) if data else pd.DataFrame(index=index)
    frame.columns = _index_from_json(about["column_index"], from_json(about["columns"]))
    return frame


def _from_data_array(array: Any) -> tuple[object, Parts]:
    coords = {f".{name}": _columns_nd(c.values) for name, c in array.coords.items()}
    forms, parts = _nested({"": _columns_nd(array.values), **coords})
    return {
        "forms": forms,
        "dims": list(array.dims),
        "name": to_json(array.name),
        "attrs": to_json(dict(array.attrs)),
        "coords": {str(k): [list(c.dims), to_json(dict(c.attrs))] for k, c in array.coords.items()},
    }, parts


def _to_data_array(about: Any, parts: Parts) -> object:
    import xarray as xr

    found = _unnested(about["forms"], parts)
    coords = {k: (dims, found[f".{k}"], from_json(attrs)) for k, (dims, attrs) in about["coords"].items()}
    return xr.DataArray(found[""], coords, about["dims"], from_json(about["name"]), from_json(about["attrs"]))


def _from_dataset(data: Any) -> tuple[object, Parts]:
    forms, parts = _nested({f".{name}": _columns_nd(v.values) for name, v in data.variables.items()})
    return {
        "forms": forms,
        "attrs": to_json(dict(data.attrs)),
        "coords": [str(c) for c in data.coords],
        "variables": {str(k): [list(v.dims), to_json(dict(v.attrs))] for k, v in data.variables.items()},
    }, parts


def _to_dataset(about: Any, parts: Parts) -> object:
    import xarray as xr

    found = _unnested(about["forms"], parts)
    variables = {k: (dims, found[f".{k}"], from_json(attrs)) for k, (dims, attrs) in about["variables"].items()}
    return xr.Dataset(variables, attrs=from_json(about["attrs"])).set_coords(about["coords"])


def _columns_nd(values: np.ndarray) -> object:
    return values if values.dtype.kind in "biufcmM" else from_json(to_json(values))


def _from_quantity(quantity: Any) -> tuple[object, Parts]:
    form, parts = encode(quantity.magnitude)
    return {"form": form, "units": str(quantity.units)}, parts


def _to_quantity(about: Any, parts: Parts) -> object:
    from simcore.units import registry

    return registry().Quantity(decode(about["form"], parts), about["units"])


def _from_sparse(matrix: Any) -> tuple[object, Parts]:
    kind = matrix.format if matrix.format in ("csr", "csc", "bsr", "coo", "dia") else "csr"
    matrix = matrix.asformat(kind)
    names = {"coo": ("data", "row", "col"), "dia": ("data", "offsets")}.get(kind, ("data", "indices", "indptr"))
    parts: Parts = {"" if name == "data" else f".{name}": np.asarray(getattr(matrix, name)) for name in names}
    return {"class": type(matrix).__name__, "shape": list(matrix.shape), "format": kind}, parts


def _to_sparse(about: Any, parts: Parts) -> object:
    import scipy.sparse

    if about["format"] == "coo":
        content: tuple = (parts[""], (parts[".row"], parts[".col"]))
    elif about["format"] == "dia":
        content = (parts[""], parts[".offsets"])
    else:
        content = (parts[""], parts[".indices"], parts[".indptr"])
    return getattr(scipy.sparse, about["class"])(content, shape=tuple(about["shape"]))


def _from_matrix(matrix: Any) -> tuple[object, Parts]:
    return None, {"": np.asarray(matrix)}


def _to_matrix(_: Any, parts: Parts) -> object:
    return np.asmatrix(parts[""])


for _cls in ("pandas.core.series.Series", "pandas.Series"):
    register_converter(_cls, "pandas.Series", _from_series, _to_series)
for _cls in ("pandas.core.frame.DataFrame", "pandas.DataFrame"):
    register_converter(_cls, "pandas.DataFrame", _from_frame, _to_frame)
register_converter("xarray.core.dataarray.DataArray", "xarray.DataArray", _from_data_array, _to_data_array)
register_converter("xarray.core.dataset.Dataset", "xarray.Dataset", _from_dataset, _to_dataset)
for _cls in (
    "pint.Quantity",
    "pint.registry.Quantity",
    "pint.util.Quantity",
    "pint.facets.plain.quantity.PlainQuantity",
):
    register_converter(_cls, "pint.Quantity", _from_quantity, _to_quantity)
for _cls in ("scipy.sparse._base._spbase", "scipy.sparse._matrix.spmatrix"):
    register_converter(_cls, "scipy.sparse", _from_sparse, _to_sparse)
for _cls in ("numpy.matrix", "numpy.matrixlib.defmatrix.matrix"):
    register_converter(_cls, "numpy.matrix", _from_matrix, _to_matrix)
