# Every daily command. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
REPORTS ?= 20000
PROVINCE ?= soctrang
SEED ?= 1
PORT ?= 8050
CLOCK ?= 104-weeks-behind
STATE ?= .demo

.PHONY: help setup lock demo demo-nyc test lint format types chromium screenshots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

setup: .venv/ready ## the environment, in .venv

.venv/ready: requirements/dev.txt pyproject.toml
	python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check uv==$$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements/dev.txt)
	.venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/dev.txt
	.venv/bin/uv pip install --quiet --python $(PY) --no-deps --editable .
	touch $@

lock: ## requirements/*.in -> requirements/*.txt, pinned with hashes
	for f in base dev; do .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" --python-version 3.11 \
	  requirements/$$f.in -o requirements/$$f.txt; done

demo: setup ## a living store, the ETL and the dashboard on localhost (REPORTS= PROVINCE= SEED= PORT= CLOCK=now)
	.venv/bin/ioc demo --state $(STATE) --reports $(REPORTS) --province $(PROVINCE) --seed $(SEED) --port $(PORT) --clock $(CLOCK)

demo-nyc: setup ## the same product on a file of another city (FILE=… PORT=…)
	.venv/bin/ioc demo-nyc --state .demo-nyc --port $(PORT) "$(FILE)"

test: setup chromium lint types ## everything that has to hold, a real browser included
	.venv/bin/pytest -n 2 --dist loadfile

lint: setup ## style and import directions
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports --no-cache

types: setup ## static types
	.venv/bin/mypy

format: setup ## put the code in its one format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

chromium: ## a browser for the tests, through apt where that works
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	 { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	   DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	 { echo "Chromium is missing: install it (Debian, Ubuntu: sudo apt-get install chromium) and run this again." >&2; exit 1; }

screenshots: setup chromium ## docs/screenshots/*.png of every page of a running demo's twin
	$(PY) -m tests.screenshots

bench-%: setup ## bench-deadlines, bench-draw, bench-etl, bench-geo, bench-map, bench-pixel: tables and one line of JSON
	$(PY) -m tests.bench.bench_$*

soak-%: setup ## soak-etl: the long form of the fault tests
	.venv/bin/pytest -q -rP --show-capture=stdout tests/soak/soak_$*.py

clean: ## delete the demo's state and the tests' servers' data
	rm -rf .demo .demo-nyc .test
