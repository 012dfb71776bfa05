# Everything runs in .venv, which each target makes or brings up to date first (.ci/venv). Needs git and Python 3.11+.
# The tests of signatures need ssh-keygen too.
# `make demo` and `make test` are the two commands to try; the rest is for work on lanegate itself.

PYTHON ?=
export PYTHON

BIN := .venv/bin
JOBS ?= auto
# A run is repeated with the seed that it printed: make test LANEGATE_SEED=…
SEED_OPTION = $(if $(LANEGATE_SEED),--hypothesis-seed=$(LANEGATE_SEED))
# COVERAGE=1: under coverage, for `make cover` and CI.
PYTEST = $(BIN)/python $(if $(COVERAGE),-m coverage run) -m pytest -n $(JOBS) $(SEED_OPTION)

.PHONY: help demo test test-extra cover cover-report cover-core lint soak bench bench-vref readme reference clean

help:
	@echo 'make demo    clone this repository into a server with hooks, and watch commits and pushes being judged'
	@echo 'make test    the tests'
	@echo 'make test-extra   the tests that need gitolite3 with sshd, zsh and fish'
	@echo 'make lint    ruff, mypy, import-linter'
	@echo 'make cover   the tests under coverage, with its limits'
	@echo 'make cover-core   the same of the rules alone, much quicker'
	@echo 'make soak    the random tests, many more of them'
	@echo 'make readme  the transcripts of README.md and docs/, and the terminal picture, from what the commands print now'
	@echo 'make reference   docs/reference.md, from the policy grammar, the commands and the codes'
	@echo 'make bench   speed and memory, on generated repositories (REPO=… for a real one)'
	@echo 'make bench-vref   a large push, against gitolite (which must be there)'

demo:
	@.ci/venv run
	@$(BIN)/python docs/demo.py

test:
	@.ci/venv dev
	@rm -f .coverage .coverage.*
	$(PYTEST)

# Fails where one of these programs is missing; `make test` asks for none of them.
test-extra:
	@.ci/venv dev
	$(BIN)/python -m pytest -m extra

cover: export COVERAGE = 1
cover: test cover-report

# Every branch of the rules, and nearly all of the rest.
cover-report:
	@$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --include='lanegate/core/*' --fail-under=100 --show-missing --skip-covered
	$(BIN)/python -m coverage report --fail-under=90 --precision=1 --show-missing --skip-covered

# The rules alone, by their own tests: a minute. CI asks for this; `make cover` is run by hand before a release.
cover-core: export COVERAGE = 1
cover-core:
	@.ci/venv dev
	@rm -f .coverage .coverage.*
	$(PYTEST) tests/core
	@$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --include='lanegate/core/*' --fail-under=100 --show-missing --skip-covered

lint:
	@.ci/venv dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=bench $(BIN)/mypy --explicit-package-bases docs/demo.py docs/reference.py docs/terminal_picture.py bench/*.py
	$(BIN)/lint-imports --no-logo

# LANEGATE_EXAMPLES: how many times the usual number; LANEGATE_HISTORIES: how many.
soak: export LANEGATE_EXAMPLES ?= 20
soak: export LANEGATE_HISTORIES ?= 500
soak: export LANEGATE_SEED := $(or $(LANEGATE_SEED),$(shell date +%s))
soak:
	@.ci/venv dev
	@echo 'seed: LANEGATE_SEED=$(LANEGATE_SEED)'
	$(PYTEST)

# The transcripts and the picture of README.md and docs/, made anew from what the commands print now.
readme: export LANEGATE_UPDATE = 1
readme:
	@.ci/venv dev
	$(BIN)/python -m pytest -n 0 tests/docs/test_demo.py tests/docs/test_readme.py tests/docs/test_acceptance.py \
	  tests/docs/test_tutorial.py tests/docs/test_terminal_picture.py

reference:
	@.ci/venv run
	$(BIN)/python docs/reference.py

bench:
	@.ci/venv run
	$(BIN)/python bench/verify.py $(REPO)
	$(BIN)/python bench/push.py $(REPO)
	$(BIN)/python bench/hook.py
	$(BIN)/python bench/matching.py
	$(BIN)/python bench/acceptance.py
	$(BIN)/python bench/lookup.py

bench-vref:
	@.ci/venv run
	$(BIN)/python bench/vref.py

clean:
	rm -rf .venv .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage .coverage.*
