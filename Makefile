# Every task a person does. What a machine lacks beyond Rust, Python 3.11 and Node is
# installed, pinned, into .local/ on first use.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3.11
# Which alarms go into ALARM in the story of `make run`: those of a configuration-set, of the account
# or of a domain.
SCOPE ?= configuration-set
# Addresses that bounce in `make storm`, and how often suppress is killed meanwhile.
ADDRESSES ?= 100000
KILLS ?= 0
ROUNDS ?= 7
# Campaigns of `make campaigns`, and the first of their seeds.
SEEDS ?= 500
FIRST ?= 1
# CPU minutes that `make fuzz` gives each target.
MINUTES ?= 1
CARGO_FUZZ := 0.13.2
# Processor of the functions in `make build` and `make deploy`: arm64 or x86_64.
ARCHITECTURE ?= arm64
# Port of the local AWS; any free one when empty.
PORT ?=

LOCAL := .local
FUNCTIONS := suppress metrics guard
COMMAND := ses-warden
run_python := $(LOCAL)/venv/bin/python
lint_bin := $(LOCAL)/lint/bin
# cargo finds its tools (nextest, deny, shear) on the path.
cargo_tools := PATH="$(CURDIR)/$(LOCAL)/lint/bin:$$PATH"
build_bin := $(LOCAL)/build/bin
release_python := PYTHONPATH=infra/release $(PYTHON)

# SAM keeps its settings here and reports nothing; no check needs credentials, only a Region.
sam := __SAM_CLI_APP_DIR=$(CURDIR)/$(LOCAL)/sam SAM_CLI_TELEMETRY=0 $(lint_bin)/sam
offline := AWS_DEFAULT_REGION=eu-central-1

.PHONY: help
help: ## List the tasks
	@printf 'make TASK\n\n'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(LOCAL)/venv/.ready ## Play the story in a local AWS (SCOPE=account|domain for other alarms, PORT=n)
	@PYTHONPATH=infra/local $(run_python) -m warden_local --scope "$(SCOPE)" --port "$(PORT)"

.PHONY: storm
storm: $(LOCAL)/venv/.ready ## Bounce 100,000 addresses at once, with one SES call a second (ADDRESSES=n, KILLS=n, JOURNAL=off)
	@PYTHONPATH=infra/local $(run_python) -m warden_local.storm --addresses "$(ADDRESSES)" --kills "$(KILLS)" --port "$(PORT)" \
		$(if $(filter off,$(JOURNAL)),--no-journal)

.PHONY: incident
incident: $(LOCAL)/venv/.ready ## Play a stolen key in a local AWS, from the first alarm to the resume (PORT=n)
	@PYTHONPATH=infra/local $(run_python) -m warden_local.incident --port "$(PORT)"

.PHONY: pictures
pictures: $(LOCAL)/venv/.ready ## Make the pictures of the command in docs/images again (needs Chromium)
	@PYTHONPATH=infra/local $(run_python) -m warden_local.pictures

.PHONY: test
test: test-rust test-template test-cdk test-e2e test-second-judge test-campaigns ## Run all tests

.PHONY: test-rust
test-rust: cargo $(LOCAL)/lint/.ready ## Run the tests of the Rust workspace
	$(cargo_tools) cargo nextest run --workspace --locked
	cargo test --workspace --locked --doc

.PHONY: test-template
test-template: $(LOCAL)/lint/.ready ## Run the tests of infra/template.yaml
	$(offline) $(lint_bin)/python -m pytest tests/template

.PHONY: test-cdk
test-cdk: infra/cdk/node_modules/.ready ## Run the tests of the CDK construct in infra/cdk
	npm --prefix infra/cdk test --silent

.PHONY: test-e2e
test-e2e: cargo $(LOCAL)/venv/.ready $(LOCAL)/aws/.ready ## Run the end-to-end tests in a local AWS
	$(run_python) -m pytest tests/e2e --numprocesses 2 --dist loadfile

.PHONY: test-second-judge
test-second-judge: cargo $(LOCAL)/venv/.ready $(LOCAL)/moto/.ready ## Run the functions and the command against moto, another AWS
	$(run_python) -m pytest tests/second_judge

.PHONY: test-campaigns
test-campaigns: cargo $(LOCAL)/venv/.ready ## Play a few campaigns of faults, and defects that the ledger must find
	$(run_python) -m pytest tests/campaigns

.PHONY: campaigns
campaigns: cargo $(LOCAL)/venv/.ready ## Play seeded campaigns of faults (SEEDS=n, FIRST=n; WARDEN_SEED=n plays one again)
	$(run_python) tests/campaigns/run.py --seeds "$(SEEDS)" --first "$(FIRST)"

.PHONY: fuzz
fuzz: cargo $(LOCAL)/fuzz/bin/cargo-fuzz ## Fuzz each target for minutes of CPU (MINUTES=n, TARGETS='alarm eml')
	PATH="$(CURDIR)/$(LOCAL)/fuzz/bin:$$PATH" $(PYTHON) fuzz/run.py --minutes "$(MINUTES)" $(TARGETS)

.PHONY: bench
bench: cargo $(LOCAL)/bench/.ready tests/bench/rivals/node/node_modules/.ready ## Measure the functions beside Python and Node (ROUNDS=n)
	cargo build --locked --release --package metrics --package suppress --package guard --package bench-floor
	@npm --prefix tests/bench/rivals/node run --silent bundle
	$(LOCAL)/bench/bin/python tests/bench/instructions.py
	$(LOCAL)/bench/bin/python tests/bench/bench.py --rounds $(ROUNDS)

.PHONY: train
train: cargo ## Train the second reader from the labelled diagnostics, into crates/domain/rules
	cargo run --locked --release -p warden-domain --example train

.PHONY: lint
lint: lint-rust lint-crates lint-template lint-docs ## Check everything that is not a test

.PHONY: lint-rust
lint-rust: cargo ## Check formatting, Clippy's lints and the documentation of the code
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked --quiet

.PHONY: lint-crates
lint-crates: cargo $(LOCAL)/lint/.ready ## Check licences and sources of the crates, and that each is used
	$(cargo_tools) cargo deny --workspace --locked check licenses bans sources
	$(cargo_tools) cargo shear

.PHONY: template
template: $(LOCAL)/lint/.ready ## Write the alarms and the dashboard into infra/template.yaml
	$(lint_bin)/python infra/make_template.py

.PHONY: lint-template
lint-template: $(LOCAL)/lint/.ready ## Check infra/template.yaml
	$(offline) $(lint_bin)/cfn-lint infra/template.yaml
	$(offline) $(sam) validate --lint --template-file infra/template.yaml

.PHONY: lint-docs
lint-docs: $(LOCAL)/lint/.ready ## Check the Markdown
	$(lint_bin)/rumdl check --quiet .

.PHONY: check
check: cargo $(LOCAL)/lint/.ready ## The quick loop while editing: formatting, Clippy, tests of decisions
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(cargo_tools) cargo nextest run --workspace --locked --status-level fail \
		--lib --test golden --test diagnostics -E 'package(warden-domain) + binary(golden)'

.PHONY: hook
hook: ## Run `make check` before each commit from now on (git commit --no-verify goes past it)
	@printf '#!/bin/sh\nexec make check\n' >"$$(git rev-parse --git-path hooks)/pre-commit"
	@chmod +x "$$(git rev-parse --git-path hooks)/pre-commit"

.PHONY: build
build: cargo $(LOCAL)/build/.ready ## Build the functions for Lambda into target/lambda/arm64 (ARCHITECTURE=x86_64 for the other)
	PATH="$(CURDIR)/$(build_bin):$$PATH" cargo lambda build --locked --release \
		$(if $(filter x86_64,$(ARCHITECTURE)),--x86-64,--arm64) \
		--lambda-dir target/lambda/$(ARCHITECTURE) $(addprefix --package ,$(FUNCTIONS))

.PHONY: deploy
deploy: deployable ## Install into your AWS account or update it, guided (ARCHITECTURE=x86_64, ARGS='--region … --yes')
	PATH="$$PATH:$(CURDIR)/$(LOCAL)/aws/bin" target/deploy/install.sh --command target/debug/$(COMMAND) $(ARGS)

.PHONY: aws-check
aws-check: deployable $(LOCAL)/venv/.ready ## Try it in your AWS account, remove it, and report (ARGS='--region … --identity example.com')
	PATH="$$PATH:$(CURDIR)/$(LOCAL)/aws/bin" $(run_python) target/deploy/aws-check.pyz \
		--command target/debug/$(COMMAND) $(ARGS)

# A release for one processor and this machine. A person's own AWS CLI comes before ours: theirs may
# know a way to log in that ours does not.
.PHONY: deployable
deployable: build $(LOCAL)/aws/.ready
	cargo build --locked --workspace --bins
	$(release_python) -m warden_release --out target/deploy --functions $(ARCHITECTURE) target/lambda/$(ARCHITECTURE)

.PHONY: release
release: cargo $(LOCAL)/build/.ready ## Make a release in dist/: functions, command, template, scripts, sums (COMMANDS='arm64-macos …')
	PATH="$(CURDIR)/$(build_bin):$$PATH" $(release_python) -m warden_release --out dist \
		$(if $(COMMANDS),--command $(COMMANDS))

.PHONY: dist-local
dist-local: cargo ## The same from binaries for this machine alone, into target/dist, to try it out
	cargo build --locked --workspace --bins
	$(release_python) -m warden_release --out target/dist --binaries target/debug

.PHONY: requirements
requirements: $(LOCAL)/lint/.ready ## Pin the Python packages of infra/**/requirements*.in again, with hashes
	for list in infra/requirements-lint infra/requirements-aws infra/local/requirements infra/local/requirements-build \
		infra/local/requirements-moto infra/local/requirements-bench; do \
		$(lint_bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command 'make requirements' \
			--output-file $$list.txt $$list.in; \
	done

.PHONY: clean
clean: ## Remove all that was built or installed here
	rm -rf target dist $(LOCAL) infra/cdk/node_modules infra/cdk/lib infra/cdk/build

.PHONY: cargo
cargo:
	@command -v cargo >/dev/null || \
		{ echo 'cargo is not installed; see https://rustup.rs, the toolchain then comes by itself.' >&2; exit 1; }

# Virtual environments, made again when their list of packages changes.
$(LOCAL)/venv/.ready: infra/local/requirements.txt
$(LOCAL)/lint/.ready: infra/requirements-lint.txt
$(LOCAL)/build/.ready: infra/local/requirements-build.txt
$(LOCAL)/aws/.ready: infra/requirements-aws.txt
$(LOCAL)/moto/.ready: infra/local/requirements-moto.txt
$(LOCAL)/bench/.ready: infra/local/requirements-bench.txt

$(LOCAL)/fuzz/bin/cargo-fuzz:
	@echo 'Installing cargo-fuzz $(CARGO_FUZZ) into $(LOCAL)/fuzz, once'
	@cargo install cargo-fuzz --version $(CARGO_FUZZ) --locked --quiet --root $(LOCAL)/fuzz

%/node_modules/.ready: %/package-lock.json
	@command -v npm >/dev/null || \
		{ echo 'npm is not installed; it comes with Node.js 20 or later.' >&2; exit 1; }
	@echo 'Installing $< into $(@D), once'
	@npm --prefix $* ci --ignore-scripts --silent
	@touch $@

$(LOCAL)/%/.ready:
	@command -v $(PYTHON) >/dev/null || \
		{ echo 'Python 3.11 is not installed as $(PYTHON); name another with PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] < (3, 11))' 2>/dev/null || \
		{ echo '$(PYTHON) is older than 3.11 or has no venv module; on Debian: apt-get install python3.11-venv.' >&2; exit 1; }
	@echo 'Installing $< into $(@D), once'
	@$(PYTHON) -m venv --clear $(@D)
	@# The lists are complete, so pip resolves nothing (with hashes it cannot: packages that are
	@# wanted with extras too confuse it), and checks afterwards that nothing is missing.
	@$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $< || \
		{ echo 'pip could not install $<; it needs the package index once.' >&2; exit 1; }
	@$(@D)/bin/pip check --quiet --disable-pip-version-check
	@touch $@
