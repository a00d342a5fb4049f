# `make demo` and `make test` are all that a newcomer needs; both set up what they use.
PYTHON ?= python3
BIN := .venv/bin

# The main job: the demonstration network and the VIPER reader study, from files to pages.
.PHONY: demo bench setup setup-dev lock test lint types contracts clean

demo: setup
	$(BIN)/overread demo --out out

setup: .venv/installed

setup-dev: .venv/installed-dev

.venv/installed: requirements/core.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Overread needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/core.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.venv/installed-dev: .venv/installed requirements/dev.txt requirements/irrcac.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/irrcac.txt
	touch $@ .venv/installed

# Hashes of every wheel, no index lines: the lock names no registry.
lock: setup-dev
	$(BIN)/python -m pip install --quiet 'uv>=0.9,<1'
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras --extra build pyproject.toml -o requirements/core.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras --extra build --extra dev --extra spark pyproject.toml -o requirements/dev.txt

test: setup-dev
	scripts/install-test-packages
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 40

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy

contracts: setup-dev
	$(BIN)/lint-imports

clean:
	rm -rf .venv out

# Minutes at its own size; `make bench SIZE=full` takes 10 million exams.
SIZE ?= small

bench: setup-dev
	$(BIN)/python -m bench --size $(SIZE)

# The coverage of every interval, written to docs/coverage.md: a few minutes.
.PHONY: coverage
coverage: setup-dev
	$(BIN)/python -m bench.coverage
