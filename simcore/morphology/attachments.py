"""What sits on a place of a section: clamps, and receptors that hear events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simcore.errors import ConfigurationError
from simcore.models.clamps import Clamp, StepCurrent
from simcore.models.mechanisms import PointProcess, known
from simcore.morphology.sections import Section, Segment


@dataclass(eq=False, slots=True)
class Attachment:
    """A clamp (a current or a conductance that follows time, see simcore.models.clamps) on `section` at `x`."""

    section: Section
    x: float
    clamp: Clamp
    attached: bool = field(default=True, init=False)

    def detach(self) -> None:
        """Take it off; ConfigurationError if it is off already."""
        if not self.attached:
            raise ConfigurationError("it was detached before", where=f"{self.section.name}({self.x:g})")
        self.section.attachments.remove(self)
        self.attached = False


@dataclass(eq=False, slots=True)
class Receptor:
    """A point process on a segment, with its parameters by name; receptors made with equal ones share them, read-only.

    alone: keep its states apart from those of receptors with equal parameters at the same place, to record them.
    """

    process: PointProcess
    section: Section
    x: float
    parameters: Mapping[str, float]
    alone: bool = False

    def __repr__(self) -> str:
        return f"{self.process.name} on {self.section.name}({self.x:g})"

    @property
    def segment(self) -> Segment:
        """Where it sits."""
        return self.section(self.x)


def attach(section: Section, x: float, clamp: Clamp) -> Attachment:
    """Let a clamp act at x of a section, 0 to 1. Raises InvalidParameterValueError for another x."""
    made = Attachment(section, section(x).x, clamp)
    section.attachments.append(made)
    return made


def attach_clamp(section: Section, x: float, *, delay: float, duration: float, amplitude: float) -> Attachment:
    """Inject a constant current [nA] from `delay` for `duration` [ms]: NEURON's IClamp."""
    return attach(section, x, StepCurrent(float(amplitude), float(delay), float(duration)))


def add_receptor(segment: Segment, process: PointProcess, parameters: Mapping[str, float]) -> Receptor:
    """Put a point process on a segment; parameters over its defaults. Raises the errors of `PointProcess.complete` and
    of `known`.
    """
    receptor = Receptor(known(process), segment.sec, segment.x, process.shared(parameters, where=segment))
    segment.sec.receptors.append(receptor)
    return receptor
