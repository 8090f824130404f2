"""Benchmarks as a workflow of their own: nothing is done again until a benchmark or what it measures has changed.

    snakemake -s workflow/benchmark.smk --cores all [--config peers=PYTHON arguments="--rows CUBA"]

results/benchmark/<name>/ then has what the benchmark writes, and provenance.json: commit, differences from it, environment,
machine, command, and digests of the numbers. peers: the Python of an environment with envs/peers.txt, for NEST and Brian2.
"""

from pathlib import Path

SPIKING = Path("tests/benchmarks/spiking")
BENCHMARKS = {  # name: script, arguments
    "spiking": ("bench_spiking.py", f"--peers {config['peers']}" if "peers" in config else ""),
    "profiles": ("profile_networks.py", ""),
    "scaling": ("bench_scaling.py", "--image results/benchmark/scaling/scaling.png"),
    "startup": ("bench_startup.py", ""),
}


rule all:
    default_target: True
    input:
        expand("results/benchmark/{name}/provenance.json", name=BENCHMARKS),


rule benchmark:
    input:
        script=lambda w: SPIKING / BENCHMARKS[w.name][0],
        sources=sorted(
            str(p) for p in Path("simcore").rglob("*.py") if p.parts[1] in ("engine", "kernels", "models", "rng")
        ),
    output:
        "results/benchmark/{name}/provenance.json",
    log:
        "results/benchmark/{name}/benchmark.log",
    wildcard_constraints:
        name="|".join(BENCHMARKS),
    threads: workflow.cores  # nothing else runs meanwhile
    params:
        arguments=lambda w: f"{BENCHMARKS[w.name][1]} {config.get('arguments', '')}".split(),
    script:
        "scripts/benchmark.py"
