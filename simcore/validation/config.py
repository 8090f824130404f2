"""Settings of validation. Nothing is written unless `save` is called, and nothing is read but the file one names.

prevalidate: check observations when a test is made, not only when it judges. cmap_low, cmap_high: part of the colour
map (0 to 255) that norm scores from 0 to 1 use. score_log_level: level of the logger `simcore.validation.scores`.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

DEFAULTS = {"cmap_low": 38, "cmap_high": 218, "score_log_level": 1, "log_level": logging.INFO, "prevalidate": False,
            "score_bg_brightness": 50}


class Config(dict):
    """Settings by name, in any case: config["PREVALIDATE"] is config["prevalidate"]."""

    def __init__(self, path: str | os.PathLike | None = None, **settings: object):
        super().__init__(DEFAULTS)
        self.path = Path(path) if path else None
        if self.path and self.path.exists():
            self.update({key.lower(): value for key, value in json.loads(self.path.read_text()).items()})
        self.update(settings)

    def __getitem__(self, key: str) -> object:
        return super().__getitem__(key.lower())

    def __setitem__(self, key: str, value: object) -> None:
        super().__setitem__(key.lower(), value)

    def get(self, key: str, default: object = None) -> object:
        """The setting, or `default`."""
        return super().get(key.lower(), default)

    def set(self, key: str, value: object) -> None:
        """Change a setting, for this process."""
        self[key] = value

    def save(self, path: str | os.PathLike | None = None) -> Path:
        """Write the settings as JSON to `path`, or to the file they came from."""
        target = Path(path or self.path or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(dict(self), indent=1, sort_keys=True))
        return target


config = Config()
