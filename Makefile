# Two commands matter: `make demo` and `make test`. Both create their own virtual environment.
#
#   make demo                        compare a real ImageNet classifier with WordNet (report.html);
#                                    then train two small models on drawings (runs/demo/report.html)
#   make demo-imagenet               the first half alone, without PyTorch
#   make test                        install everything, run every test, doctest and documented example
#   make test-minimal                the core tests with no extra installed, in an environment of its own
#   make test-browser                reports in a real Chromium (Debian's is installed if missing, as root)
#   make coverage                    every test, and how much of the code they reach
#   make search                      property tests on new random examples, ROUNDS times over
#   make mutants                     change the code line by line: which changes would no test notice?
#   make kills                       kill what writes at random moments: is anything lost, or half-written?
#   make calibration                 simulate: are p-values, intervals and verdicts what they say?
#   make fuzz                        search for files and command lines that readers can't take
#   make docs                        the documentation site, notebooks executed (build/docs/index.html)
#   make notebooks                   the notebooks as .ipynb, to open in Jupyter (build/notebooks)
#   make bench                       time and memory beside other libraries (docs/benchmarks.md)
#   make lint                         ruff, mypy, and the contract of imports
#   make check                       lint + test-minimal + docs + test: what continuous integration runs
#   make release-check               all Pythons, lowest dependency versions, a bare wheel install
#
# Overridable: PYTHON (python3), VENV (.venv), JOBS (2), ROUNDS (3), PIP_ARGS, PYTEST_ARGS,
# DEMO_ARGS, MUTANTS_ARGS, KILLS_ARGS, CALIBRATION_ARGS, FUZZ_ARGS, BENCH_ARGS, DOCS_ARGS.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
ROUNDS ?= 3
PIP_ARGS ?=
PYTEST_ARGS ?=
DEMO_ARGS ?=
MUTANTS_ARGS ?=
KILLS_ARGS ?=
CALIBRATION_ARGS ?=
FUZZ_ARGS ?=
BENCH_ARGS ?=
DOCS_ARGS ?=

BIN := $(VENV)/bin
MINIMAL := $(VENV)-minimal
PIP := $(BIN)/python -m pip install --quiet -c constraints.txt $(PIP_ARGS)
SETUP := pyproject.toml constraints.txt

# BLAS threads and test workers would otherwise compete for the same cores.
export OMP_NUM_THREADS ?= 1

.PHONY: demo demo-imagenet demo-training test test-minimal test-browser coverage search mutants kills calibration fuzz bench docs notebooks lint check release-check docs-examples clean help
.DEFAULT_GOAL := help
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' Makefile

# Stamps lie inside the environment: deleting the folder is all a fresh start takes.
$(VENV)/.stamp-pip:
	@$(PYTHON) -c 'import sys; sys.exit("hiertools needs Python 3.11 to 3.13; this is %d.%d. Name one, as in: make demo PYTHON=python3.12" % sys.version_info[:2] if not (3, 11) <= sys.version_info[:2] <= (3, 13) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.stamp-demo: $(VENV)/.stamp-pip $(SETUP)
	$(PIP) -e .
	@touch $@

$(VENV)/.stamp-torch: $(VENV)/.stamp-pip $(SETUP)
	$(PIP) -e ".[torch]"
	@touch $@

$(VENV)/.stamp-test: $(VENV)/.stamp-pip $(SETUP)
	$(PIP) -e ".[all]" --group test
	@touch $@ $(VENV)/.stamp-demo $(VENV)/.stamp-torch

# The wheel itself, not the checkout: what a plain `pip install hiertools` gives.
$(MINIMAL)/.stamp: $(SETUP)
	$(PYTHON) -m venv --clear $(MINIMAL)
	$(MINIMAL)/bin/python -m pip uninstall --quiet --yes setuptools
	$(MINIMAL)/bin/python -m pip install --quiet -c constraints.txt $(PIP_ARGS) . \
		$$($(MINIMAL)/bin/python tests/verification/requirements.py test-minimal)
	@touch $@

$(VENV)/.stamp-lint: $(VENV)/.stamp-test
	$(PIP) --group lint
	@touch $@

# All that continuous integration installs there: resolved at once, not group by group.
$(VENV)/.stamp-all: $(VENV)/.stamp-pip $(SETUP)
	$(PIP) -e ".[all]" --group test --group lint --group docs --group browser
	@for name in demo torch test lint docs browser all; do touch $(VENV)/.stamp-$$name; done

# The first report is there before PyTorch is installed for the second.
demo: demo-imagenet demo-training

demo-imagenet: $(VENV)/.stamp-demo
	$(BIN)/hiertools demo $(DEMO_ARGS)

demo-training: $(VENV)/.stamp-torch
	$(BIN)/hiertools_torch demo

# Doctests of the modules, the unit tests, and every code block of README.md and docs/*.md.
test: $(VENV)/.stamp-test
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

# Tests say by a mark what they need beyond that; `pytest` alone, or the checkout would be imported.
# Arithmetic and property tests run in `test`: no missing extra could change what they find.
test-minimal: $(MINIMAL)/.stamp
	$(MINIMAL)/bin/python -m pip install --quiet --no-deps --force-reinstall $(PIP_ARGS) .
	$(MINIMAL)/bin/pytest -q -n $(JOBS) --dist worksteal tests/core --as-installed \
		-m "not arithmetic and not hypothesis" $(PYTEST_ARGS)

$(VENV)/.stamp-browser: $(VENV)/.stamp-test
	$(PIP) --group browser
	@touch $@

# A browser that is there is taken: chromium, chromium-browser, google-chrome, or what CHROMIUM names.
test-browser: $(VENV)/.stamp-browser
	@test -n "$$CHROMIUM" || command -v chromium || command -v chromium-browser || \
		command -v google-chrome || test "$$(id -u)" != 0 || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; }
	$(BIN)/python -m pytest -q tests/browser $(PYTEST_ARGS)

coverage: $(VENV)/.stamp-test
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term $(PYTEST_ARGS)

# `test` draws the same examples each time; this draws others, for somebody who goes looking.
search: $(VENV)/.stamp-test
	for round in $$(seq $(ROUNDS)); do \
		HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -n $(JOBS) --dist worksteal \
			-m hypothesis tests/core tests/torch $(PYTEST_ARGS) || exit 1; \
	done

# An hour or two on one core; goes on where it stopped. MUTANTS_ARGS="--seconds 600" stops it.
mutants: $(VENV)/.stamp-test
	nice $(BIN)/python tests/verification/mutants.py $(MUTANTS_ARGS)

# Half an hour on one core; goes on where it stopped, and keeps each kill as soon as it is known what
# it left. KILLS_ARGS="--seconds 600 --only train" stops it, and keeps to some; --fresh kills anew.
kills: $(VENV)/.stamp-test
	nice $(BIN)/python tests/verification/kills $(KILLS_ARGS)

# Some hours on one core; goes on where it stopped, and keeps each job as soon as it is done.
# CALIBRATION_ARGS="--seconds 600 --only ties" stops it, and keeps to some; --stale measures again
# what would come out otherwise today.
calibration: $(VENV)/.stamp-test
	nice $(BIN)/python tests/verification/calibration $(CALIBRATION_ARGS)

# Without atheris, which installs on few systems, hypothesis makes the inputs.
$(VENV)/.stamp-fuzz: $(VENV)/.stamp-test
	-$(PIP) --group fuzz
	@touch $@

# Ten minutes a target, seven hours in all; goes on where it stopped, and keeps each minute as soon
# as it is over. FUZZ_ARGS="--seconds 600 --only npz" stops it, and keeps to some.
fuzz: $(VENV)/.stamp-fuzz
	nice $(BIN)/python tests/verification/fuzz $(FUZZ_ARGS)

# Peers that don't install here are left out of their rows.
$(VENV)/.stamp-bench: $(VENV)/.stamp-test
	-$(PIP) --group bench
	-$(PIP) --group bench-from-source
	@touch $@

# Half an hour; goes on where it stopped, and keeps each row as soon as it is measured. Nothing else
# should run meanwhile. BENCH_ARGS="--seconds 600 --only linkage" stops it, and keeps to some;
# --large also measures what takes minutes and many GB; --quick only tries every row.
bench: $(VENV)/.stamp-bench
	$(BIN)/python tests/benchmarks $(BENCH_ARGS)

$(VENV)/.stamp-docs: $(VENV)/.stamp-test
	$(PIP) --group docs
	@touch $@

# Warnings are errors, and nothing is fetched. DOCS_ARGS=--fast executes neither notebooks nor gallery.
docs: $(VENV)/.stamp-docs
	$(BIN)/python docs/site/build.py $(DOCS_ARGS)

notebooks: $(VENV)/.stamp-docs
	mkdir -p build/notebooks
	for page in examples/notebooks/*.md; do \
		$(BIN)/python -m jupytext --quiet --to ipynb \
			--output build/notebooks/$$(basename $$page .md).ipynb $$page || exit 1; \
	done

docs-examples: $(VENV)/.stamp-test
	$(BIN)/python -m pytest tests/docs $(PYTEST_ARGS)

lint: $(VENV)/.stamp-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: lint test-minimal docs test

release-check:
	bash tests/verification/release_check.sh

clean:
	rm -rf .venv .venv-minimal .coverage build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
