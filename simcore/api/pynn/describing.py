"""Text about things: templates with $names, as PyNN's describe(template=…, fill=…)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Template

Fill = Callable[[str, Mapping], str]


def fill_template(template: str, context: Mapping) -> str:
    """The text with every $name replaced; unknown names stay."""
    return Template(template).safe_substitute(context)


def render(template: str | None, context: dict, standard: str, fill: Fill = fill_template) -> object:
    """`context` itself where template is None, else the filled template ("standard": the one given here)."""
    return context if template is None else fill(standard if template == "standard" else template, context)
