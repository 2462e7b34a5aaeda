# Everything runs in .venv, which the first target that needs it makes. Needs Python 3.11 or newer, nothing else.
PYTHON ?= python3
BIN := .venv/bin
DEMO_DATABASE := .venv/demo.db
SHOP_DATABASE := .venv/shop.db
SAMPLE := footfall/doors/samples/shop.jsonl.gz
# A file goes to one process, which makes what its tests share once. More processes than most machines have cores, for
# tests wait for disks, servers and other processes. They go in the order of tests/conftest.py.
SEVERAL := --numprocesses 4 --dist loadfile --no-loadscope-reorder

# The contracts that are kept once more through a pooler. The other rooms look at the database by connections of their own.
POOLED := log views sessions sharing subscription eventsourcing

# Where nothing that is compiled may be kept, each of the many processes that tests start would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

# `make bench -- --quick`: to make these are goals as well; they are passed on, and there is nothing to do for them.
ifneq ($(filter --%,$(MAKECMDGOALS)),)
OPTIONS := $(filter-out bench torture,$(MAKECMDGOALS))
$(OPTIONS):
	@:
endif

.PHONY: demo shop test lint types unit pooled faults wheel torture audit bench sample clean $(OPTIONS)

.venv/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Footfall needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/serving: .venv/installed
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[http]'
	touch $@

.venv/developed: .venv/installed
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,http]'
	touch $@

demo: .venv/installed
	@FOOTFALL="$(BIN)/footfall" FOOTFALL_DATABASE="sqlite:///$(DEMO_DATABASE)" SAMPLE="$(SAMPLE)" sh footfall/doors/samples/demo.sh

# A shop in the browser, with the tracker on its page and what is stored beside it, until Ctrl-C. `make shop SHOP="--port 8081"`
shop: .venv/serving
	@$(BIN)/python -m footfall.doors.samples.shop_site --anew --database sqlite:///$(SHOP_DATABASE) $(SHOP)

# What the system lacks is said last, where it is read.
test: lint types unit
	@$(MAKE) --no-print-directory --jobs 2 pooled faults
	@$(BIN)/python -m tests.system_programs

lint: .venv/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/developed
	$(BIN)/mypy

unit: .venv/developed
	@$(BIN)/python -m tests.system_programs --get
	$(BIN)/python -m pytest --quiet $(SEVERAL) --hypothesis-profile brief --ignore tests/torture

pooled: .venv/developed
	$(BIN)/python -m pytest --quiet $(SEVERAL) --hypothesis-profile brief --pooled transaction \
		$(patsubst %,tests/contracts/%,$(POOLED))

# The torture in short, then the wheel. What it injects is a matter of timing: two of it at once.
faults: .venv/developed
	$(BIN)/python -m pytest --quiet --numprocesses 2 --dist loadfile tests/torture
	@$(MAKE) --no-print-directory wheel

# The tests once more where it counts: against the built wheel, in a new environment, from outside the checkout, with
# the oldest versions of what it depends on that it allows. The tools of the tests are those of .venv, and come last in
# the path; how hard laws are tried makes no difference here.
wheel: .venv/developed
	rm -rf .venv/wheel && mkdir -p .venv/wheel
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir .venv/wheel .
	$(PYTHON) -m venv --without-pip .venv/wheel/env
	sed -n '/^dependencies/,/^]/s/^ *"\([a-z-]*\).*>=\([0-9.]*\),.*/\1==\2/p' pyproject.toml > .venv/wheel/oldest.txt
	test "$$(wc -l < .venv/wheel/oldest.txt)" = "$$(sed -n '/^dependencies/,/^]/p' pyproject.toml | grep -c '^ ')"
	$(BIN)/python -m pip --python .venv/wheel/env/bin/python install --quiet --disable-pip-version-check \
		--constraint .venv/wheel/oldest.txt .venv/wheel/*.whl
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$(.venv/wheel/env/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tools.pth"
	ln -s "$(CURDIR)/tests" .venv/wheel/tests
	cd .venv/wheel && env/bin/python -m pytest --quiet $(SEVERAL) --hypothesis-profile brief \
		-c "$(CURDIR)/pyproject.toml" --rootdir . \
		tests/application tests/contracts/views/test_views.py tests/contracts/log/test_event_log.py \
		tests/contracts/sharing/test_scheduler.py tests/end_to_end/cli/test_customers.py tests/end_to_end/cli/test_imports.py

# The faults at full length, with a live table; torture.md and torture.json tell what happened, and the seed that repeats it.
torture: .venv/developed
	$(BIN)/python -m tests.torture $(OPTIONS)

# Known vulnerabilities of what is installed here; it asks the package index.
audit: .venv/developed
	$(BIN)/pip-audit --skip-editable

# `make bench AGAINST=COMMIT`: this build beside an older one, in turn, on the same input.
bench: .venv/developed
	$(BIN)/python -m benchmarks$(if $(AGAINST),.against $(AGAINST)) $(OPTIONS)

sample: .venv/installed
	$(BIN)/footfall simulate --customers 400 --seed 7 | gzip -9 --no-name > $(SAMPLE)

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
