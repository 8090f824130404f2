"""Zip archives of uncompressed members: same bytes for same content, and members that can be read by offset.

Chunks are compressed already, so the members are stored as they are: with fixed dates, in the order written.
"""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from typing import BinaryIO, Self

from simcore.errors import StoreError
from simcore.store.members import refuse_hostile

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that zip knows; a real one would make equal runs unequal files
_LOCAL_HEADER = 30  # bytes before the name of a member


class ArchiveWriter:
    """Writes members into a stream one after the other; use as a context manager."""

    def __init__(self, stream: BinaryIO):
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)

    def add(self, name: str, content: bytes) -> None:
        """Append a member."""
        member = zipfile.ZipInfo(name, _DATE)
        member.create_system, member.external_attr = 3, 0o644 << 16
        self._zip.writestr(member, content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._zip.close()
        else:  # the file goes away; only the handle is to be closed
            with suppress(OSError, ValueError):
                self._zip.close()


class ArchiveReader:
    """Members of a stored zip by name; use as a context manager. StoreError if the file is missing or
    damaged.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = os.fspath(path)
        try:
            self._zip = zipfile.ZipFile(self.path)
        except FileNotFoundError as error:
            raise StoreError(f"there is no store {self.path}", got=self.path) from error
        except (zipfile.BadZipFile, OSError) as error:
            raise StoreError(
                f"{self.path} is not a whole store ({error}); remove it and run again", got=self.path
            ) from error
        try:
            refuse_hostile(self._zip.filelist, self.path)
        except StoreError:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def read(self, name: str) -> bytes:
        """Content of a member, checked against its CRC."""
        try:
            return self._zip.read(name)
        except (KeyError, zipfile.BadZipFile, OSError) as error:
            raise StoreError(
                f"{self.path} is damaged at {name} ({error}); remove it and run again",
                name=name,
                got=self.path,
            ) from error

    def read_stored(self, name: str) -> bytes:
        """Content of a member, read in one go; its own checksum (zstd's) guards it rather than the CRC."""
        info, stream = self._zip.NameToInfo.get(name), self._zip.fp
        if info is None or stream is None:
            raise StoreError(f"{self.path} has no {name}", name=name, got=self.path)
        stream.seek(info.header_offset)
        raw = stream.read(_LOCAL_HEADER + len(name.encode()) + info.file_size)
        skip = int.from_bytes(raw[28:30], "little")  # length of the extra field, 0 in stores of ours
        start = _LOCAL_HEADER + len(name.encode())
        if (
            raw[:4] != b"PK\3\4"
            or raw[_LOCAL_HEADER:start] != name.encode()
            or skip
            or len(raw) != start + info.file_size
        ):
            return self.read(name)
        return raw[start:]
