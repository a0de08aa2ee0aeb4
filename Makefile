# Every command of the project. The first line of a group that needs Python makes .venv by itself, once.

PYTHON ?= python3
UV ?= uv
HOST ?= 127.0.0.1
DOCKER ?= docker
IMAGE ?= fastapi_sample
ARCHITECTURE ?= x86_64
ECR_REPOSITORY ?= sample/fast-api-sample
export LAMBDA_APP_PORT LOCAL_AWS_PORT EDGE_CALLER_PORT
export DOCKER IMAGE ARCHITECTURE ECR_REPOSITORY

READY := .venv/.ready
RUN := .venv/bin/python
GROUPS := lambda_app edge_caller local_aws dev

.DEFAULT_GOAL := help
.PHONY: help setup demo local-dev run-lambda run-edge test test-interop lint format check lock clean
.PHONY: build run local-dev-docker demo-docker ecr-create ecr-login push test-container bench-image doctor

help:  ## list the commands
	@awk '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {sub(/:.*## /, "\t"); split($$0, p, "\t"); \
	  printf "  make %-16s %s\n", p[1], p[2]}' $(MAKEFILE_LIST)

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

test-interop: $(READY)  ## clients that others wrote, from npm and the system (needs Node and curl)
	@cd tests/interop && npm ci --silent
	@$(RUN) -m pytest -m interop

lint: $(READY)  ## ruff
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

format: $(READY)  ## let ruff put the sources in order
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .

check: lint  ## ruff, mypy --strict, and the fast tests
	@$(RUN) -m mypy
	@$(RUN) -m pytest

##@ Container
build:  ## the Lambda function's image, for ARCHITECTURE=x86_64 or arm64
	@$(PYTHON) -m scripts.images lambda

run: build  ## that image as `docker run` runs it: the app alone, on port 8000
	@exec $(DOCKER) run $$(test -t 0 && echo -it) --rm -p $(HOST):$(or $(LAMBDA_APP_PORT),8000):8000 $(IMAGE)

local-dev-docker: $(READY)  ## local-dev in containers: emulator, adapter and app as on Lambda
	@exec $(RUN) -m scripts.local_dev --docker

demo-docker: $(READY)  ## the calls of demo, through those containers
	@$(RUN) -m scripts.demo --docker

ecr-create:  ## make the repository ECR_REPOSITORY in AWS_REGION, where it isn't there yet
	@$(PYTHON) -m scripts.push create

ecr-login:  ## let Docker log in to ECR (for 12 hours)
	@$(PYTHON) -m scripts.push login

push:  ## push the image, tagged with its commit and latest
	@$(PYTHON) -m scripts.push push

test-container: $(READY)  ## the tests that need Docker: the real adapter, emulator and registry
	@$(RUN) -m pytest -m container

bench-image:  ## what the image costs, beside one built as tutorials do (needs Docker; minutes)
	@$(PYTHON) -m benchmarks.image

doctor:  ## list the tools, their versions, and how to get what is missing
	@$(PYTHON) -m scripts.doctor

##@ Maintain
lock:  ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@for group in $(GROUPS); do $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-header --upgrade --group $$group -o requirements/$$group.txt || exit 1; done

clean:  ## remove what the commands made (never .dev.vars)
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/interop/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
