"""After `kill -9` of Snakemake: unlock the folder, and keep the runs that were finished while it was not there to note it.

    python workflow/resume.py --configfile params/brunel.yaml [--config name=try …]

On a cluster, jobs go on when Snakemake is killed; its next call would take what they leave for incomplete, and run all of
them again. A run store appears when it is whole, so those of the current source are handed to `snakemake --touch`, which
notes them as made. The others stay incomplete, and are run again. Wait for jobs that still run, or cancel them, before.
"""

from __future__ import annotations

import argparse
import base64
import subprocess
import sys
from pathlib import Path

from snakemake.cli import parse_config

from simcore import steps
from simcore.errors import SimcoreError, StoreError
from simcore.store.reader import read_attrs

MARKERS = Path(".snakemake/incomplete")     # a file for each output of a job that has begun and not ended
AT_ONCE = 500                               # files in one command line


def unnoted() -> list[Path]:
    """Outputs that Snakemake began and does not know the end of."""
    names = ["".join(part.removeprefix("@") for part in file.relative_to(MARKERS).parts)      # long names are split so
             for file in MARKERS.rglob("*") if file.is_file()]
    return [Path(base64.urlsafe_b64decode(name).decode()) for name in names]


def finished(output: Path, points: set[str], sources: str) -> bool:
    """Whether this is the whole store of one of the points, made by the sources as they are now."""
    run_id, _, ending = output.name.partition(".")
    if ending != "zarr.zip" or run_id not in points:
        return False
    try:
        attrs = read_attrs(output)
    except StoreError:
        return False
    return attrs["run_id"] == run_id and attrs["provenance"]["code"]["source_digest"] == sources


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configfile", nargs="+", default=["params/brunel.yaml"], help="as for Snakemake")
    parser.add_argument("--config", nargs="*", default=[], help="as for Snakemake")
    given = parser.parse_args()
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1"]
    experiment = ["--configfile", *given.configfile, *(["--config", *given.config] if given.config else [])]
    try:
        _, overrides = steps.settings(parse_config(given.config))
        expanded = steps.expand(given.configfile, overrides)
        sources = steps.staleness(expanded)["simulate"]
    except SimcoreError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    subprocess.run([*snakemake, "--unlock", "--quiet", "all", *experiment], check=True)
    begun = unnoted()
    keep = [str(output) for output in begun if finished(output, set(expanded.points), sources)]
    for i in range(0, len(keep), AT_ONCE):
        subprocess.run([*snakemake, *keep[i : i + AT_ONCE], "--touch", "--quiet", "all", *experiment], check=True)
    print(f"unlocked; of {len(begun)} outputs in the making {len(keep)} were finished runs and are kept")


if __name__ == "__main__":
    main()
