# make demo | test | lint | clean. Each makes the environment it needs in .venv, and again when pyproject.toml changed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
# every test process computes on one core; two processes share two cores
TEST_ENV := OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1

.PHONY: help demo test lint clean
.DELETE_ON_ERROR:

help:
	@echo "make demo   caption the image pairs and the scene that come with the package, and write a page to look at"
	@echo "make test   run the tests"
	@echo "make lint   check style and types"
	@echo "make clean  remove .venv and everything built"

demo: $(VENV)/.core
	@$(BIN)/deltascribe demo

test: $(VENV)/.dev
	@$(TEST_ENV) $(BIN)/python -m pytest -q -n $(JOBS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean:
	@rm -rf $(VENV) build dist demo-report .pytest_cache .mypy_cache .ruff_cache
	@find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "deltascribe needs Python 3.11 or newer, but '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)."; \
		echo "Install one, then say which: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	@echo "Installing deltascribe into $(VENV) (once; PyTorch takes a while) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing deltascribe with all that its tests need into $(VENV) (once; PyTorch takes a while) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.core
