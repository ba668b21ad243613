# make demo   set up what is needed and screen real leads
# make test   set up and run the tests      make test-pure VENV=.venv-pure  the same on an interpreted core
# make genesis   a Python of its own for the tests of genesis, which needs one older than 3.13, and older libraries than other tools
# make check  all linters      make docs  the documentation
# make bench  the benchmarks, make bench-page their page, make bench-check the budgets that hold them
# make wheels wheels for Linux, one for each Python that is here, and the source
# make data   compile the frozen tables anew (number plan, calendar, law pages)
# make ways   every known way to place a call, tried; their page in the documentation
# make fuzz   the fuzzers of what comes from outside: MINUTES=12 for each target, TARGETS="ami sip" for some
# make soak   the long differential run: 50,000 generated worlds

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
GENESIS_PYTHON ?= $(shell for p in python3.12 python3.11 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.12.*/bin/python3 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.11.*/bin/python3; do $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
MINUTES ?= 12

.PHONY: demo test test-pure check fix docs bench bench-page bench-check wheels data ways soak clean genesis fuzz

demo: $(VENV)/.demo
	$(BIN)/callguard demo examples/xinghe

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# the whole suite on an interpreted core, installed as where no compiler is
test-pure: $(VENV)/bin/python
	CALLGUARD_PURE=1 $(BIN)/python -m pip install --quiet . --group test
	CALLGUARD_EXPECT_CORE=interpreted $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

genesis: .venv-genesis/.genesis

# what runs there is the source here; its core is interpreted, unless it was built for that Python
.venv-genesis/.genesis: pyproject.toml
	@test -n "$(GENESIS_PYTHON)" || { echo "genesis needs Python 3.11 or 3.12; none was found. Name one: make genesis GENESIS_PYTHON=/path/to/python3" >&2; exit 1; }
	test -x .venv-genesis/bin/python || $(GENESIS_PYTHON) -m venv .venv-genesis
	.venv-genesis/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	CALLGUARD_PURE=1 CALLGUARD_REQUIRE_CORE=0 .venv-genesis/bin/python -m pip install --quiet --editable '.[genesis]'
	touch $@

check: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.check
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs
	$(BIN)/python tools/law_pages.py
	$(BIN)/python tools/requirement_pages.py
	$(BIN)/python tools/inspection_pages.py
	$(BIN)/sphinx-build -W -n -q docs docs/_build

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks --json build/benchmarks.json $(ARGS)

bench-page: $(VENV)/.bench
	$(BIN)/python -m benchmarks page build/benchmarks.json

bench-check: $(VENV)/.bench
	$(BIN)/python -m benchmarks check $(ARGS)

wheels: $(VENV)/bin/python
	$(BIN)/python tools/wheels.py

data: $(VENV)/.test
	$(BIN)/python tools/compile_plan.py
	$(BIN)/python tools/freeze_calendar.py
	$(BIN)/python tools/freeze_holidays.py
	$(BIN)/python tools/law_pages.py

ways: $(VENV)/.test
	rm -f build/ways.json
	CALLGUARD_WAYS=build/ways.json $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m way tests $(ARGS)
	$(BIN)/python tools/ways.py build/ways.json

soak: $(VENV)/.test
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -n $(WORKERS) -s tests/test_oracle.py tests/test_next_allowed.py tests/test_hostile.py

fuzz: $(VENV)/.fuzz
	PYTHONPATH=tests $(BIN)/python -m fuzz $(TARGETS) --minutes $(MINUTES)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "callguard needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

CORE := setup.py $(wildcard src/callguard/_core/*.py src/callguard/_core/*.pxd)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml $(CORE)
	$(BIN)/python -m pip install --quiet --editable '.[cli,hcode]'
	touch $@

$(VENV)/.test $(VENV)/.check $(VENV)/.docs $(VENV)/.bench $(VENV)/.fuzz: $(VENV)/.%: $(VENV)/bin/python pyproject.toml $(CORE)
	$(BIN)/python -m pip install --quiet --editable . --group $*
	touch $@

clean:
	rm -rf $(VENV) build dist src/callguard/_core/*.so docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
