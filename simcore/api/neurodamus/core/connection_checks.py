"""The five checks of connection blocks: what overrides what, and what would never be made."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from simcore.errors import ConfigurationError

_log = logging.getLogger(__name__)
_ASSIGNMENT = re.compile(r"(\S+)\s*\*?=\s*(\S+)")


class TargetManager(Protocol):
    """Who knows which cells a block's Source and Destination are."""

    def pathways_overlap(self, conn1: Mapping, conn2: Mapping, equal_only: bool = False) -> bool:
        """Whether two blocks have connections in common (equal_only: have the same ends)."""


@dataclass(frozen=True)
class Finding:
    """One finding: number of the check (1 to 5), name of the block, other names it concerns (variables, blocks)."""

    check: int
    block: str
    others: tuple[str, ...] = ()


@dataclass
class _Block:
    name: str
    settings: Mapping[str, Any]
    overrides: _Block | None = None
    fully_overridden: bool | None = None
    shown: bool = False
    delay: float = field(init=False)
    weight: float = field(init=False)

    def __post_init__(self) -> None:
        self.delay = self._number("Delay", 0.0)
        self.weight = self._number("Weight", 1.0)

    def _number(self, key: str, default: float) -> float:
        try:
            return float(self.settings.get(key, default))
        except (TypeError, ValueError):
            raise ConfigurationError(f"{key} must be a number, got {self.settings[key]!r}", name=key,
                                     got=self.settings[key], where=f"connection block {self.name!r}") from None

    @property
    def variables(self) -> list[str]:
        """Names that SynapseConfigure sets, such as "%s.mg" or "cao_CR_GluSynapse"."""
        return [name for name, _ in _ASSIGNMENT.findall(self.settings.get("SynapseConfigure") or "")]


def check_blocks(connections: Mapping[str, Mapping], targets: TargetManager) -> list[Finding]:
    """Check blocks in their order; every finding is logged. Raises ConfigurationError for a partial override."""
    blocks = [_Block(str(name), dict(settings)) for name, settings in connections.items()]
    first = [b for b in blocks if not b.delay > 0]
    findings = [Finding(1, b.name, tuple(names)) for b in first
                if (names := [v for v in b.variables if not v.startswith("%s")])]
    _override_at_start(first, targets)
    zero = [b for b in first if b.weight == 0]
    findings += [Finding(5, b.name) for b in blocks if b.delay > 0 and not _override_later(b, zero, targets)]
    findings += [Finding(2, chain[0], tuple(chain[1:])) for chain in _chains(first)]
    findings.sort(key=lambda f: f.check)
    findings += [Finding(3, b.name) for b in zero if b.fully_overridden is None]
    _log_all(findings, {b.name: b for b in blocks})
    partial = next((b for b in zero if b.fully_overridden is False), None)
    if partial:
        raise ConfigurationError("Partial Weight=0 override is not supported: a delayed block must have the same "
                                 f"Source and Destination as {partial.name!r}", name=partial.name,
                                 where=f"connection block {partial.name!r}")
    return sorted(findings, key=lambda f: f.check)


def _override_at_start(blocks: list[_Block], targets: TargetManager) -> None:
    """Each block overrides the latest earlier one that it overlaps."""
    for i, block in enumerate(blocks):
        for earlier in reversed(blocks[:i]):
            if targets.pathways_overlap(earlier.settings, block.settings):
                block.overrides = earlier
                if targets.pathways_overlap(block.settings, earlier.settings, equal_only=True):
                    earlier.fully_overridden = True
                break


def _override_later(block: _Block, zero: list[_Block], targets: TargetManager) -> bool:
    """Whether a delayed block overrides any block of weight 0; notes which of these it overrides wholly."""
    found = False
    for earlier in reversed(zero):
        if targets.pathways_overlap(earlier.settings, block.settings):
            found = True
            if not earlier.fully_overridden:
                earlier.fully_overridden = targets.pathways_overlap(block.settings, earlier.settings, equal_only=True)
    return found


def _chains(blocks: list[_Block]) -> list[list[str]]:
    """Names along each chain of overrides, newest first, up to what an earlier chain has shown."""
    chains = []
    for newest in reversed(blocks):
        if newest.overrides is None or newest.shown:
            continue
        chain: list[str] = []
        block: _Block | None = newest
        while block is not None:
            chain.append(block.name)
            following = None if block.shown else block.overrides
            block.shown = True
            block = following
        chains.append(chain)
    return chains


def _log_all(findings: list[Finding], blocks: Mapping[str, _Block]) -> None:
    for f in findings:
        if f.check == 1:
            _log.warning("Global variables in SynapseConfigure of connection %s: %s. Move them to the Conditions block",
                         f.block, ", ".join(f.others))
        elif f.check == 2:
            _log.warning("Connection %s takes part in overriding chain:", f.block)
            for name in (f.block, *f.others):
                settings = blocks[name].settings
                _log.info(" -> %s  %s -> %s  Weight: %s SpontMinis: %s SynConfigure: %s", name, settings.get("Source"),
                          settings.get("Destination"), settings.get("Weight", "-"), settings.get("SpontMinis", "-"),
                          ", ".join(blocks[name].variables))
        elif f.check == 3:
            _log.warning("Connection %s with Weight=0 is not overridden, thus won't be instantiated", f.block)
        elif f.check == 5:
            _log.warning("Delayed connection %s is not overriding any weight=0 Connection", f.block)
