# Each target sets itself up from a bare clone; it needs Linux, make and Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input install
LOCKED := $(PIP) --no-deps --require-hashes --requirement

# npm is a script that looks for node.
export PATH := $(BIN):$(PATH)

.PHONY: install run test check bench mutants conformance lock clean

install: $(VENV)/installed

run: $(VENV)/installed
	$(BIN)/verifier sandbox $(ARGS)

# Three workers for two cores: each waits a third of its time, for browsers, disks and processes.
test: $(VENV)/installed-dev
	$(BIN)/python -m tests.parts
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/contract/test_house.py

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.load.bench

# Takes the defences out one at a time (docs/mutants.md). ARGS chooses some: a room, a file, words of a name.
mutants: $(VENV)/installed-dev
	$(BIN)/python -m tests.mutants $(ARGS)

# For the public conformance suites (docs/conformance.md): says on one line where it listens. PORT changes the port.
conformance: $(VENV)/installed-dev
	@$(BIN)/python -m tests.conformance

# Universal locks: one for the service (with what builds it), one for the tests, that adds to it; and of Madblog, real
# software that the tests run apart, and of what builds it. No index address in any.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock: $(VENV)/installed-dev
	$(COMPILE) pyproject.toml --extra sandbox --group build --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra sandbox --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock
	echo madblog | $(COMPILE) - --output-file tests/stranger/madblog.lock
	echo setuptools | $(COMPILE) - --output-file tests/stranger/build.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		tests/stranger/node_modules tests/stranger/.venv tests/stranger/.go

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) >/dev/null \
		|| { $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV)/bin/python --quiet install pip; } \
		|| { echo "$(PYTHON) can make no virtual environment here: install its venv module (Debian: python3-venv)." >&2; exit 1; }
	@touch $@

$(VENV)/installed: $(VENV)/made requirements.lock pyproject.toml
	@echo "Installing requirements.lock into $(VENV)" >&2
	@$(LOCKED) requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@echo "Installing requirements-dev.lock into $(VENV)" >&2
	@$(LOCKED) requirements-dev.lock
	@touch $@
