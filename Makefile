# Every target makes the virtual environment it needs, once. Another Python: make PYTHON=python3.13 demo
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: demo test lint docs notebooks bench lock clean

demo: $(INSTALLED)
	$(BIN)/bayes-jeugdhulp demo --out demo-output

test: $(INSTALLED)
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The site, in site/; open site/index.html. A broken link or anchor, or a page outside the navigation, is an error.
docs: $(INSTALLED)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -c docs . site

# The notebooks' outputs anew; fit.nc, which they share, is made when it is not there.
notebooks: $(INSTALLED)
	$(BIN)/jupyter-execute --inplace notebooks/*.ipynb

bench: $(INSTALLED)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

# For maintainers: the versions that everyone installs, with hashes and without addresses.
lock: $(BIN)/python
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.12 --group test --group lint --group docs --group bench pyproject.toml --output-file requirements.lock

clean:
	rm -rf demo-output site build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12) and "bayes_jeugdhulp needs Python 3.12 or newer, this is %s; try: make PYTHON=python3.13" % sys.version.split()[0])'
	$(PYTHON) -m venv .venv
