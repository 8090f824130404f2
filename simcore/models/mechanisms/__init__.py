"""Mechanisms of the membrane of detailed cells, by name: one file each, one line here."""

from simcore.models.mechanisms.alphasynapse import AlphaSynapse
from simcore.models.mechanisms.base import Mechanism, PointProcess
from simcore.models.mechanisms.exp2syn import Exp2Syn
from simcore.models.mechanisms.expsyn import ExpSyn
from simcore.models.mechanisms.hh import HH
from simcore.models.mechanisms.pas import PAS

MECHANISMS = {m.name: m for m in (HH, PAS)}
POINT_PROCESSES = {p.name: p for p in (AlphaSynapse, ExpSyn, Exp2Syn)}

__all__ = ["MECHANISMS", "POINT_PROCESSES", "Mechanism", "PointProcess"]
