import json
import subprocess
import sys
from pathlib import Path

from simcore.logs import station
from simcore.provenance.record import Start, file_digest, of_station

folder = Path(snakemake.output[0]).parent
command = [sys.executable, snakemake.input.script, *snakemake.params.arguments, "--folder", str(folder)]
with station(snakemake.log[0], "benchmark"):
    start = Start()
    subprocess.run(command, check=True)
    made = sorted(p for p in folder.iterdir() if p.suffix in (".json", ".md", ".png") and p.name != "provenance.json")
    record = of_station(start, command=command) | {"results": {p.name: file_digest(p) for p in made}}
    Path(snakemake.output[0]).write_text(json.dumps(record, indent=1, default=str) + "\n")
