"""IN a suite file: the studies that it names, each a module with all rules of a study.  OUT all their scores on one page."""

import re
import sys

from simcore import steps
from simcore.errors import SimcoreError
from simcore.validation import suitefile

try:
    SUITE = suitefile.load_suite(workflow.configfiles[0], steps.settings(workflow.config_settings.config)[1])
except SimcoreError as error:
    sys.exit(f"{type(error).__name__}: {error}")  # the message alone: it says where in the suite file

STUDIES = {study.experiment.name: study for study in SUITE.studies}
PREFIX = {study: re.sub(r"\W", "_", study) + "_" for study in STUDIES}  # of its rules: brunel_simulate, …
PREFIXES = tuple(PREFIX.values())

# What a profile or the command line sets for a rule of a study is meant for that rule of every study. Snakemake has no
# public way to say so; tests/workflow/test_suites.py holds it.
for told in (
    workflow.resource_settings._parsed_overwrite_resources,
    workflow.resource_settings._parsed_overwrite_threads,
):
    for rule in [rule for rule in told if not rule.startswith(PREFIXES)]:
        for prefix in PREFIXES:
            told.setdefault(prefix + rule, told[rule])

for study in STUDIES:
    study_ = PREFIX[study]

    module:
        name: study
        snakefile:
            f"{workflow.basedir}/Snakefile"
        config:
            {"files": [str(STUDIES[study].file)]}

    use rule * from study as study_*


config["suite"] = SUITE  # the script gets it so


rule judge_suite:
    input:
        scores=[f"{study.results}/scores.json" for study in SUITE.studies],
        quantities=[f"{study.results}/quantities.zarr/zarr.json" for study in SUITE.studies],
        provenance=[f"{study.results}/provenance.json" for study in SUITE.studies],
        observations=suitefile.observation_files(SUITE),
    output:
        scores=update(f"{SUITE.results}/scores.json"),
        page=report(f"{SUITE.results}/report.html", category="Suites", labels={"suite": SUITE.name}),
    log:
        f"{SUITE.results}/logs/judge.log",
    threads: workflow.cores
    params:
        tests=suitefile.digest_of(SUITE),
        sources=steps.suite_staleness(SUITE),
    script:
        "../scripts/suite.py"
