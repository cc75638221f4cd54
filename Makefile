# Everything a developer does here. "make help" lists it.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
WORKERS ?= 2
FIND_PYTHON := tests/tools/find_python.sh
MAKE_VENV := tests/tools/make_venv.py $(VENV)
# File by file, tools first (tests/conftest.py), each to the worker that is free; tests of one file share their fixtures.
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help venv test-venv demo test test-fast resilience test-matrix lint scenario format docs bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

venv: ## make .venv: the newest Python found (3.10 on), the newest ansible-core it runs, what the demo needs
	@python=$$($(FIND_PYTHON) 3.10) && "$$python" $(MAKE_VENV) -r tests/requirements-venv.txt --link-collection

test-venv: ## the same with all test tools (Python 3.11 on)
	@python=$$($(FIND_PYTHON) 3.11) && "$$python" $(MAKE_VENV) -r tests/requirements-venv.txt --link-collection && \
	"$$python" $(MAKE_VENV) -r tests/requirements-test.txt

demo: venv ## protect 20 volumes on a second simulated cluster, lose the first cluster, fail over
	@$(PY) -m tests.demo

test: test-venv ## all tests and tools; the last line is pytest's
	@$(PY) tests/tools/chromium.py
	@DATA_MOTION_TOOLS_REQUIRED=1 DATA_MOTION_TRAFFIC_REQUIRED=1 $(PYTEST) --durations=15 tests

test-fast: test-venv ## all tests but the tools and the slow ones
	@$(PYTEST) -m "not tool and not slow" tests

resilience: test-venv ## every write of a failover and a failback interrupted in every way (make test takes every sixth)
	@DATA_MOTION_ALL_INTERRUPTIONS=1 $(PYTEST) --dist load tests/resilience

test-matrix: test-venv ## ansible-test sanity and units on every supported ansible-core from 2.18 on
	@$(PY) tests/tools/matrix.py

scenario: test-venv ## the molecule scenario of one role: make scenario ROLE=backend_failover
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ANSIBLE_HOME="$(CURDIR)/.cache/molecule" $(VENV)/bin/molecule test -s "$(ROLE)"

lint: test-venv ## linters and checkers only
	@$(PYTEST) tests/tooling/test_linters.py

format: test-venv ## bring all Python files into the shape that lint asks for
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format .

docs: test-venv ## build the pages of all modules and roles as HTML into build/docs
	@$(PY) tests/tools/build_docs.py build/docs

bench: test-venv ## playbooks measured: seconds, requests, memory; BENCH="--volumes 10,200 --rivals 0" for another choice
	@$(PY) -m tests.benchmark $(BENCH)

clean: ## remove what the other targets made
	rm -rf $(VENV) .ansible .cache .hypothesis .mypy_cache .nox .pytest_cache .ruff_cache build collections demo-output tests/output
