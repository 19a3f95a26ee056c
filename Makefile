# Everything one does with this repository. `make` alone says what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The python that makes the environment; any CPython from 3.11 on.
PYTHON ?= python3
# Test processes side by side; more arguments for pytest, for example ARGS="-k voucher --database=sqlite".
JOBS ?= auto
ARGS ?=
# Examples for each property and operation in `make fuzz`.
FUZZ_EXAMPLES ?= 1000
# `make requirements UPGRADE=--upgrade` takes the newest versions instead of keeping those that still fit.
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
COMPILE := $(BIN)/uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11 $(UPGRADE)

.PHONY: help setup run test check format bench fuzz requirements clean

help: ## what can be made (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.test ## the environment in .venv, with everything the tests need; quick when there is nothing to do
	@requirements/debian test

run: $(VENV)/.run ## the example township: sets up, imports it, prints an address and a login for each role, serves
	@requirements/debian run
	@exec $(BIN)/lianjian demo

test: setup check ## everything CI runs: the checks, then all tests on SQLite and on PostgreSQL
	$(BIN)/python -m pytest -n $(JOBS) --dist=worksteal $(ARGS)

check: $(VENV)/.test ## format, lint, types, walls, image and compose file
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(if $(wildcard web/templates),$(BIN)/djlint --lint --quiet web/templates)
	$(BIN)/hadolint docker/Dockerfile
	$(BIN)/compose-lint check --quiet --skip-suppressed --strict-config --fail-on low --config docker/.compose-lint.yml docker/compose.yaml

format: $(VENV)/.test ## lays out the code and mends what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test ## the published benchmarks (PERFORMANCE.md)
	$(BIN)/lianjian bench $(ARGS)

fuzz: $(VENV)/.test ## the property and API tests for long: FUZZ_EXAMPLES each
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest -n $(JOBS) -m fuzz --hypothesis-profile=fuzz $(ARGS)

requirements: $(VENV)/.test ## writes requirements/*.txt from pyproject.toml, with hashes and without addresses
	$(COMPILE) pyproject.toml --extra build --extra proof -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra build --extra proof --extra test --extra dev -c requirements/run.txt -o requirements/test.txt

clean: ## removes the environment and what tools have written
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: an environment is as new as the list it was installed from. The project goes in as a path to this folder,
# so a changed source file needs no second installation; a changed entry point (pyproject.toml) does.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv is missing; on Debian, as root: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements/run.txt pyproject.toml
	@echo "Installing requirements/run.txt"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@echo "Installing requirements/test.txt"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/test.txt
	@touch $@
