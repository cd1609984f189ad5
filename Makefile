# `make help` lists everything. The environment is .venv, pinned with hashes.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup compile lock third-party generate check test parity-nightly determinism determinism-nightly demo up bench bench-data bench-chassis bench-agreement calibration release-evidence golden

help: ## Lists the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-19s %s\n", $$1, $$2}'

setup: compile ## Creates the pinned environment in .venv and compiles the kernels.

.venv/.ready: requirements/bootstrap.lock requirements/dev.lock $(wildcard */pyproject.toml */*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0])'
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.lock
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements/dev.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python \
	  -e clients/python -e chassis -e services/engine -e services/governance -e services/gateway \
	  -e examples/plugin_example
	@touch $@

compile: .venv/.ready ## Compiles the engine's kernels into their cache.
	@$(BIN)/python tools/compile_kernels.py

lock: ## Renews the lock files: names, versions and hashes only.
	cd requirements && for f in bootstrap dev bench bench-event bench-splits; do \
	  ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $$f.in -o $$f.lock || exit 1; done

third-party: .venv/.ready ## Fetches the imported protos again.
	$(BIN)/python tools/third_party.py

generate: .venv/.ready ## Writes the Python and TypeScript packages from protos/.
	$(BIN)/python tools/generate.py
	$(BIN)/python tools/make_reference.py
	$(BIN)/python tools/write_deploy.py

check: .venv/.ready ## Format, lint, types, imports, contract, clean generation.
	$(BIN)/ruff format --check benchmarks chassis services clients/python/src/aurelius_client tests tools
	$(BIN)/ruff check benchmarks chassis services clients/python/src/aurelius_client tests tools
	$(BIN)/mypy chassis/src services/engine/src services/governance/src services/gateway/src clients/python/src/aurelius_client
	$(BIN)/lint-imports
	$(BIN)/python tools/check_core.py
	$(BIN)/buf lint
	$(BIN)/buf format -d --exit-code protos
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/check_breaking.py
	$(BIN)/python tools/make_reference.py --check
	$(BIN)/python tools/write_deploy.py --check
	$(BIN)/python tools/third_party.py --check

test: check compile ## Checks and every test, Python and TypeScript.
	$(BIN)/pytest -n 2 --dist loadgroup
	cd clients/typescript && npm test --silent

parity-nightly: .venv/.ready ## Compares every combination of the parity matrix, not pairs alone.
	AURELIUS_PARITY=full $(BIN)/pytest --timeout 7200 tests/parity -n 2 --dist loadgroup

determinism: .venv/.ready ## Runs one set of specifications under every setting of this machine.
	$(BIN)/python tools/determinism.py

determinism-nightly: .venv/.ready ## Compares with an emulated aarch64; needs qemu-user-static.
	$(BIN)/pytest tests/determinism/nightly_aarch64.py -s

demo: .venv/.ready ## Runs the story on real data and prints a summary.
	$(BIN)/python tools/demo.py

up: compile ## Keeps the suite running and prints its URLs.
	$(BIN)/aurelius up

bench: .venv/.ready .venv-bench/.ready .venv-bench-event/.ready ## Measures the engine beside others, and registering and loading data.
	$(BIN)/python benchmarks/bench_engine.py
	$(BIN)/python benchmarks/bench_data.py

bench-data: .venv/.ready ## Measures registering and loading data alone.
	$(BIN)/python benchmarks/bench_data.py

bench-chassis: .venv/.ready ## Measures what the chassis costs a call.
	$(BIN)/python benchmarks/bench_chassis.py

bench-agreement: .venv/.ready .venv-bench/.ready .venv-bench-event/.ready .venv-bench-splits/.ready ## Runs other engines and rewrites what ours must agree with.
	$(BIN)/python benchmarks/agreement.py
	.venv-bench-splits/bin/python benchmarks/split_agreement.py

# Other engines, in environments of their own.
.venv-%/.ready: requirements/%.lock | .venv/.ready
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-$*
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python .venv-$*/bin/python $<
	@touch $@

calibration: compile ## Measures what the default gate promotes without skill, and rewrites the report.
	$(BIN)/python tools/calibration.py

release-evidence: .venv/.ready ## Writes dist/release_evidence.json, or refuses.
	$(BIN)/python tools/release_evidence.py

golden: .venv/.ready ## Rewrites the golden files.
	$(BIN)/python tools/make_golden.py
	$(BIN)/python tools/make_formula_golden.py
	$(BIN)/python tools/golden_metrics.py
	$(BIN)/python tools/make_strategy_golden.py
