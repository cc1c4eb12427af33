# Two commands do everything on a bare machine: `make demo` and `make test`.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ENGINES := $(VENV)/engines

.PHONY: setup demo test test-slow test-engines lint docs sample benchmarks clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "coachai needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ..."; exit 3; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	touch $@

demo: $(READY)
	$(BIN)/coachai analyze samples/lesson.mp4 --captions samples/lesson.vtt --teacher "Ms. Rivera" \
	  --rubric wait-time --out out/demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadscope

# Real browsers, long corpora, whole benchmarks; a skipped test fails here.
test-slow: $(READY) test-engines
	$(BIN)/python -m pytest -q -m slow --no-skips

# The other engines for the voices, on their real packages: 1.6 GB, so they stand apart.
test-engines: $(ENGINES)/.ready
	$(ENGINES)/bin/python -m pytest -q -m engines --no-skips tests/voices/engines

# PyPI's torchaudio is built for GPUs. Beside a torch for processors alone its compiled part cannot be loaded,
# and pyannote.audio needs only what it has in Python.
$(ENGINES)/.ready: pyproject.toml constraints.txt | $(READY)
	test -x $(ENGINES)/bin/python || $(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(ENGINES)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -e ".[pyannote,xvector]" hypothesis pytest pytest-timeout
	$(ENGINES)/bin/python -c "import torchaudio" 2>/dev/null || \
	  rm -f $(ENGINES)/lib/python*/site-packages/torchaudio/lib/_torchaudio*.so
	touch $@

docs: $(READY)
	$(BIN)/python -m coachai.measures
	$(BIN)/python -m coachai.accuracy
	$(BIN)/python -m coachai.report.schema docs/schema

sample: $(READY)
	$(BIN)/python -m samples.make_lesson

benchmarks: $(READY)
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/annotation.py
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/nobody.py
	$(BIN)/python benchmarks/waits_in_noise.py
	$(BIN)/python benchmarks/abstention.py
	$(BIN)/python benchmarks/voice_audit.py

clean:
	rm -rf $(VENV) out build dist
