# Everything happens in .venv; the two commands of the README are `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo page test test-slow torture test-hosts test-pages mutants fuzz check check-scripts format clean

# Trains the bundled sample in front of you, translates, and scores.
demo: .venv/installed
	$(BIN)/seqcli train --model demo-model --overwrite
	$(BIN)/seqcli translate --model demo-model "i love beijing"
	$(BIN)/seqcli translate --model demo-model --heatmap "i love beijing tian an men"
	$(BIN)/seqcli eval --model demo-model sample_data/test.en-zh.tsv

# The translator of the sample in one HTML file.
page: .venv/installed
	test -d demo-model || $(BIN)/seqcli train --model demo-model
	$(BIN)/seqcli page --model demo-model --output demo.html

test: check
	$(BIN)/pytest --numprocesses auto

# Trainings that take minutes.
test-slow: .venv/installed
	$(BIN)/pytest -m slow

# Stops saves at every operation on files (killed, disk full, disk broken, power cut), and sends
# signals in every phase of every command.
torture: .venv/installed
	$(BIN)/pytest -m torture --numprocesses auto
	$(BIN)/pytest -m slow tests/test_signals.py

# A training on two hosts, of which one is cut off: network namespaces, which need root on Linux.
test-hosts: .venv/installed
	$(BIN)/pytest -m hosts tests/test_hosts.py

# The pages of `page`, `inspect` and `compare` in headless Chromium, which must be installed, as must
# npm; screenshots go to the folder that SCREENSHOTS names.
test-pages: .venv/installed .venv/node/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,pages]'
	AXE_CORE=.venv/node/node_modules/axe-core/axe.min.js $(BIN)/pytest -m browser

# Breaks the code in about 250 small ways and counts what the tests notice: half an hour.
mutants: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,mutants]'
	$(BIN)/python benchmarks/mutants.py

# Mutates bytes for each target of tests/fuzz, guided by the code that they reach: SECONDS each. (Where
# atheris cannot be installed: pytest --hypothesis-profile=long tests/test_fuzz.py.)
SECONDS ?= 120
fuzz: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,fuzz]'
	$(BIN)/python -m tests.fuzz -max_total_time=$(SECONDS)

# Lint, types, and who may import whom.
check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Types, lint and format of the scripts in seqcli/web. (It needs npm; `make test` does not.)
check-scripts: .venv/node/installed
	.venv/node/node_modules/.bin/tsc --project seqcli/web
	cd seqcli/web && ../../.venv/node/node_modules/.bin/biome check .

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

.venv/node/installed: .venv/installed
	npm install --silent --no-fund --no-audit --prefix .venv/node \
		typescript@7.0.2 @biomejs/biome@2.6.8 axe-core@4.14.1
	touch $@

clean:
	rm -rf .venv demo-model demo.html build dist mutants
