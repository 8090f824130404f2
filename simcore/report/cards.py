"""What pages share: templates, numbers as text, and the cards with all that is known of a score."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
import yaml

from simcore.report import tables
from simcore.report.scorefigures import score_figure

_OF_SCORES = ("model", "test", "score", "norm", "type", "text", "description", "test_description", "observation",
              "observation_source", "observation_file", "prediction", "units", "params", "class", "source_digest",
              "related", "fails_because", "passed", "provenance")


def template(name: str) -> jinja2.Template:
    """A template of this package, with the filters number, pretty and compact."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("simcore.report"), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"number": tables.number, "pretty": pretty, "compact": compact}
    return environment.get_template(name)


def card(score: Mapping, link: Callable[[str], str]) -> dict[str, Any]:
    """A score with everything that a page shows of it; what scores.json does not say is None.

    link: where the id of a run leads, "" for nowhere.
    """
    background, _ = tables.shade(score.get("norm"))
    runs = [(str(run), link(str(run))) for run in score.get("runs") or ()]
    drawn = score_figure(score)
    return {**dict.fromkeys(_OF_SCORES), **score, "runs": runs, "background": background,
            "verdict": tables.verdict(score), "figure": data_uri(drawn) if drawn else ""}


def data_uri(png: bytes) -> str:
    """An image as text, to stand in the page itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def compact(value: Mapping) -> str:
    """A mapping in one line: a = 1, b = x."""
    return ", ".join(f"{key} = {tables.number(entry)}" for key, entry in value.items())


def pretty(value: object) -> str:
    """Any JSON value as people read it: numbers short, mappings and lists as YAML."""
    if isinstance(value, str) or not isinstance(value, (Mapping, list)):
        return tables.number(value)
    return yaml.safe_dump(_rounded(value), default_flow_style=None, sort_keys=False, allow_unicode=True,
                          width=110).rstrip()


def _rounded(value: object) -> object:
    """The value with its numbers to six digits."""
    if isinstance(value, Mapping):
        return {str(key): _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
