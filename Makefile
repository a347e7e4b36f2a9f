# Two commands matter: `make run` and `make test`. Both do all the set-up they need.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
CATALOGUES := $(wildcard */locale/*/LC_MESSAGES/django.po)

.PHONY: setup setup-dev run test test-all check format bench lock schema messages pictures clean

setup: $(VENV)/.run $(VENV)/.catalogues

setup-dev: $(VENV)/.dev $(VENV)/.catalogues

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/.run

# Compiled catalogues are built files: never committed, made at set-up.
$(VENV)/.catalogues: $(CATALOGUES) | $(VENV)/bin/python
	for po in $(CATALOGUES); do $(BIN)/pybabel --quiet compile --input-file $$po --output-file $${po%.po}.mo || exit 1; done
	touch $@

$(VENV)/.catalogues: $(wildcard $(VENV)/.run)

run: setup
	$(BIN)/python manage.py demo --port $(PORT)

test: setup-dev
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser"

test-all: setup-dev
	$(BIN)/python -m pytest -n 2
	.ci/with-postgresql $(BIN)/python -m pytest -n 2 -m "not browser"

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff - api/v1/schema.yaml

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The peers live in an environment of their own. DATABASE_URL may name an empty database on PostgreSQL.
$(VENV)-bench/.done: requirements-bench.lock
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@

bench: $(VENV)-bench/.done
	$(VENV)-bench/bin/python -m bench
	$(VENV)-bench/bin/python -m bench.audit_chain

# One lock for every supported Python; it names no registry.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml

lock: setup-dev
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --group bench --constraint requirements.lock --output-file requirements-bench.lock

schema: setup-dev
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file api/v1/schema.yaml

# New sentences of the source go into the catalogues, sentences that are gone leave them.
messages: setup-dev
	$(BIN)/python -m tests.messages

# Of a demo that `make run` is serving.
pictures: setup-dev
	$(BIN)/python docs/pictures/take.py http://localhost:8000 var/papers

clean:
	rm -rf $(VENV) $(VENV)-bench var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
