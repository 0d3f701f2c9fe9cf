# jobtwin: `make` alone lists what it can do.
.DEFAULT_GOAL := help
PYTHON ?= python3
SHELL  := bash
.SHELLFLAGS := -eu -o pipefail -c
VENV   := .venv
BIN    := $(VENV)/bin
# Every process of ours would compile all its modules anew, which takes longer than most tests.
export PYTHONDONTWRITEBYTECODE :=

SERVING := $(VENV)/.serving
READY  := $(VENV)/.ready

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

PIP_COMMAND := $(BIN)/python -m pip --disable-pip-version-check
PIP    := $(PIP_COMMAND) install --progress-bar off
COUNT  := awk '/^Collecting/ {printf "\r  %d packages found", ++n; fflush()} \
  /^Installing collected/ {printf ", installing them"; fflush()} END {print ""}'

# Python compiles what it imports; the bytecode of all packages would take a third of the space.
$(SERVING): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "jobtwin needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V). Say: make PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(VENV) to serve: once, in less than a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_COMMAND) uninstall --quiet --yes setuptools
	@$(PIP) --quiet --no-compile --constraint requirements.lock hatchling editables
	@$(PIP) --no-compile --constraint requirements.lock --no-build-isolation --editable . | $(COUNT)
	@find $(VENV) -name __pycache__ -prune -exec rm -r {} +
	@touch $@

$(READY): $(SERVING)
	@echo "Setting up $(VENV) to develop: once, in one or two minutes"
	@$(PIP) --requirement requirements.lock | $(COUNT)
	@touch $@

.PHONY: setup
setup: $(READY) ## Install everything for development into .venv

.PHONY: serve
serve: $(SERVING) ## Serve the twins on http://127.0.0.1:8080; PORT=8081, ARGS='--speed 60'
	@exec $(BIN)/jobtwin serve $(if $(PORT),--port $(PORT)) $(ARGS)

.PHONY: demo
demo: $(SERVING) ## Run every waiter, in a quarter of a minute
	@$(BIN)/jobtwin demo

.PHONY: test
test: $(READY) ## Run the tests, except the slow ones, in two minutes
	@$(BIN)/pytest -n auto --dist worksteal -m "not slow"

.PHONY: test-slow
test-slow: $(READY) ## Run the slow tests, in four minutes
	@$(BIN)/pytest -n auto --dist worksteal -m slow

BROWSER := $(VENV)/.browser

$(BROWSER): requirements-browser.lock $(READY)
	@$(PIP) --quiet --constraint requirements.lock --requirement requirements-browser.lock
	@touch $@

.PHONY: test-browser
test-browser: $(BROWSER) ## Test the console in Chromium; writes screenshots to build/console
	@command -v chromium >/dev/null || test -n "$${CHROMIUM:-}" || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "Install chromium, or name one with CHROMIUM=/path"; exit 1; fi; }
	@$(BIN)/pytest -q tests/browser

.PHONY: test-node
test-node: $(READY) ## Test `jobtwin run` with Node programs (needs Node 20)
	@$(BIN)/pytest -q tests/node

.PHONY: soak
soak: $(READY) ## Kill and pause servers, and restart their store, SOAK_ROUNDS=50 times; repeat with SEED=
	@SEED=$(SEED) SOAK_ROUNDS=$(or $(SOAK_ROUNDS),50) $(BIN)/pytest -q -s tests/stores/test_histories.py

.PHONY: soak-memory
soak-memory: $(READY) ## Use a server in every way for SOAK_SECONDS=600; fails if its memory grows
	@SOAK_SECONDS=$(SOAK_SECONDS) $(BIN)/python -m tests.soak

.PHONY: fuzz
fuzz: $(READY) ## Try all that `make test` samples, then send random requests, FUZZ_SECONDS=120 per twin; repeat with SEED=
	@CASES=all $(BIN)/pytest -q -n auto --dist worksteal \
	  tests/both tests/contract/test_refusals.py tests/engine/test_job_{list,store}.py tests/engine/test_properties.py tests/judge
	@SEED=$(SEED) FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m tests.fuzz

.PHONY: vendors
vendors: $(READY) ## Run jobtwin on the vendors' own files in CORPUS=DIR; writes docs/vendors.md
	@$(if $(CORPUS),,$(error name the folder of the files: make vendors CORPUS=DIR))$(BIN)/python -W ignore -m tests.vendors $(CORPUS) docs/vendors.md

GALLERY := $(VENV)/.gallery

$(GALLERY): requirements-gallery.lock $(READY)
	@$(PIP) --quiet --constraint requirements.lock --requirement requirements-gallery.lock
	@touch $@

.PHONY: gallery
gallery: $(GALLERY) ## Run vendors' own clients against twins; with CORPUS=DIR also those of vendors' files, and writes docs/gallery.md
	@$(BIN)/python -m tests.gallery.scoreboard $(CORPUS)

.PHONY: rehearse-pollers
rehearse-pollers: $(READY) ## Rehearse buggy and sound pollers, in less than ten minutes; writes docs/rehearse.md
	@$(BIN)/python -m tests.rehearse.proof

.PHONY: generate
generate: $(READY) ## Generate generated/ from specs/
	@$(BIN)/python -m jobtwin.codegen generate

.PHONY: check-generated
check-generated: $(READY) ## Fail if generated/ is outdated
	@$(BIN)/python -m jobtwin.codegen check

.PHONY: check-specs
check-specs: $(READY) ## Check specs/ for mistakes
	@$(BIN)/jobtwin check

.PHONY: lint
lint: $(READY) ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check . || { echo "mend with: make format"; exit 1; }
	@$(BIN)/mypy

.PHONY: format
format: $(READY) ## Fix style automatically
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

.PHONY: check
check: test check-rest ## Run everything that CI runs

.PHONY: check-rest
check-rest: test-slow lint check-specs check-generated check-docs check-wheel check-serving

.PHONY: docs
docs: $(READY) ## Generate docs/ from specs/
	@$(BIN)/jobtwin docs

.PHONY: docs-waiters
docs-waiters: $(READY) ## Run the torture suite; writes docs/waiters.md
	@$(BIN)/python -m tests.waiters.scoreboard

.PHONY: coverage
coverage: $(READY) ## Tour everything in specs/; writes docs/coverage.md
	@$(BIN)/python -m tests.both.coverage

SITE := $(VENV)/.site

$(SITE): requirements-site.lock $(READY)
	@$(PIP) --quiet --constraint requirements.lock --requirement requirements-site.lock
	@touch $@

.PHONY: site
site: $(SITE) ## Build the documentation site in build/site; fails on a dead link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python packaging/site.py

.PHONY: check-release
check-release: check check-openapi test-browser test-node check-pythons site check-sdist fuzz soak soak-memory ## Everything that CI runs, and slow checks: other Pythons, the site, the sdist, random requests, soaks

PYTHONS ?= python3.12 python3.13 python3.14
ROOMS := tests/adopt tests/calls tests/engine tests/examples tests/fifth tests/loader tests/plugin tests/rehearse \
  tests/running tests/specs

.PHONY: check-pythons
check-pythons: ## Run the tests that other Pythons may fail on those of PYTHONS= that are installed; ten minutes each
	@for each in $(PYTHONS); do \
	  if ! $$each -c '' 2>/dev/null; then echo "$$each is not installed: not tested"; continue; fi; \
	  venv=build/pythons/$$($$each -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  $$each -m venv $$venv; \
	  $$venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.lock; \
	  $$venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	  $$venv/bin/pytest -q -n auto -p no:cacheprovider $(ROOMS); \
	done

.PHONY: check-sdist
check-sdist: $(READY) ## Build the sdist, and from it the wheel; run its tests
	@$(BIN)/python tests/check_sdist.py

.PHONY: check-docs
check-docs: $(READY) ## Fail if docs/ is outdated
	@$(BIN)/jobtwin docs --check

.PHONY: check-seeds
check-seeds: $(READY) ## Look up the evidence of specs/ in the vendors' pages; SEEDS=folder
	@$(BIN)/python -m tests.seeds $(SEEDS)

LINTERS := .openapi-linters/node_modules/.bin
.PHONY: check-openapi
check-openapi: ## Check specs/ with Redocly and Spectral (needs npm)
	@npm install --prefix .openapi-linters --no-audit --no-fund --save-exact --loglevel error \
	  @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3
	@$(LINTERS)/redocly lint --config packaging/redocly.yaml specs/*.yaml
	@$(LINTERS)/spectral lint --ruleset packaging/spectral.yaml --fail-severity error --display-only-failures specs/*.yaml

.PHONY: check-wheel
check-wheel: $(READY) ## Build the wheel, install it elsewhere and serve from it
	@$(BIN)/python tests/check_wheel.py

.PHONY: check-serving
check-serving: $(READY) ## Run `make serve` in a clean copy; fails above 100 MB on disk
	@$(BIN)/python tests/check_serving.py

.PHONY: lock
lock: ## Update requirements.lock (needs uv)
	@{ printf '# Every package that `make` installs, at one version each. Renew with `make lock`.\n'; \
	  uv pip compile --quiet --universal --python-version 3.11 --upgrade --extra generate --extra valkey --group dev \
	    --no-header --no-annotate --no-emit-index-url pyproject.toml; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@{ printf '# What `make test-browser` installs besides. Renew with `make lock`.\n'; \
	  uv pip compile --quiet --universal --python-version 3.11 --upgrade --group pyproject.toml:browser \
	    --constraint requirements.lock --no-header --no-annotate --no-emit-index-url; \
	} > requirements-browser.lock.new
	@mv requirements-browser.lock.new requirements-browser.lock
	@{ printf '# What `make site` installs besides. Renew with `make lock`.\n'; \
	  uv pip compile --quiet --universal --python-version 3.11 --upgrade --group pyproject.toml:site \
	    --constraint requirements.lock --no-header --no-annotate --no-emit-index-url; \
	} > requirements-site.lock.new
	@mv requirements-site.lock.new requirements-site.lock
	@{ printf '# What `make gallery` installs besides. Renew with `make lock`.\n'; \
	  uv pip compile --quiet --universal --python-version 3.11 --upgrade --group pyproject.toml:gallery \
	    --constraint requirements.lock --no-header --no-annotate --no-emit-index-url; \
	} > requirements-gallery.lock.new
	@mv requirements-gallery.lock.new requirements-gallery.lock

DAGRE  := 3.1.3
VENDOR := mockserver/jobtwin/console/static/vendor

.PHONY: vendor
vendor: ## Update the console's library (needs npm)
	@mkdir -p build/vendor
	@npm pack --silent --pack-destination build/vendor @dagrejs/dagre@$(DAGRE) >/dev/null
	@tar --extract --gzip --directory build/vendor --file build/vendor/dagrejs-dagre-$(DAGRE).tgz
	@{ echo "// @dagrejs/dagre $(DAGRE), MIT; see dagre.LICENSE. Renew with make vendor."; \
	  sed '/^\/\/# sourceMappingURL/d' build/vendor/package/dist/dagre.esm.js; } > $(VENDOR)/dagre.js
	@cp build/vendor/package/LICENSE $(VENDOR)/dagre.LICENSE

.PHONY: bench
bench: $(READY) ## Benchmark the twins against similar tools; writes bench/RESULTS.md
	@$(BIN)/python -m bench

.PHONY: bench-peers
bench-peers: ## Install the other tools into bench/.peers (needs npm; WireMock needs java)
	@npm install --prefix bench/.peers --no-audit --no-fund --save-exact \
	  @copilotkit/aimock@1.43.0 @mockoon/cli@9.9.0 @stoplight/prism-cli@5.16.0 wiremock@3.13.2
	@$(PYTHON) -m venv bench/.peers/moto
	@bench/.peers/moto/bin/pip install --quiet --disable-pip-version-check 'moto[server]==5.2.5'

.PHONY: clean
clean: ## Remove build products (not generated/)
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
