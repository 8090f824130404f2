"""Runs of a trajectory, each job a batch of them. Started by simcore.trajectory.snakejobs, which writes the plan."""


rule all:
    localrule: True
    input:
        expand("{number}.done", number=range(config["jobs"])),


rule runs:
    output:
        "{number}.done",
    log:
        "{number}.log",
    wildcard_constraints:
        number=r"\d+",
    threads: config["threads"]
    resources:
        attempt=lambda wildcards, attempt: attempt,
    shell:
        "{config[python]:q} -m simcore.trajectory.batch {wildcards.number} --token {config[token]}"
        " --attempt {resources.attempt} --processes {threads} > {log:q} 2>&1"
