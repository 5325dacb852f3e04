PROJECT ?=
BIN := .venv/bin

# What leaks in from outside must not reach our Python; without bytecode every start costs double.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

.PHONY: help run test check bench docs lock setup clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: .venv/ready ## open the workbench on PROJECT, or on a small project with a planted bug
	@$(BIN)/workbench $(if $(PROJECT),"$(PROJECT)",demo)

test: .venv/ready ## the whole suite
	$(BIN)/pytest -n auto --dist loadgroup

check: .venv/ready ## format, lint, types, floors, dependencies
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: .venv/ready ## measure, and write docs/benchmarks.md
	$(BIN)/python -m bench

docs: .venv/ready ## docs/_build/html, with warnings as errors
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

lock: .venv/ready ## make requirements/*.txt anew (tools/lock --upgrade: newer versions)
	tools/lock

setup: ## make .venv, also when it looks ready
	@tools/setup

clean: ## remove all that make made
	rm -rf .venv dist docs/_build .hypothesis .*_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/ready: requirements/all.txt pyproject.toml tools/setup
	@tools/setup

# A .venv that was made in another folder is not ready.
ifneq ($(file <.venv/checkout),$(CURDIR))
.PHONY: .venv/ready
endif
