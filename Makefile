# Every command of the project. The first line of a group that needs Python makes .venv by itself, once.

PYTHON ?= python3
UV ?= uv
HOST ?= 127.0.0.1
DOCKER ?= docker
IMAGE ?= fastapi_sample
ARCHITECTURE ?= x86_64
export LAMBDA_APP_PORT LOCAL_AWS_PORT EDGE_CALLER_PORT
export DOCKER IMAGE ARCHITECTURE

READY := .venv/.ready
RUN := .venv/bin/python
# Side by side, and without collecting the tiers that have a target of their own.
TEST := $(RUN) -m pytest --numprocesses auto --dist loadfile $(addprefix --ignore tests/,interop faults container)
NODE_READY := tests/interop/node_modules/.package-lock.json
GROUPS := lambda_app edge_caller local_aws worker dev signing_peers aws_tools
AWS_TOOLS := infra/.venv/.ready
AWS_STEPS := ecr-create ecr-login push aws-up aws-function aws-url aws-policy aws-user aws-key aws-check aws-call \
  aws-rotate-key aws-destroy deploy destroy

.DEFAULT_GOAL := help
.PHONY: help setup demo local-dev run-lambda run-edge test test-all test-interop test-faults lint format check \
  build run local-dev-docker demo-docker test-container doctor $(AWS_STEPS) lint-infra \
  rehearse worker-build worker-dev worker-secrets worker-deploy bench-signing bench-edge bench-image lock clean

help:  ## list the commands
	@awk '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z%-]+:.*## / {sub(/:.*## /, "\t"); split($$0, p, "\t"); \
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

##@ Learn
chapter-%: $(READY)  ## check the exercise of a chapter: make chapter-03, make chapter-07
	@$(RUN) -m workshop.check $*

##@ Check
test: $(READY)  ## the fast tests of the services: no Docker, Node or network
	@$(TEST) $(addprefix --ignore tests/,docs infra scripts/test_container_commands.py)

test-all: $(READY)  ## and those of the documents, of the containers' commands and of the AWS side
	@$(TEST)

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

check: lint lint-infra  ## ruff, cfn-lint, mypy --strict, and the fast tests
	@$(RUN) -m mypy
	@$(TEST)

##@ Container
build:  ## the Lambda function's image, for ARCHITECTURE=x86_64 or arm64
	@$(PYTHON) -m running.images lambda

run: build  ## that image as `docker run` runs it: the app alone, on port 8000
	@exec $(DOCKER) run $$(test -t 0 && echo -it) --rm -p $(HOST):$(or $(LAMBDA_APP_PORT),8000):8000 $(IMAGE)

local-dev-docker: $(READY)  ## local-dev in containers: emulator, adapter and app as on Lambda
	@exec $(RUN) -m scripts.local_dev --docker

demo-docker: $(READY)  ## the calls of demo, through those containers
	@$(RUN) -m scripts.demo --docker

ecr-create:  ## make the repository ECR_REPOSITORY in AWS_REGION, where it isn't there yet
ecr-login:  ## let Docker log in to ECR (for 12 hours)
push:  ## push the image, tagged with its commit and latest

test-container: $(READY)  ## the tests that need Docker: the real adapter, emulator and registry
	@$(RUN) -m pytest -m container

##@ AWS
aws-up:          ## all that the console's clicks made, step by step: the next seven, in order
aws-function:    ## the function, from the image that was pushed last, and its role
aws-url:         ## its Function URL, for signed requests only
aws-policy:      ## the policy that allows both actions that a call needs
aws-user:        ## the caller's user, with that policy
aws-key:         ## the caller's access key, into .dev.vars
aws-check:       ## what exists, what is missing, and whether the caller is allowed
aws-call:        ## a signed call, with that key
aws-rotate-key:  ## a new key in place of the old one, without a failed request
aws-destroy:     ## list all of it, ask, and remove it (DELETE_REPOSITORY=1: the repository too)
deploy:          ## all but the key at once, as a CloudFormation stack
destroy:         ## list that stack, ask, and remove it
$(AWS_STEPS): $(READY)
	@$(RUN) -m infra $@

rehearse: $(READY) $(AWS_TOOLS)  ## all of that against a local AWS, without an account (with Docker: the calls too)
	@$(RUN) -m rehearsal

lint-infra: $(AWS_TOOLS)  ## cfn-lint on the template
	@infra/.venv/bin/cfn-lint --regions ap-northeast-1 us-east-1 -- infra/template.yaml

$(AWS_TOOLS): requirements/aws_tools.txt
	@echo "Installing the tools for the AWS side into infra/.venv (once)."
	@$(PYTHON) -m venv --clear infra/.venv
	@infra/.venv/bin/python -m pip install --quiet --require-hashes -r requirements/aws_tools.txt
	@touch $@

##@ Measure
bench-image:  ## what the image costs, beside one built as tutorials do (needs Docker; minutes)
	@$(PYTHON) -m benchmarks.image

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
	@$(PYTHON) -m worker.build

worker-dev: worker-build  ## the edge caller as a Worker on this machine, on port 8787, with .dev.vars
	@cd worker && exec $(UV) run --quiet pywrangler dev --port $(or $(EDGE_CALLER_PORT),8787) --env-file ../.dev.vars

worker-secrets:  ## put what stands in .dev.vars to Cloudflare, as the Worker's secrets
	@cd worker && exec $(UV) run --quiet pywrangler secret bulk ../.dev.vars

worker-deploy: worker-build  ## deploy the edge caller as a Worker
	@cd worker && exec $(UV) run --quiet pywrangler deploy

##@ Maintain
doctor:  ## list the tools, their versions, and how to get what is missing
	@$(PYTHON) -m scripts.doctor

lock:  ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@for group in $(GROUPS); do $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-header --upgrade --group $$group -o requirements/$$group.txt || exit 1; done

clean:  ## remove what the commands made (never .dev.vars)
	@rm -rf .venv infra/.venv infra/.terraform .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	  tests/interop/node_modules tests/interop/.cache benchmarks/.venv benchmarks/*/node_modules \
	  worker/src/edge_caller worker/python_modules worker/.venv worker/.venv-workers worker/.wrangler worker/pylock.toml
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
