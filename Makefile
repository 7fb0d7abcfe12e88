# Needs Python 3.11 to 3.13 and make; everything else goes into .venv, which sets itself up.
# Choose another interpreter with: make run PYTHON=/path/to/python3

PYTHON ?= python3.13 python3.12 python3.11 python3 python
export TF_CPP_MIN_LOG_LEVEL ?= 3
export KERAS_BACKEND ?= tensorflow
# Twice as fast on processors where TensorFlow leaves it off.
export TF_ENABLE_ONEDNN_OPTS ?= 1
# Processes of one thread (tests/conftest.py says how many): tracing, which takes most of the time,
# has one anyway.
PYTEST := -m pytest --numprocesses auto --dist loadfile
check test: export TF_NUM_INTRAOP_THREADS ?= 1
check test: export TF_NUM_INTEROP_THREADS ?= 1

# The stamp is written last, so a half-made .venv has none; it names this folder, so that a
# copied or moved .venv, which still points to the old sources, is made anew.
STAMP := .venv/complete-$(shell pwd | cksum | cut -d ' ' -f 1)
PY := .venv/bin/python

.PHONY: run book lint check test notebooks pair clean

run: $(STAMP)  ## run the series on the sample images; results in runs/series/, a book of them in runs/series/book/
	@$(PY) -m medsr_nb.cli run

book: $(STAMP)  ## the notebooks as they are stored, with README and docs, as a book in runs/book/
	@$(PY) -m medsr_nb.cli book

lint: $(STAMP)  ## style, spelling, and the floors of the rooms
	$(PY) -m ruff check
	.venv/bin/codespell
	.venv/bin/lint-imports

check: lint  ## the quick test: style, the floors of the rooms, all tests that train nothing
	$(PY) $(PYTEST) -m "not trains" tests

# The notebooks first: they take longest, and would leave one core idle at the end.
test: lint  ## check style and floors, run all tests, and the notebooks against their outputs
	$(PY) $(PYTEST) --no-loadscope-reorder --nbval --nbval-current-env \
	  --nbval-cell-timeout 900 notebooks tests

notebooks: $(STAMP)  ## notebooks/py/*.py -> executed notebooks/*.ipynb
	@$(PY) -m medsr_nb.cli notebooks

pair: $(STAMP)  ## check that each notebook and its twin in notebooks/py agree
	@$(PY) -m medsr_nb.cli pair

clean:  ## remove what these targets made
	rm -rf .venv runs .pytest_cache .ruff_cache

$(STAMP): pyproject.toml
	@if [ ! -f $@ ] || ! $(PY) -c ''; then \
	  for python in $(PYTHON); do \
	    $$python -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	      2>/dev/null && break; python=; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "medsr-nb needs Python 3.11, 3.12 or 3.13 with its venv module (Debian, Ubuntu:" \
	      "apt install python3-venv). Tried: $(PYTHON)." \
	      "Name yours with: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; \
	  fi; \
	  echo "Setting up .venv with $$($$python --version); this happens once and takes minutes."; \
	  rm -rf .venv && $$python -m venv .venv; \
	fi
	@rm -f $@
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@$(PY) -m medsr_nb.published.wheels # two published networks, for notebook 05
	@touch $@
