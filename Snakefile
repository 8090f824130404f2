"""params/*.yaml → runs → trajectory → quantities → scores → provenance → report. See docs/workflow.md.

params/suites/*.yaml → all of that for each of its experiments → one matrix of scores. See docs/validation.md.
"""

from snakemake.utils import min_version

min_version("9.27")


report: "workflow/report/workflow.rst"


if "experiments" in config:  # a suite: the rules of its studies are modules made of this file

    include: "workflow/rules/suite.smk"

    rule suite:
        default_target: True
        input:
            f"{SUITE.results}/report.html",
            [f"{study.results}/{made}" for study in SUITE.studies for made in ("report.html", "runs.tsv")],

else:

    include: "workflow/rules/common.smk"
    include: "workflow/rules/expand.smk"
    include: "workflow/rules/simulate.smk"
    include: "workflow/rules/merge.smk"
    include: "workflow/rules/derive.smk"
    include: "workflow/rules/validate.smk"
    include: "workflow/rules/trace.smk"
    include: "workflow/rules/report.smk"
    include: "workflow/rules/archive.smk"
    include: "workflow/rules/article.smk"

    rule all:
        default_target: True
        input:
            f"{RESULTS}/report.html",
            f"{RESULTS}/trajectory.zarr/zarr.json",
            f"{RESULTS}/quantities.zarr/zarr.json",
            f"{RESULTS}/runs.tsv",
