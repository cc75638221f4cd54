# Everything a developer does here. "make help" lists it.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
FIND_PYTHON := tests/tools/find_python.sh

.PHONY: help venv test-venv demo test test-fast test-matrix lint docs bench clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

venv: ## make .venv: newest Python (3.10 on), newest ansible-core it runs, what the demo needs
	@python=$$($(FIND_PYTHON) 3.10) && \
	"$$python" tests/tools/make_venv.py $(VENV) -r tests/requirements-venv.txt --link-collection

test-venv: ## make .venv with all test tools too (Python 3.11 on)
	@python=$$($(FIND_PYTHON) 3.11) && \
	"$$python" tests/tools/make_venv.py $(VENV) -r tests/requirements-venv.txt --link-collection && \
	"$$python" tests/tools/make_venv.py $(VENV) -r tests/requirements-test.txt

clean: ## remove what the other targets made
	rm -rf $(VENV) .ansible .cache .hypothesis .mypy_cache .nox .pytest_cache .ruff_cache build collections demo-output tests/output
