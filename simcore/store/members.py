"""Names of members of zip files that come from elsewhere: none may lead out of a folder or stand for another."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable

from simcore.errors import StoreError

MAX_NAME = 4096
_RATIO, _FREE = 1000, 256 << 20         # a member that unpacks to more than this many times its size is a bomb
_PLAIN = re.compile(r"\w+([.-]\w+)*(/\w+([.-]\w+)*)*", re.ASCII)
_RESERVED = '<>:"|?*\\'                 # of Windows; and what a shell or a URL would read as something else


def refuse_hostile(members: Iterable[zipfile.ZipInfo], where: str) -> None:
    """Raise StoreError naming the member if a zip file must not be unpacked, or its names cannot be trusted.

    Refused: absolute names, `..`, empty parts, backslashes, drives, control and formatting characters, links and other
    special files, names that are equal but for case or Unicode form, a file that is a folder of another, bombs.
    """
    seen: dict[str, str] = {}
    folders: set[str] = set()
    for member in members:
        reason = _hostile(member) or _bomb(member)
        name = member.filename
        plain = (name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()).rstrip("/")
        if not reason and plain in seen:
            reason = f"is {seen[plain]!r} once more"
        if reason:
            raise StoreError(f"{where} is refused: its member {member.filename!r} {reason}", name=member.filename, got=where)
        seen[plain] = member.filename
        if not member.is_dir():
            folders.update(_parents(plain))
    both = next((name for name in folders & {*seen} if not seen[name].endswith("/")), None)
    if both is not None:
        raise StoreError(f"{where} is refused: its member {seen[both]!r} is a file and a folder", name=both, got=where)


def _hostile(member: zipfile.ZipInfo) -> str:
    """What is wrong with a member's name or kind, or nothing."""
    name = getattr(member, "orig_filename", member.filename)
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a special file"
    if len(name) < MAX_NAME and _PLAIN.fullmatch(name):
        return ""                       # as nearly all of ours are: twice as fast
    parts = name.removesuffix("/").split("/")
    if not name or len(name) > MAX_NAME:
        return "has no name, or one that is too long"
    if name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "leads elsewhere"
    if any(c in _RESERVED or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name):
        return "has characters that no file of ours has"
    if any(part[-1] in " ." or part[0] in "- " for part in parts):
        return "has a part that begins or ends as none of ours does"
    return ""


def _bomb(member: zipfile.ZipInfo) -> str:
    size, packed = member.file_size, max(member.compress_size, 1)
    return f"would unpack to {size:,} bytes from {packed:,}" if size > _FREE and size > _RATIO * packed else ""


def _parents(name: str) -> Iterable[str]:
    parts = name.split("/")
    return ("/".join(parts[:i]) for i in range(1, len(parts)))
