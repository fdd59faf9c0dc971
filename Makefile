PYTHON := .venv/bin/python

.PHONY: run test lint unit system soak bench lock clean

run:            ## set up, start everything on this machine, and be a phone; ASTERISK=1 with an Asterisk for a softphone
	@.ci/setup run
	@$(PYTHON) -m gateway simulate $(if $(ASTERISK),--asterisk)

test: ready lint unit system  ## set up, then everything that CI checks

.PHONY: ready
ready:
	@.ci/setup test

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo

unit:
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -m "not system"
	$(PYTHON) -m coverage combine -q
	$(PYTHON) -m coverage report --fail-under=92
	$(PYTHON) -m coverage report --fail-under=95 --include="gateway/core/*"
	$(PYTHON) -m coverage report --fail-under=95 --include="smpp/*" --omit="smpp/simulator/*"

system:
	$(PYTHON) -m pytest -m system

SEEDS ?= 200-2000
soak: ready     ## the simulation of the whole daemon over many seeds: make soak SEEDS=1000-9000
	$(PYTHON) -m tests.simulation --seeds $(SEEDS)

bench:          ## hot-spots found, AGI commands, and complete queries a second against the generator that ZHENMA_SMSCLOAD names
	@.ci/setup test
	$(PYTHON) -m gateway.insight.benchmark
	$(PYTHON) -m ivr.benchmark
	$(PYTHON) -m tests.bench

lock:           ## pin the newest versions that pyproject.toml admits
	$(PYTHON) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --extra insight --extra speech --extra postgresql pyproject.toml -o requirements.lock
	$(PYTHON) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --all-extras pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv .cache var build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
