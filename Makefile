# The words of this file are those of README.md and of .ci/run.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup tools lab lab-down site test lint unit contract terraform roles site-test images bench requirements outdated docs clean

# Without compiled files each start of Ansible and each module that talks to Kubernetes takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

PYTHON3 ?= python3
BIN := .venv/bin
LAB := PYTHONPATH=tests $(BIN)/python -m lab
INVENTORY ?= inventories/local

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## Check the prerequisites, create .venv from the pins
	@$(PYTHON3) scripts/setup.py

tools: setup ## Build the rehearsal's tools into .lab/bin (cached by content)
	@$(LAB) tools

lab: tools ## Start the rehearsal environment
	@$(LAB) up

lab-down: ## Stop the rehearsal environment; its state stays
	@$(LAB) down

site: ## Set up everything and run site.yml on inventories/local
	@$(PYTHON3) scripts/steps.py \
	  'Set up .venv=$(MAKE) --no-print-directory setup' \
	  'Build tools=env PYTHONPATH=tests $(BIN)/python -m lab tools' \
	  'Start rehearsal=env PYTHONPATH=tests $(BIN)/python -m lab up' \
	  'Run site.yml=$(BIN)/ansible-playbook site.yml -i $(INVENTORY)'

# Processor time is what tests lack, not memory: Go's programs collect garbage less often.
test: export GOGC ?= 400
test: ## Run every test but those of `make images`; FRESH=1: also long ones that passed with the same inputs
	@$(PYTHON3) scripts/steps.py \
	  'Set up .venv=$(MAKE) --no-print-directory setup' \
	  'Build tools=env PYTHONPATH=tests $(BIN)/python -m lab tools' \
	  'Start rehearsal=env PYTHONPATH=tests $(BIN)/python -m lab up' \
	  'Tests=$(BIN)/pytest -q -m "not engine" -n 3 --dist loadfile --no-loadscope-reorder --durations=25 $(if $(FRESH),,--not-again)'

lint: ## ruff, mypy, yamllint, ansible-lint, terraform fmt
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy scripts inventories/local tests/lab collections/ansible_collections/applied_ai/platform/plugins
	@$(BIN)/yamllint --strict .
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/ansible-lint --offline
	@terraform fmt -check -recursive terraform tests/lab/terraform

unit: ## Tests that need nothing but Python
	@$(BIN)/pytest -q -m "not lab and not slow"

contract: ## Tests of the repository on itself
	@$(BIN)/pytest -q tests/contract

terraform: ## terraform validate and terraform test, offline
	@$(BIN)/pytest -q tests/terraform

roles: ## Molecule on the rehearsal environment
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/molecule test --all

images: ## Build and run images with BuildKit and runc (needs root; make test does not do it)
	@$(BIN)/pytest -q -m engine tests/images

bench: ## Timings, side by side with what one would do by hand
	@$(BIN)/python tests/benchmarks/rerun.py

requirements: ## Pin requirements/*.in with hashes
	@for f in bootstrap runtime dev emulator; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.12 \
	    requirements/$$f.in -o requirements/$$f.txt; done

outdated: ## Compare the add-ons' pins with what their repositories offer (needs a network)
	@PATH="$${LAB_DIR:-.lab}/bin:$$PATH" $(BIN)/python scripts/outdated.py

docs: ## Write the generated parts of the READMEs
	@$(BIN)/python scripts/role_docs.py
	@$(BIN)/python scripts/addon_docs.py

clean: ## Remove everything that was made here, the rehearsal included
	@if [ -x $(BIN)/python ]; then $(LAB) clean; fi
	@rm -rf .venv .lab .platform .cache .ansible .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
