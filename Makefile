# `make` lists what there is to do. Everything runs in environments that are made here, under .venv*.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first of these that runs and is new enough; override with `make PYTHON=…`.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$name -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
RUN := $(VENV)/bin/python
PIP_OPTIONS := --disable-pip-version-check --quiet
# A switch such as FORCE=1 is on; empty, or FORCE=0, it is off.
on = $(filter-out 0,$(1))

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- the environment ---------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.ready ## Make the maintainer's environment, if it is not there or out of date.

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or later found; install one, or give PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install $(PIP_OPTIONS) -r requirements/dev.txt
	$(RUN) -m pip install $(PIP_OPTIONS) --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: lock
lock: setup ## Pin requirements/*.in, with all that they pull in, in requirements/*.txt.
	$(RUN) -m pip install $(PIP_OPTIONS) uv
	for name in dev demo audit bench-boto3 bench-aiobotocore bench-httpx bench-aiohttp bench-urllib3 bench-wrapper; do \
		$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
			--upgrade requirements/$$name.in -o requirements/$$name.txt || exit 1; done

# ---- the contract chain ------------------------------------------------------------------------

.PHONY: regen
regen: setup ## Regenerate the raw client from the spec. FORCE=1 overwrites edits by hand.
	@$(RUN) -m scripts.regen $(if $(call on,$(FORCE)),--force)

.PHONY: contract-diff
contract-diff: setup ## Check every link of the contract chain. UPSTREAM=service-2.json[.gz] CHECK=name JSON=1
	@$(RUN) -m scripts.contract_diff $(CHECK) $(if $(UPSTREAM),--upstream "$$UPSTREAM") $(if $(call on,$(JSON)),--json)

.PHONY: partitions
partitions: setup ## Compare the table of partitions with the pinned botocore's. WRITE=1 brings it in line.
	@$(RUN) -m scripts.partitions $(if $(call on,$(WRITE)),--write)

.PHONY: record-release
record-release: setup ## Record today's spec and public API as those of the version in pyproject.toml.
	@$(RUN) -m scripts.record_release

# ---- checks and tests --------------------------------------------------------------------------

.PHONY: check
check: setup ## Lint and type-check everything.
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/yamllint --strict openapi
	$(VENV)/bin/openapi-spec-validator openapi/sagemaker-runtime.yaml
	$(RUN) -m mypy
	$(VENV)/bin/pyright

.PHONY: audit
audit: .venv-audit/.ready ## Look for known vulnerabilities in all that is pinned. SERVICE=osv asks another database.
	@for name in bench-wrapper dev demo audit; do echo "requirements/$$name.txt" && \
		.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
		$(if $(SERVICE),-s $(SERVICE)) -r requirements/$$name.txt || exit 1; done

.venv-audit/.ready: requirements/audit.txt
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or later found; install one, or give PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install $(PIP_OPTIONS) -r requirements/audit.txt
	@touch $@

.PHONY: test
test: setup ## Run every test.
	$(RUN) -m pytest

.PHONY: test-fast
test-fast: setup ## Run the tests that are fast enough to run on every save.
	$(RUN) -m pytest -m 'not slow'

.PHONY: explore
explore: setup ## Run the tests that make their examples up, with new ones each time.
	$(RUN) -m pytest -m hypothesis --hypothesis-profile exploring

.PHONY: soak
soak: setup ## Send many calls through a proxy that breaks one in ten. CALLS=20000
	$(RUN) -m tests.faults.soak --calls $(if $(CALLS),$(CALLS),20000)

.PHONY: test-all
test-all: ## Run every test on every Python that is present, from 3.11 on.
	@$(PYTHON) -m scripts.every_python $(MAKE)

.PHONY: build
build: setup ## Build the wheel and the source distribution under dist/.
	rm -rf dist
	$(RUN) -m build --no-isolation

.PHONY: clean
clean: ## Remove everything that is made here.
	rm -rf .venv* .demo .bench dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- speed -------------------------------------------------------------------------------------

.PHONY: bench
bench: setup ## Measure this client beside others, and refresh docs/benchmarks.*. ROUNDS=5 OPTIONS='--only signing'
	@$(RUN) -m benchmarks $(if $(OPTIONS),$(OPTIONS),--json .bench/results.json --plot) $(if $(ROUNDS),--rounds $(ROUNDS))

.PHONY: bench-check
bench-check: setup ## Fail when a ratio that must be reached is missed, on an idle machine. ROUNDS=5
	@$(RUN) -m benchmarks --check $(if $(ROUNDS),--rounds $(ROUNDS))

# ---- to see it work ----------------------------------------------------------------------------

.PHONY: demo
demo: .venv-demo/.ready ## Train, serve and call a real model on this machine, in all three ways.
	@.venv-demo/bin/python -m examples.demo

.venv-demo/.ready: requirements/demo.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or later found; install one, or give PYTHON=…" >&2; exit 2; }
	@echo "Setting up .venv-demo …"
	@$(PYTHON) -m venv .venv-demo
	@.venv-demo/bin/python -m pip install $(PIP_OPTIONS) -r requirements/demo.txt
	@.venv-demo/bin/python -m pip install $(PIP_OPTIONS) --no-deps --no-build-isolation -e .
	@touch $@
