# The commands of this project. People, pre-commit and CI call these targets and nothing else.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
IMAGE := touchline:0.1.0
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-package touchline-contracts

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(INSTALLED) ## make .venv, with all that is needed and the command `touchline` in it

# What is installed is right as long as none of these files is newer than the stamp.
$(INSTALLED): requirements/dev.txt requirements/create-venv.sh pyproject.toml contracts/pyproject.toml
	@requirements/create-venv.sh $(VENV)
	@echo "Installing what requirements/dev.txt lists into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable contracts --editable .
	@$(BIN)/python -m pip check || { echo "The lock is behind pyproject.toml: run \`make lock\`."; exit 1; }
	@touch $@

.PHONY: lock
lock: | $(BIN)/uv ## pin all dependencies with hashes (UPGRADE=1: to their newest versions)
	$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --extra grading --group dev --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/main.txt
	$(LOCK) --constraint requirements/dev.txt --group build --output-file requirements/build.txt
	$(LOCK) --constraint requirements/dev.txt --group mutants --output-file requirements/mutants.txt

$(BIN)/uv:
	@$(MAKE) setup

.PHONY: check
check: setup ## formatting, lint, types, architecture, and whether the schemas are current
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict services contracts
	$(BIN)/lint-imports
	$(BIN)/python -m touchline_contracts.generate --check

.PHONY: test
test: setup ## run all tests (PYTEST_ARGS="-k promise" for some)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: coverage
coverage: setup ## which branches of the domain its tests take; fails below 95 %
	$(BIN)/python -m coverage run -m pytest --quiet tests/experience $(PYTEST_ARGS)
	$(BIN)/python -m coverage report

.PHONY: mutants
mutants: $(VENV)/.mutants ## which small faults in the domain its tests find (SAMPLE=20 SEED=4 ONLY="waits promises")
	$(BIN)/python -m tests.mutants $(if $(ONLY),--only $(ONLY)) $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed $(SEED)) $(MUTANTS_ARGS)

$(VENV)/.mutants: $(INSTALLED) requirements/mutants.txt
	@echo "Installing what requirements/mutants.txt lists into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/mutants.txt
	@touch $@

.PHONY: outages
outages: setup ## play each outage five times on Apache Kafka, and print what was counted (RUNS=3: three times)
	RUNS=$(or $(RUNS),5) $(BIN)/python -m pytest tests/live/outages $(PYTEST_ARGS)

.PHONY: faults
faults: setup ## break everything on purpose, and count what came of it (FAULTS_ARGS="--only kills --on sqlite --seed 4")
	$(BIN)/python -m tests.faults $(FAULTS_ARGS)

.PHONY: soak
soak: setup ## the same for an hour: a thousand kills, a million events (FAULTS_ARGS="--tier rehearsal" for minutes)
	$(BIN)/python -m tests.faults --tier soak --on sqlite postgresql $(FAULTS_ARGS)

.PHONY: noise
noise: setup ## how many pages a month of three stores is for whoever is on call (NOISE_ARGS="--days 7 --seed 4")
	$(BIN)/python -m tests.noise $(NOISE_ARGS)

.PHONY: pictures
pictures: setup ## take the pictures of the managers' pages anew, in docs/pictures/console (needs chromium)
	$(BIN)/python -m tests.console

.PHONY: bench
bench: setup ## measure the speed on Apache Kafka (ONLY=ingest, EVENTS=30000, STRICT=1: fail on a missed target)
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(EVENTS),--events $(EVENTS)) \
		$(if $(STRICT),--strict) $(BENCH_ARGS)

.PHONY: grade-orders
grade-orders: setup ## how good the forecast is beside gradient boosting, on real orders (ORDERS=FOLDER)
	$(BIN)/python -m tests.grade_orders $(or $(ORDERS),$(error name the folder with the tables: ORDERS=FOLDER))

.PHONY: demo
demo: setup ## watch a simulated day in three stores (FOR=30s ends it by itself)
	$(BIN)/touchline demo $(if $(FOR),--for $(FOR))

.PHONY: up
up: setup ## start the broker, all services and the managers' page on this machine
	$(BIN)/touchline up

.PHONY: format
format: setup ## put the code into the one format, and repair what ruff can repair
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: image
image: ## build the container image of all services (needs a container engine with Compose)
	docker compose config --quiet
	docker build --file deploy/Dockerfile --tag $(IMAGE) .

.PHONY: compose-test
compose-test: setup ## docker-compose.yml from nothing to healthy, through a story and an outage (about five minutes)
	$(BIN)/python -m tests.compose $(COMPOSE_TEST_ARGS)

.PHONY: clean
clean: ## remove .venv, caches and build results; not what `touchline up` has stored
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage mutants \
		build dist contracts/dist
	find services contracts tests -name __pycache__ -type d -prune -exec rm -rf {} +
