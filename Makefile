# Everything a newcomer, a developer and the nightly machine type. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_FOLDER ?= registry-home
PATIENTS ?= 20000

# Modules are compiled once and not in each process that a test starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-daemon test-scale test-all lint ui bench lock lineage docs pot pictures clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-test.lock
	touch $@

setup: $(VENV)/.ready ## environment only: .venv/bin/registry

demo: $(VENV)/.ready ## the demonstration study: exports in, a released registry out
	REGISTRY_HOME=$(HOME_FOLDER) $(BIN)/registry demo
	REGISTRY_HOME=$(HOME_FOLDER) $(BIN)/registry refresh

test: $(VENV)/.ready-test ## tests
	$(BIN)/python -m pytest

test-daemon: $(VENV)/.ready-test ## with daemon or web server at work: deliveries, kills, units, browser, PostgreSQL, dg (minutes)
	$(BIN)/python -m pytest tests/e2e tests/deploy tests/docs tests/orchestration tests/explore -m "daemon and not long"

test-scale: $(VENV)/.ready-test ## refreshes on three Celery workers, with kills of workers, broker and database (many minutes)
	tests/scale/install
	PATIENTS=$(PATIENTS) $(BIN)/python -m pytest tests/scale -n 0 -m scale

test-all: test ## tests, and then the long ones, those with the daemon too
	$(BIN)/python -m pytest -m "long or daemon"

lint: $(VENV)/.ready-test ## one linter, one formatter, one type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

ui: $(VENV)/.ready ## Dagster's web interface and daemon on loopback
	REGISTRY_HOME=$(HOME_FOLDER) $(BIN)/registry ui

bench: $(VENV)/.ready-test ## the benchmarks (minutes)
	$(BIN)/python -m benchmarks.refresh_speed
	$(BIN)/python -m benchmarks.query_speed
	$(BIN)/python -m benchmarks.sensor_speed
	$(BIN)/python -m benchmarks.canary_speed

lineage: $(VENV)/.ready ## renew warehouse/lineage/lineage.json after editing SQL
	$(BIN)/python -m warehouse.lineage.table_lineage

docs: $(VENV)/.ready-test ## renew the generated pages of docs/
	$(BIN)/python -m tests.spec.render
	$(BIN)/python -m tests.docs.render
	$(BIN)/python -m tests.against_r.render

pot: $(VENV)/.ready-test ## renew languages/registry.pot and bring the catalogues up to it and report.pot, after editing a sentence
	$(BIN)/python -m tools.site_sentences
	$(BIN)/python -m tools.report_sentences

pictures: $(VENV)/.ready-test ## renew the README's pictures of the interface (needs chromium)
	$(BIN)/python -m tests.docs.pictures

lock: ## renew both locks from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock --extra build --extra postgres
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-test.lock --extra build --extra postgres --extra dg --extra serve --extra lake --extra sql --extra places --extra celery --extra test -c requirements.lock

clean: ## remove the environment and caches; never a registry home
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
