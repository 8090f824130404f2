"""Cut arrays into blocks, and regroup rows that come in blocks into those that chunks are made of."""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Iterable, Iterator

import numpy as np

from simcore.errors import StoreError

_PART_BYTES = 4 << 20


def parts(values: object, n: int = 0) -> Iterator[np.ndarray]:
    """The rows of an array in blocks of n (0: about 4 MB each where it is mapped from a file, else all in one).

    A file's pages are let go before the next block, so that memory does not grow to the size of the file.
    """
    mapped = values.base if isinstance(values, np.ndarray) and isinstance(values.base, mmap.mmap) else None
    if mapped is None and not n:
        yield values
        return
    n = n or max(1, _PART_BYTES // max(1, values[:1].nbytes))
    for begin in range(0, len(values), n):
        yield values[begin:begin + n]
        if mapped is not None:
            mapped.madvise(mmap.MADV_DONTNEED)


def regrouped(
    blocks: Iterable[np.ndarray], n: int, *, name: str = "array", where: str = ""
) -> Iterator[np.ndarray]:
    """The same rows in blocks of exactly `n`, the last may be shorter; at least one block if one came in.

    At no time more than n rows and one incoming block are held. StoreError if blocks differ in type or row
    shape.
    """
    held: list[np.ndarray] = []
    n_held, any_yet = 0, False
    for block in blocks:
        if held and (block.shape[1:] != held[0].shape[1:] or block.dtype != held[0].dtype):
            raise StoreError(
                f"{name}: a block of {block.shape[1:]} {block.dtype} follows blocks of {held[0].shape[1:]} "
                f"{held[0].dtype}",
                name=name,
                where=where,
            )
        held.append(block)
        n_held += len(block)
        if n_held >= n:
            whole = np.concatenate(held) if len(held) > 1 else block
            n_full = n_held - n_held % n
            yield from (whole[i : i + n] for i in range(0, n_full, n))
            held, n_held, any_yet = [whole[n_full:]], n_held - n_full, True
    if held and (n_held or not any_yet):
        yield np.concatenate(held)


def pieces(rows: np.ndarray, chunks: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Cut an array into chunks: pairs of grid index and piece, pieces at an edge filled up to the chunk's
    shape.
    """
    grid = [range(-(-n // c)) for n, c in zip(rows.shape, chunks, strict=True)]
    for at in itertools.product(*grid):
        yield (
            at,
            filled(rows[tuple(slice(i * c, (i + 1) * c) for i, c in zip(at, chunks, strict=True))], chunks),
        )


def filled(piece: np.ndarray, shape: tuple[int, ...], fill: object = 0) -> np.ndarray:
    """The piece at the start of an array of `shape`, the rest being `fill`; the piece itself if it has this
    shape.
    """
    if piece.shape == shape:
        return piece
    whole = np.full(shape, fill, piece.dtype)
    whole[tuple(slice(n) for n in piece.shape)] = piece
    return whole
