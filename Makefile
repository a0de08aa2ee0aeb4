# Every command of the project. The first line of a group that needs Python makes .venv by itself, once.

PYTHON ?= python3
UV ?= uv
HOST ?= 127.0.0.1
export LAMBDA_APP_PORT LOCAL_AWS_PORT EDGE_CALLER_PORT

READY := .venv/.ready
RUN := .venv/bin/python
NODE_READY := tests/interop/node_modules/.package-lock.json
GROUPS := lambda_app edge_caller local_aws worker dev signing_peers

.DEFAULT_GOAL := help
.PHONY: help setup demo local-dev run-lambda run-edge test test-interop test-faults lint format check \
  worker-build worker-dev worker-secrets worker-deploy bench-signing bench-edge lock clean

help:  ## list the commands
	@awk '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {sub(/:.*## /, "\t"); split($$0, p, "\t"); \
	  printf "  make %-14s %s\n", p[1], p[2]}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt scripts/setup.py
	@$(PYTHON) scripts/setup.py

##@ Run
setup: $(READY)  ## make .venv (the other commands do it themselves)

demo: $(READY)  ## eight calls against the local stack, explained; ends by itself
	@$(RUN) -m scripts.demo

local-dev: $(READY)  ## all three services with reload, until Ctrl-C
	@exec $(RUN) -m scripts.local_dev

run-lambda: $(READY)  ## the FastAPI app alone, on port 8000
	@exec $(RUN) -m uvicorn lambda_app.main:app --host $(HOST) --port $(or $(LAMBDA_APP_PORT),8000)

run-edge: $(READY)  ## the edge caller alone, on port 8787, with .dev.vars: the article's last step
	@exec $(RUN) -m edge_caller --host $(HOST) --port $(or $(EDGE_CALLER_PORT),8787)

##@ Check
test: $(READY)  ## the fast tests: no Docker, Node or network
	@$(RUN) -m pytest

test-interop: $(READY) $(NODE_READY)  ## clients that others wrote, from npm and the system (needs Node and curl)
	@$(RUN) -m pytest -m interop

$(NODE_READY): tests/interop/package-lock.json
	@cd tests/interop && npm ci --silent && touch ../../$@

test-faults: $(READY)  ## the real three as processes, and what goes wrong with them: about a minute
	@$(RUN) -m pytest -m faults

lint: $(READY)  ## ruff
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

format: $(READY)  ## let ruff put the sources in order
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .

check: lint  ## ruff, mypy --strict, and the fast tests
	@$(RUN) -m mypy
	@$(RUN) -m pytest

##@ Measure
bench-edge: $(READY)  ## the edge caller beside Workers on workerd (needs Node and openssl)
	@$(RUN) benchmarks/edge.py

bench-signing: benchmarks/.venv/.ready  ## what a signature costs, beside other signers (needs Node for some)
	@cd benchmarks/signing_peers && command -v npm >/dev/null && npm ci --silent || true
	@benchmarks/.venv/bin/python -m benchmarks.signing

benchmarks/.venv/.ready: requirements/signing_peers.txt
	@$(PYTHON) -m venv --clear benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip install --quiet --require-hashes -r requirements/signing_peers.txt
	@touch $@

##@ Cloudflare Worker (needs uv, Node 22 and the internet)
worker-build:
	@$(PYTHON) -m scripts.worker_build

worker-dev: worker-build  ## the edge caller as a Worker on this machine, on port 8787, with .dev.vars
	@cd worker && exec $(UV) run --quiet pywrangler dev --port $(or $(EDGE_CALLER_PORT),8787) --env-file ../.dev.vars

worker-secrets:  ## put what stands in .dev.vars to Cloudflare, as the Worker's secrets
	@cd worker && exec $(UV) run --quiet pywrangler secret bulk ../.dev.vars

worker-deploy: worker-build  ## deploy the edge caller as a Worker
	@cd worker && exec $(UV) run --quiet pywrangler deploy

##@ Maintain
lock:  ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@for group in $(GROUPS); do $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-header --upgrade --group $$group -o requirements/$$group.txt || exit 1; done

clean:  ## remove what the commands made (never .dev.vars)
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/interop/node_modules tests/interop/.cache \
	  worker/src/edge_caller worker/python_modules worker/.venv worker/.venv-workers worker/.wrangler worker/pylock.toml \
	  benchmarks/.venv benchmarks/*/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
