"""File formats for recordings: text, pickle, npz, HDF5. Each holds an array and a dict of metadata.

write(data, metadata), read() -> array, get_metadata() -> dict, close(); mode "r" or "w", also for binary formats.
"""

from __future__ import annotations

import ast
import io
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simcore.api.pynn.errors import NothingToWriteError
from simcore.errors import StoreError

DEFAULT_BUFFER_SIZE = 10_000


class BaseFile:
    """A file of an array and its metadata. Folders above it are made. StoreError if it cannot be opened or read."""

    binary = False

    def __init__(self, filename: str, mode: str = "r"):
        if mode.replace("b", "") not in ("r", "w", "a"):
            raise StoreError(f"the mode of a file must be 'r' or 'w', got {mode!r}", name="mode", got=mode)
        self.name, self.mode = str(filename), mode.replace("b", "")
        self._content: tuple[np.ndarray, dict] | None = None
        self.closed = False
        if self.mode == "r" and not Path(self.name).is_file():
            raise StoreError(f"there is no file {self.name}", name=self.name)

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> BaseFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: np.ndarray, metadata: dict, *, integers: Sequence[int] = ()) -> None:
        """Write all of it at once. integers: columns of whole numbers, for formats of text.

        NothingToWriteError where data is None.
        """
        if data is None:
            raise NothingToWriteError(f"there is nothing to write into {self.name}", name=self.name)
        if self.mode == "r" or self.closed:
            raise StoreError(f"{self.name} is not open for writing", name=self.name)
        Path(self.name).parent.mkdir(parents=True, exist_ok=True)
        self._write(np.asarray(data), dict(metadata), tuple(integers))
        self._content = None

    def read(self) -> np.ndarray:
        """The array."""
        return self._loaded()[0]

    def get_metadata(self) -> dict:
        """The metadata."""
        return dict(self._loaded()[1])

    def flush(self) -> None:
        """Everything is on its way to the disk when `write` returns."""

    def close(self) -> None:
        """No more writing."""
        self.closed = True

    def _loaded(self) -> tuple[np.ndarray, dict]:
        if self._content is None:
            try:
                self._content = self._read()
            except (OSError, ValueError, KeyError, SyntaxError, EOFError, pickle.UnpicklingError) as error:
                raise StoreError(f"{self.name} cannot be read as {type(self).__name__}: {error}", name=self.name) from None
        return self._content

    def _write(self, data: np.ndarray, metadata: dict, integers: tuple[int, ...]) -> None:
        raise NotImplementedError

    def _read(self) -> tuple[np.ndarray, dict]:
        raise NotImplementedError


class StandardTextFile(BaseFile):
    """Lines `# key = value`, then a row a line, columns separated by tabs, numbers with all their digits."""

    def _write(self, data: np.ndarray, metadata: dict, integers: tuple[int, ...]) -> None:
        lines = [f"# {key} = {value}\n" for key, value in metadata.items()]
        rows = data if data.ndim == 2 else data.reshape(len(data), int(np.prod(data.shape[1:])))
        columns = [[str(int(v)) for v in column] if k in integers else [repr(v) for v in column]
                   for k, column in enumerate(rows.T.tolist())]
        lines += ["\t".join(row) + "\n" for row in zip(*columns, strict=True)]
        with Path(self.name).open("a" if self.mode == "a" else "w", encoding="utf-8") as out:
            out.writelines(lines)

    def _read(self) -> tuple[np.ndarray, dict]:
        metadata, rows = {}, []
        with Path(self.name).open(encoding="utf-8") as text:
            for line in text:
                key, equals, value = line.lstrip("# ").partition(" = ")
                if not line.startswith("#"):
                    rows.append(line)
                elif equals:
                    metadata[key] = _literal(value.strip())
        return np.loadtxt(io.StringIO("".join(rows)), ndmin=2) if rows else np.empty((0, 2)), metadata


class PickleFile(BaseFile):
    """(data, metadata), pickled. Reading runs what the file says: open only files of people you trust."""

    def _write(self, data: np.ndarray, metadata: dict, integers: tuple[int, ...]) -> None:
        Path(self.name).write_bytes(pickle.dumps((data, metadata)))

    def _read(self) -> tuple[np.ndarray, dict]:
        return pickle.loads(Path(self.name).read_bytes())


class NumpyBinaryFile(BaseFile):
    """An npz archive with `data` and `metadata` (pairs of text). The name is used as it is."""

    def _write(self, data: np.ndarray, metadata: dict, integers: tuple[int, ...]) -> None:
        pairs = np.array([(str(k), str(v)) for k, v in metadata.items()]).reshape(-1, 2)
        with Path(self.name).open("wb") as out:
            np.savez(out, data=data, metadata=pairs)

    def _read(self) -> tuple[np.ndarray, dict]:
        with np.load(self.name) as content:
            return content["data"], {str(k): _literal(str(v)) for k, v in content["metadata"]}


class HDF5ArrayFile(BaseFile):
    """HDF5 with the array as node `data` and the metadata as its attributes."""

    def _write(self, data: np.ndarray, metadata: dict, integers: tuple[int, ...]) -> None:
        import h5py

        with h5py.File(self.name, "w") as out:
            node = out.create_dataset("data", data=data)
            for key, value in metadata.items():
                node.attrs[key] = value

    def _read(self) -> tuple[np.ndarray, dict]:
        import h5py

        with h5py.File(self.name, "r") as content:
            attributes = content["data"].attrs.items()
            return content["data"][()], {k: v.tolist() if hasattr(v, "tolist") else v for k, v in attributes}


def _literal(text: str) -> object:
    """A number, tuple, … written as Python writes it; else the text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
