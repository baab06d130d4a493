# Every target, in the plain commands that do the same without make, stands in README.md, "Without make".
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
export NHSBN_HOME ?= $(CURDIR)/var
# Keep compiled modules whatever the shell says: without them each start compiles Dagster anew, ten seconds a time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements.lock pyproject.toml
	@echo "Making a virtual environment in $(VENV) from requirements.lock ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --no-deps --no-compile -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Adding what the tests need from requirements-dev.lock ..."
	@$(PIP) install --require-hashes --no-deps --no-compile -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.run ## Invent a trust's extracts at a tenth of its size, and make last year's tools and those of 2025-26-Q1
	@$(BIN)/nhsbn synth "$(NHSBN_HOME)" --scale 0.1
	@$(BIN)/nhsbn run mhlda_indicators 2024-25-Q1
	@$(BIN)/nhsbn history load "$(NHSBN_HOME)"/out/mhlda_indicators/2024-25-Q1/*/mhlda_indicators.xlsx
	@$(BIN)/nhsbn run mhlda_indicators 2025-26-Q1

ui: $(VENV)/.run ## Open the Dagster UI on http://127.0.0.1:3000 over what the demo made
	@$(BIN)/nhsbn ui

test: $(VENV)/.dev ## Run every check and every test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar sql
	@$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(VENV)/.dev ## Time the whole run at the size of a real trust (some minutes)
	@$(BIN)/python -m bench.run

lock: $(VENV)/.dev ## Pin every dependency anew
	@$(PIP) install uv
	@$(BIN)/python scripts/lock.py

clean: ## Remove the virtual environment and the demo's home folder
	rm -rf $(VENV) var

.PHONY: help demo ui test bench lock clean
