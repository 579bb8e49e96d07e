# Two commands: `make demo` and `make test`. Each sets everything up first; the second time that costs nothing.
#
# Needs Python 3.11 or later, and make. Everything else goes into .venv, from lock files that hold versions and hashes.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Processes that share the tests; a file of tests stays in one of them, so that what it sets up is set up once.
WORKERS ?= 2
# Further arguments of the command that a target ends with: make test ARGS="-k resolver"
ARGS ?=
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help demo serve setup setup-dev test check format long benchmark lock clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*##\(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.run  ## set up, match the demo territory, open the dashboard
	$(BIN)/symbiosis demo $(ARGS)

serve: $(VENV)/.run  ## set up, open the dashboard
	$(BIN)/symbiosis serve $(ARGS)

test: $(VENV)/.dev  ## set up, run the tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile $(ARGS)

check: $(VENV)/.dev  ## style, types, docstrings, import contracts, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers $(WORKERS) || $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	find src -name '*.py' -exec $(BIN)/numpydoc lint {} +
	$(BIN)/python -m pytest -q tests/test_docs.py

format: $(VENV)/.dev  ## write the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

long: $(VENV)/.dev  ## tests of minutes: killed children, fuzzed files, soak
	$(BIN)/python -m pytest -q -m long $(ARGS)
	SYMBIOSIS_EXAMPLES=all $(BIN)/python -m pytest -q tests/properties $(ARGS)

benchmark: $(VENV)/.dev  ## measure time, memory and quality of the matching
	$(BIN)/python -m pytest -q -m benchmark -s $(ARGS)

lock: $(UV)  ## resolve the dependencies again; commit the three files
	$(LOCK) $(ARGS) pyproject.toml -o requirements.lock
	$(LOCK) $(ARGS) pyproject.toml --group dev --constraints requirements.lock -o requirements-dev.lock
	$(LOCK) $(ARGS) --group setup --constraints requirements-dev.lock -o requirements-setup.lock

clean:  ## remove the environment and everything that can be made again
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find src tests datasets app.py -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

setup: $(VENV)/.run  ## set up for use

setup-dev: $(VENV)/.dev  ## set up for development

$(UV): requirements-setup.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found. If it has another name: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make an environment with pip. On Debian and Ubuntu: sudo apt install python3-venv, then run make again."; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@touch $@

$(VENV)/.run: $(UV) requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@
