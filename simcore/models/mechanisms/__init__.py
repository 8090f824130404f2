"""Mechanisms of the membrane of detailed cells, by name: one file each, one line here."""

from typing import TypeVar

from simcore.errors import ConfigurationError
from simcore.models.mechanisms.alphasynapse import AlphaSynapse
from simcore.models.mechanisms.base import Mechanism, PointProcess
from simcore.models.mechanisms.exp2syn import Exp2Syn
from simcore.models.mechanisms.expsyn import ExpSyn
from simcore.models.mechanisms.hh import HH
from simcore.models.mechanisms.pas import PAS

MECHANISMS = {m.name: m for m in (HH, PAS)}
POINT_PROCESSES = {p.name: p for p in (AlphaSynapse, ExpSyn, Exp2Syn)}
Declared = TypeVar("Declared", Mechanism, PointProcess)
_OURS = (*MECHANISMS, *POINT_PROCESSES)

__all__ = ["MECHANISMS", "POINT_PROCESSES", "Mechanism", "PointProcess", "known"]


def known(declared: Declared) -> Declared:
    """Enter a declaration of one's own under its name and return it; the last one of a name holds for all that have it.

    Raises ConfigurationError when it has the name of a mechanism of simcore.
    """
    table = MECHANISMS if isinstance(declared, Mechanism) else POINT_PROCESSES
    if declared.name in _OURS and table.get(declared.name) is not declared:
        raise ConfigurationError(f"{declared.name!r} is a mechanism of simcore; give yours another name", name="name",
                                 got=declared.name)
    table[declared.name] = declared
    return declared
