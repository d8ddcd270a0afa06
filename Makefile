# Works with nothing but make and a Python of at least 3.11; the rest is installed into .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

# A start without bytecode compiles every module again, which is no figure to measure and no start to wait for.
unexport PYTHONDONTWRITEBYTECODE

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 found: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	$(BIN)/python -m compileall -q src
	touch $@

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(STAMP)  ## set up .venv

.PHONY: demo
demo: $(STAMP)  ## run the whole story on an embedded Hub and GitHub
	$(BIN)/modellock demo

.PHONY: test
test: $(STAMP)  ## run the tests
	$(BIN)/pytest -m 'not real and not bench'
