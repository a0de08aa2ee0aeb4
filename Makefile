# Every command of the project. The first command that needs Python creates .venv.
# `make` lists those whose text begins with a star, `make help-all` the others too.

PYTHON ?= python3
UV ?= uv
HOST ?= 127.0.0.1
DOCKER ?= docker
IMAGE ?= fastapi_sample
ARCHITECTURE ?= x86_64
export LAMBDA_APP_PORT LOCAL_AWS_PORT EDGE_CALLER_PORT
export DOCKER IMAGE ARCHITECTURE

# Stamps of scripts/environment.py: what runs is installed, the developers' tools are installed on top.
RUN_READY := .venv/.run
DEV_READY := .venv/.dev
BROWSER_READY := .venv/.browser
AXE_READY := tests/browser/node_modules/.package-lock.json
AWS_TOOLS := infra/.venv/.aws_tools
BENCHMARKS := benchmarks/.venv/.benchmarks
NODE_READY := tests/interop/node_modules/.package-lock.json
RUN := .venv/bin/python
# In parallel, without the tiers that have a target of their own.
NOT_OF_THE_SERVICES := benchmarks conformance/account conformance/test_wrong_stand_in.py docs infra rehearsal running scripts \
  test_package.py workshop
TEST := $(RUN) -m pytest --numprocesses auto --dist loadfile $(addprefix --ignore tests/,interop faults container browser)
GROUPS := lambda_app edge_caller local_aws worker run dev browser benchmarks aws_tools
AWS_STEPS := ecr-create ecr-login push aws-up aws-function aws-url aws-policy aws-user aws-key aws-role aws-check aws-call \
  aws-rotate-key aws-destroy deploy destroy

.DEFAULT_GOAL := help
.PHONY: help help-all setup demo demo-stream local-dev why puzzles token run-lambda run-edge test test-all test-interop test-faults test-browser \
  screenshots lint format check build run local-dev-docker demo-docker test-container doctor $(AWS_STEPS) lint-infra \
  rehearse aws-conformance worker-build worker-dev worker-secrets worker-deploy bench-signing bench-edge bench-image bench-streaming lock clean

help:
	@awk '/^##@/ {group = substr($$0, 5) "\n"} /^[a-z%-]+:.*## \*/ {sub(/:.*## \*/, "\t"); sub(/%/, "NN"); \
	  split($$0, p, "\t"); printf "%s  make %-16s %s\n", group, p[1], p[2]; group = ""}' $(MAKEFILE_LIST)
	@echo "More: make help-all"

$(RUN_READY): requirements/run.txt scripts/environment.py
	@$(PYTHON) -m scripts.setup run

$(DEV_READY): requirements/dev.txt scripts/environment.py
	@$(PYTHON) -m scripts.setup dev

$(BROWSER_READY): requirements/browser.txt $(DEV_READY)
	@$(PYTHON) -m scripts.setup browser

$(AWS_TOOLS): requirements/aws_tools.txt
	@$(PYTHON) -m scripts.setup aws_tools

$(BENCHMARKS): requirements/benchmarks.txt
	@$(PYTHON) -m scripts.setup benchmarks

##@ Start here
demo: $(RUN_READY)  ## *make eight calls on this machine, each explained
	@$(RUN) -m scripts.demo

demo-stream: $(RUN_READY)  ## *time each event of one streamed call, buffered beside streamed
	@$(RUN) -m scripts.demo_stream

local-dev: $(RUN_READY)  ## *run all three services with reload, until Ctrl-C
	@exec $(RUN) -m scripts.local_dev

why: $(RUN_READY)  ## *say why a pasted request got a 403: paste, then Ctrl-D
	@$(RUN) -m local_aws.why || test $$? -eq 1

chapter-%: $(RUN_READY)  ## *check what a chapter asks for: make chapter-01 to chapter-10
	@$(RUN) -m workshop.check $* || test $$? -eq 1

puzzles: $(RUN_READY)  ## *turn twelve 403s into 200s, with hints, one after the other
	@$(RUN) -m workshop.puzzles

puzzle-%: $(RUN_READY)  ## try one of them: make puzzle-03, puzzle-03-hint, puzzle-03-reset
	@$(RUN) -m workshop.puzzles $* $(if $(JS),--javascript)

token: $(RUN_READY)  ## print a web identity token for the local STS (KIND=kubernetes, github or google; CLAIMS=<JSON>)
	@$(RUN) -m local_aws.sts

run-lambda: $(RUN_READY)  ## run the FastAPI app alone, on port 8000
	@$(RUN) -m running.ports lambda_app
	@exec $(RUN) -m lambda_app --host $(HOST) --port $(or $(LAMBDA_APP_PORT),8000)

doctor:  ## *list the tools, their versions, and how to install missing ones
	@$(PYTHON) -m scripts.doctor

##@ Check
setup: $(DEV_READY) $(AWS_TOOLS)  ## install all developers' tools; after it, make check needs no network

test: $(DEV_READY)  ## *run the fast tests of the services, without Docker, Node or network
	@$(TEST) $(addprefix --ignore tests/,$(NOT_OF_THE_SERVICES))

test-all: $(DEV_READY)  ## run all fast tests: also of documents, workshop, scripts and the AWS side
	@$(TEST)

test-interop: $(DEV_READY) $(NODE_READY) $(AWS_TOOLS)  ## test with signers and clients of other projects (needs Node and curl)
	@$(RUN) -m pytest -m interop --ignore tests/browser

$(NODE_READY): tests/interop/package-lock.json
	@cd tests/interop && npm ci --silent && touch ../../$@

test-faults: $(DEV_READY)  ## stop, kill and overload the three services (about a minute)
	@$(RUN) -m pytest -m faults --ignore tests/browser

test-browser: $(DEV_READY) $(BROWSER_READY) $(AXE_READY)  ## test the inspector in Chromium (needs Node; CHROMIUM=<its path>)
	@$(RUN) -m pytest -m browser

$(AXE_READY): tests/browser/package-lock.json
	@cd tests/browser && npm ci --silent && touch ../../$@

screenshots: $(DEV_READY) $(BROWSER_READY)  ## draw the pictures of the inspector in the documents (needs Chromium)
	@$(RUN) -m tests.browser.screenshots

test-container: $(DEV_READY)  ## test the images with the real adapter, emulator and registry (needs Docker)
	@$(RUN) -m pytest -m container --ignore tests/browser

lint: $(DEV_READY)  ## check the sources with ruff
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

lint-infra: $(AWS_TOOLS)  ## check the CloudFormation templates and docker/kubernetes.yaml against their schemas
	@infra/.venv/bin/cfn-lint --regions ap-northeast-1 us-east-1 -- infra/template.yaml conformance/account/template.yaml
	@infra/.venv/bin/kubernetes-validate --strict --quiet docker/kubernetes.yaml

format: $(DEV_READY)  ## format the sources with ruff
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .

check: lint lint-infra  ## *run ruff, cfn-lint, mypy --strict and all fast tests
	@$(RUN) -m mypy
	@$(TEST)

##@ Container (needs Docker)
build:  ## *build the Lambda function's image, for ARCHITECTURE=x86_64 or arm64
	@$(PYTHON) -m running.images lambda

run: build  ## run that image: the app alone, on port 8000
	@exec $(DOCKER) run $$(test -t 0 && echo -it) --rm -p $(HOST):$(or $(LAMBDA_APP_PORT),8000):8000 $(IMAGE)

local-dev-docker: $(RUN_READY)  ## *run all three in containers, with the emulator and adapter of Lambda
	@exec $(RUN) -m scripts.local_dev --docker

demo-docker: $(RUN_READY)  ## make the calls of demo through those containers
	@$(RUN) -m scripts.demo --docker

ecr-create:  ## create the repository ECR_REPOSITORY in AWS_REGION
ecr-login:  ## log Docker in to ECR, for 12 hours
push:  ## *push the image to ECR (before it: make ecr-create ecr-login)

##@ AWS
aws-up:          ## *create everything on AWS, step by step (make help-all lists the steps)
aws-function:    ## create the function, from the image pushed last, and its role
aws-url:         ## create its Function URL, for signed requests only
aws-policy:      ## create the policy that allows both actions a call needs
aws-user:        ## create the caller's user, with that policy
aws-key:         ## create the caller's access key, in .dev.vars
aws-role:        ## create a role in place of user and key (ISSUER=<https://...> SUBJECT=<its sub>)
aws-check:       ## *list what exists, what is missing, and whether the caller is allowed
aws-call:        ## *send a signed request, with that key
aws-rotate-key:  ## replace the key, without a failed request
aws-destroy:     ## *list everything, ask, and delete it (DELETE_REPOSITORY=1: the repository too)
deploy:          ## create all of it except the key, as a CloudFormation stack
destroy:         ## list that stack, ask, and delete it
$(AWS_STEPS): $(RUN_READY)
	@$(RUN) -m infra $@

run-edge: $(RUN_READY)  ## *run the edge caller alone, on port 8787, with .dev.vars
	@$(RUN) -m running.ports edge_caller
	@exec $(RUN) -m edge_caller --host $(HOST) --port $(or $(EDGE_CALLER_PORT),8787)

rehearse: $(DEV_READY) $(AWS_TOOLS)  ## *rehearse all of this against a local AWS, without an account
	@$(RUN) -m rehearsal

aws-conformance: $(DEV_READY)  ## check on an account what is claimed about AWS (DRY_RUN=1 explains each call, CLEAN=1 removes left-overs)
	@exec $(RUN) -m conformance.account $(if $(DRY_RUN),--dry-run) $(if $(CLEAN),--clean)

##@ Cloudflare Worker (needs uv, Node 22 and the internet)
worker-build:
	@$(PYTHON) -m worker.build

worker-dev: worker-build  ## *run the edge caller as a Worker on this machine, on port 8787, with .dev.vars
	@cd worker && exec $(UV) run --quiet pywrangler dev --port $(or $(EDGE_CALLER_PORT),8787) --env-file ../.dev.vars

worker-secrets:  ## upload .dev.vars to Cloudflare as the Worker's secrets
	@cd worker && exec $(UV) run --quiet pywrangler secret bulk ../.dev.vars

worker-deploy: worker-build  ## *deploy the edge caller as a Worker
	@cd worker && exec $(UV) run --quiet pywrangler deploy

##@ Maintain
help-all:  ## list all commands
	@awk '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z%-]+:.*## / {sub(/:.*## \*?/, "\t"); sub(/%/, "NN"); split($$0, p, "\t"); \
	  printf "  make %-16s %s\n", p[1], p[2]}' $(MAKEFILE_LIST)

bench-image:  ## measure the image, beside one built as tutorials do (needs Docker; minutes)
	@$(PYTHON) -m benchmarks.image

bench-edge: $(BENCHMARKS)  ## measure the edge caller, beside Workers and AGAINST=<commit> (needs Linux, Node and openssl)
	@benchmarks/.venv/bin/python -m benchmarks.edge $(if $(AGAINST),--against $(AGAINST)) $(OPTIONS)

bench-signing: $(BENCHMARKS)  ## measure a signature, beside other signers (needs Node for some)
	@cd benchmarks/signing && command -v npm >/dev/null && npm ci --silent || true
	@benchmarks/.venv/bin/python -m benchmarks.signing $(OPTIONS)

bench-streaming: $(RUN_READY) $(BENCHMARKS)  ## measure each event of a stream, and memory (needs Linux and Docker)
	@$(RUN) -m benchmarks.streaming $(OPTIONS)

lock:  ## update requirements/*.txt from pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@for group in $(GROUPS); do $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-header --upgrade --group $$group -o requirements/$$group.txt || exit 1; done

clean:  ## delete what the commands made, never .dev.vars
	@rm -rf .venv .oidc infra/.venv infra/.terraform .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	  tests/browser/node_modules tests/interop/node_modules tests/interop/.cache benchmarks/.venv* benchmarks/*/node_modules benchmarks/*/*/node_modules \
	  worker/src/edge_caller worker/python_modules worker/.venv worker/.venv-workers worker/.wrangler worker/pylock.toml
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
