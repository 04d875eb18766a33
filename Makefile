# `make help` lists the commands. Nothing but Python 3.11 or newer and make has to be installed before.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUESTS ?= 1000
# Clean, bandit still complains of lines where an exception stands, so it is heard only where it found something.
UNSAFE := $(BIN)/bandit -q -ll -r app.py referral workers
LINT := $(BIN)/ruff format --check . && $(BIN)/ruff check . && { $(UNSAFE) 2>/dev/null || { $(UNSAFE); false; }; } && $(BIN)/mypy
# What is imported is compiled then; compiling all of it here would take half a minute.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-compile --require-hashes

.PHONY: help run test lint format catalogues bench chaos sbom licences lock clean chromium
.DEFAULT_GOAL := help

help:
	@echo "make run     start the whole service on this machine (demo data unless DEMO=0); Ctrl-C stops it"
	@echo "make test    format, lint, types and every test, browser tests included"
	@echo "make lint    format, lint, unsafe patterns and types only"
	@echo "make format  rewrite the code in the project's format"
	@echo "make catalogues  bring the catalogues of the pages' languages up to the texts in the code"
	@echo "make bench   the benchmarks beside their baselines"
	@echo "make chaos   the long tests that kill processes, all cases of each property, the fault run on both databases"
	@echo "make sbom    write what the service is made of into var/sbom.json (CycloneDX)"
	@echo "make licences  whose licences its packages carry"
	@echo "make lock    resolve the dependencies of pyproject.toml anew into both requirements files"
	@echo "make clean   remove the virtual environment and caches; data under ./var stays"

run: $(VENV)/run.stamp
	@export DEMO="$${DEMO:-1}"; exec $(BIN)/python -m referral.supervisor

# Lint and types run beside the tests, and say what they found when the tests are done. Compiled files are kept whatever
# the environment says: each process that the tests start would else compile the project anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/dev.stamp chromium
	@findings=$$(mktemp) && trap 'rm -f "$$findings"' EXIT; \
	{ $(LINT); } >"$$findings" 2>&1 & lint=$$!; \
	$(BIN)/pytest -n 3 --dist worksteal -m "not chaos"; tests=$$?; \
	wait $$lint; linted=$$?; cat "$$findings"; \
	test $$tests -eq 0 && test $$linted -eq 0

lint: $(VENV)/dev.stamp
	$(LINT)

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A text that is new comes in without its translation, and a test names it until somebody has written it.
CATALOGUE := referral/translations
catalogues: $(VENV)/dev.stamp
	@mkdir -p var
	$(BIN)/pybabel -q extract -F $(CATALOGUE)/babel.cfg -k phrase:1 -k counted:1,2 --no-location --sort-output --omit-header -o var/messages.pot .
	for language in $$(cd $(CATALOGUE) && ls -d */); do $(BIN)/pybabel -q update -l $${language%/} -i var/messages.pot \
	  -o $(CATALOGUE)/$${language}LC_MESSAGES/messages.po --no-fuzzy-matching --ignore-obsolete --width 120 --ignore-pot-creation-date || exit 1; done

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.benchmarks

chaos: $(VENV)/dev.stamp
	$(BIN)/pytest --hypothesis-profile=all -m "chaos or hypothesis or browser"
	$(BIN)/python -m tests.chaos --requests $(REQUESTS)

# Of the packages that run, pinned as they are; those of developers are not part of the service.
sbom: $(VENV)/dev.stamp
	@mkdir -p var
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible -o var/sbom.json
	@echo "var/sbom.json lists $$(grep -c '"purl"' var/sbom.json) packages."

licences: $(VENV)/dev.stamp
	@$(BIN)/pip-licenses --python $(BIN)/python --order license \
		--packages $$(sed -n 's/^\([a-z0-9][a-z0-9._-]*\).*==.*/\1/p' requirements.txt)

# The tool that resolves is needed here alone, so it gets an environment of its own that does not stay. "Universal"
# since one file serves every platform and Python version: some packages are needed by a few of them only.
# `make lock UPGRADE=--upgrade` takes the newest versions; without it only what pyproject.toml demands changes.
lock:
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	$(PYTHON) -m venv "$$scratch/venv" && "$$scratch/venv/bin/pip" install --quiet uv && \
	compile() { "$$scratch/venv/bin/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--generate-hashes --custom-compile-command "make lock" $(UPGRADE) "$$@"; } && \
	compile -o requirements.txt && compile --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written when the installation has come to its end, so an interrupted one is taken up again.
$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	@echo "Installing the dependencies; this takes about a minute the first time …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt | $(BIN)/python
	@echo "Installing the dependencies and the development tools; this takes about a minute the first time …"
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/run.stamp $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; \`$(PYTHON)\` is not. Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The browser tests drive Debian's chromium. Without it they are skipped, or fail when CI=true.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing chromium for the browser tests …"; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
			apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1 || \
		echo "chromium could not be installed with apt-get."; \
	else \
		echo "chromium is not installed, and only root can install it with apt-get."; \
	fi
