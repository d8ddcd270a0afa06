# Needs nothing but make and a Python of at least 3.11; the rest is installed into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$python"; break; fi; done)
BIN := .venv/bin
INSTALLED := .venv/installed
# More than there are cores on a small machine: many tests wait for a process or for a clock.
CORES := --numprocesses 3 --dist worksteal
SUITE := -m 'not real and not slow and not docs and not crash and not consumers' $(CORES)
# Programs that read what we place, each with its own huggingface_hub, and frameworks by others.
CLIENTS := .venv-consumers .venv-client-1 .venv-client-0 .venv-frameworks
# The lower bounds of [project] dependencies, as pins.
LOWEST = $(shell sed -n '/^dependencies = \[/,/^\]/s/^ *"\([A-Za-z0-9_.-]*\)>=\([0-9.]*\).*/\1==\2/p' pyproject.toml)

# Without bytecode every start compiles every module again: no figure to measure, and no start to wait for.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test check fmt lint type cov docs picture locked bench slow real crash consumers hub1 lowest pythons clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "%-9s %s\n", $$1, $$2}' Makefile

install: $(INSTALLED)  ## set up .venv

demo: $(INSTALLED)  ## the whole story on an embedded Hub and GitHub
	$(BIN)/modellock demo

test: $(INSTALLED)  ## the tests
	$(BIN)/pytest $(SUITE)

check: lint type test docs locked  ## all that must pass before a change goes in

fmt: $(INSTALLED)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

lint: $(INSTALLED)  ## format and lint rules, nothing changed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: $(INSTALLED)  ## mypy, strict
	$(BIN)/mypy

cov: $(INSTALLED)  ## the tests, with what they leave out
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(SUITE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

docs: $(INSTALLED)  ## run the commands of README and docs, follow their links
	$(BIN)/pytest -m docs $(CORES)

picture: $(INSTALLED)  ## draw docs/terminal.svg anew
	$(BIN)/python docs/terminal.py

locked: $(INSTALLED)  ## the repository's own lock fits its own manifest
	$(BIN)/modellock lock --check

bench: $(INSTALLED)  ## timings against their baselines
	$(BIN)/python -m tests.benchmarks

slow: $(INSTALLED)  ## what takes long: processes killed, many at once, or of others
	$(BIN)/pytest -m slow --numprocesses 6 --dist worksteal

real: $(INSTALLED) .venv-olah/installed  ## against programs and files by others
	$(BIN)/pytest -m real

crash: $(INSTALLED)  ## each change of a disk killed, refused, out of room; takes strace
	$(BIN)/pytest -m crash $(CORES)

consumers: $(CLIENTS:%=%/installed)  ## transformers and others load what sync has placed
	.venv-consumers/bin/pytest -m consumers --numprocesses 2 --dist loadfile

hub1: .venv-hub1/installed  ## the tests with huggingface_hub 1.33
	.venv-hub1/bin/pytest $(SUITE)
	.venv-hub1/bin/pytest -m slow $(CORES) tests/integration/test_{shared_cache,layout_hf_cache,hub_environment,closure_sync}*.py

lowest: .venv-lowest/installed  ## the tests with the lowest versions of all dependencies
	.venv-lowest/bin/pytest $(SUITE)

pythons: $(INSTALLED)  ## the tests with every other Python found here
	@own=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	for version in 3.11 3.12 3.13 3.14; do \
		if [ $$version = $$own ]; then continue; fi; \
		for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
			if "$$python" -c '' 2>/dev/null; then \
				$(MAKE) .venv-$$version/installed PYTHON="$$python" || exit 1; \
				.venv-$$version/bin/pytest $(SUITE) || exit 1; \
				break; \
			fi; \
		done; \
	done

clean:  ## remove what the targets above made
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .coverage

# $(call set-up,FOLDER,WHAT PIP INSTALLS)
define set-up
	@test -n "$(PYTHON)" || { echo 'no Python >= 3.11 found; name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	"$(PYTHON)" -m venv $(1)
	$(1)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(1)/bin/python -m pip install --quiet $(2)
	touch $(1)/installed
endef

$(INSTALLED): pyproject.toml
	$(call set-up,.venv,--editable . --group dev)
	$(BIN)/python -m compileall -q src

.venv-hub1/installed: pyproject.toml
	$(call set-up,.venv-hub1,--editable . --group test 'huggingface_hub==1.33.*')

.venv-lowest/installed: pyproject.toml
	$(call set-up,.venv-lowest,--editable . --group test $(LOWEST))

.venv-3.%/installed: pyproject.toml
	$(call set-up,.venv-3.$*,--editable . --group test)

# torch is the CPU build where pip's configuration leads to one.
.venv-consumers/installed: pyproject.toml
	$(call set-up,.venv-consumers,--editable . --group consumers)

.venv-client-1/installed:
	$(call set-up,.venv-client-1,'huggingface_hub==1.33.*')

# torch is that of .venv-consumers, which transformers 4 can use too.
.venv-client-0/installed: .venv-consumers/installed
	$(call set-up,.venv-client-0,'huggingface_hub==0.36.*' 'transformers==4.57.*')
	realpath .venv-consumers/lib/python*/site-packages > "$$(echo .venv-client-0/lib/python*/site-packages)/torch.pth"

# torch is that of .venv-consumers. Whisper comes without the compiler for GPUs that it asks for.
.venv-frameworks/installed: .venv-consumers/installed
	"$(PYTHON)" -m venv .venv-frameworks
	realpath .venv-consumers/lib/python*/site-packages > "$$(echo .venv-frameworks/lib/python*/site-packages)/torch.pth"
	$(call set-up,.venv-frameworks,--editable . --group frameworks)
	.venv-frameworks/bin/python -m pip install --quiet --no-deps --group frameworks-alone

# olah pins versions that clash with ours.
.venv-olah/installed:
	$(call set-up,.venv-olah,olah==0.5.4)
