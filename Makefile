# make run    the main study, from nothing to results/brunel/report.html; again: nothing to be done
# make test   the tests
# Each target makes what it needs: .venv is made of envs/constraints.txt when it is missing or older than that.
# Needs Python 3.11 or newer, git and make. ARGS="…" is handed on: make run ARGS="--config trials=1"

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
CORES  ?= $(shell getconf _NPROCESSORS_ONLN)
STUDY  ?= params/brunel.yaml
VENV   ?= .venv
BIN    := $(VENV)/bin
PEERS  ?= .venv-peers
PEERS_PYTHON ?= python3.13
READY  := $(VENV)/.made-of-constraints

.PHONY: help run minimal test slurm lint bench bench-spiking bench-cable unlock clean

help:
	@sed -n 's/^# \(make\)/\1/p' Makefile
	@echo "make minimal  all of the workflow in small, in a minute"
	@echo "make slurm    tests of the SLURM profile on a real SLURM, which they start and stop"
	@echo "make lint     ruff, snakefmt and Snakemake's own lint"
	@echo "make bench    side by side with the peers of envs/peers.txt"
	@echo "make bench-spiking  networks side by side with NEST and Brian2, in an environment that it makes of envs/peers.txt"
	@echo "make bench-cable  detailed cells side by side with NEURON, CoreNEURON and Arbor, in the same environment"
	@echo "make unlock   after kill -9 of Snakemake: unlock the folder, keep runs that were finished meanwhile"
	@echo "make clean    remove results of the minimal study, caches and .venv; results of other studies stay"

run: $(READY)
	$(BIN)/snakemake --cores $(CORES) --configfile $(STUDY) $(ARGS)

minimal: $(READY)
	$(BIN)/snakemake --cores $(CORES) --configfile params/minimal.yaml $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 $(ARGS)

# A SLURM of two nodes on this machine, started and stopped by the tests. Skipped, with the reason, where there is none
# and it cannot be installed (which takes root and apt).
slurm: $(READY)
	SIMCORE_SLURM=1 $(BIN)/python -m pytest tests/slurm $(ARGS)

# Of Snakemake's lint one complaint is tolerated: no conda environment or container for each rule. This is a pip
# project: envs/constraints.txt pins and hashes one environment for all rules.
lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/snakefmt --check -l 120 Snakefile workflow/rules
	@said=$$($(BIN)/snakemake --lint --configfile params/minimal.yaml 2>&1) || true; \
	echo "$$said" | grep -q '^Lints for' || { echo "$$said"; exit 1; }; \
	! echo "$$said" | grep '^Lints for\|^    \* ' | grep -v 'Specify a conda environment or container' | \
		grep -B1 '^    \* '

# Brian2 2.11 needs Python 3.13
bench-spiking: $(READY)
	test -x $(PEERS)/bin/python || { $(PEERS_PYTHON) -m venv $(PEERS) && $(PEERS)/bin/pip install -q -r envs/peers.txt; }
	$(BIN)/python tests/benchmarks/spiking/bench_spiking.py --peers $(PEERS)/bin/python $(ARGS)

bench-cable: $(READY)
	test -x $(PEERS)/bin/python || { $(PEERS_PYTHON) -m venv $(PEERS) && $(PEERS)/bin/pip install -q -r envs/peers.txt; }
	$(BIN)/python tests/benchmarks/cable/bench_cable.py --peers $(PEERS)/bin/python $(ARGS)

bench: $(READY)
	@for script in tests/benchmarks/*/bench_*.py; do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit 1; done

unlock: $(READY)
	$(BIN)/python workflow/resume.py --configfile $(STUDY) $(ARGS)

clean:
	rm -rf $(VENV) results/minimal .snakemake .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find simcore tests workflow -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): envs/constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found; name one: make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r envs/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
