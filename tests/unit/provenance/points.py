"""A point as far as provenance needs one."""

import hashlib
import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FakePoint:
    parameters: dict = field(default_factory=dict)
    seed: int = 1
    trial: int = 0
    model: str = "simcore.experiments.brunel"

    def to_dict(self):
        return {"model": self.model, "parameters": self.parameters, "seed": self.seed, "trial": self.trial}

    @property
    def digest(self):
        return hashlib.blake2b(json.dumps(self.to_dict()).encode(), digest_size=32).hexdigest()

    @property
    def run_id(self):
        return self.digest[:12]

    @property
    def explored(self):
        return self.parameters
