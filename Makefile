# What a newcomer needs is `make chat` or `make serve`, and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARTICLE ?=

.PHONY: help setup chat serve ask test bench torture mutation audit reader languages writer constraints docs clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

$(READY): pyproject.toml .ci/requirements.txt .ci/llama.txt .ci/setup.py
	@command -v $(PYTHON) >/dev/null || { echo "setup: there is no $(PYTHON); install Python 3.10 to 3.13, or run make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) .ci/setup.py

setup: $(READY) ## set everything up, or only what is missing

chat: $(READY) ## talk about the article in seeds/, or about ARTICLE=path
	@$(BIN)/qa chat $(ARTICLE)

serve: $(READY) ## open the article in seeds/, or ARTICLE=path, in the browser
	@$(BIN)/qa serve $(ARTICLE)

ask: $(READY) ## answer one question: make ask Q='Who leads the offensive?' [ARTICLE=path]
	@$(BIN)/qa ask "$$Q" $(if $(ARTICLE),-s $(ARTICLE)) || [ $$? -eq 3 ]  # 3: the article does not say, which is no error

ask: export Q := $(value Q)

test: $(READY) ## run every check: style, types, the pages of docs/, all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python .ci/commands.py --check
	@$(BIN)/pytest -m "not real" --cov -n 2 --dist loadgroup
	@$(BIN)/pytest -m real

bench: $(READY) ## measure speed, memory and cost against size; results go to docs/benchmarks/
	@$(BIN)/python -W ignore -m tests.benchmarks

torture: $(READY) ## attacks, stops, load and fuzzing, for about three hours; results go to docs/reliability/; PART=stops runs one
	@$(BIN)/pip install --quiet -c .ci/constraints.txt 'atheris>=3'
	@$(BIN)/python -W ignore -m tests.torture $(PART)

mutation: $(READY) ## change the checker and the citations in small ways, and count how many changes the tests notice: about a minute
	@$(BIN)/pip install --quiet -c .ci/constraints.txt 'mutmut>=3'
	@$(BIN)/python .ci/mutation.py

audit: $(READY) ## known vulnerabilities, licences and a bill of materials; the first of them asks the network
	@$(BIN)/pip install --quiet -c .ci/constraints.txt pip-audit pip-licenses cyclonedx-bom
	@$(BIN)/python .ci/audit.py

# DATA is the folder with the training pool, GOLD a gold file to calibrate the confidence on; TOKENS counts all runs.
TOKENS ?= 20e6
reader: $(READY) ## train the reader: make reader DATA=folder GOLD=questions.jsonl [TOKENS=20e6]; stop and run it again to go on
	@$(BIN)/pip install --quiet -c .ci/constraints.txt onnx onnx-ir
	@$(BIN)/python -m qa.training.train --data $(DATA) --out .cache/reader --tokens $(TOKENS)
	@$(BIN)/python -m qa.training.export.small --checkpoint .cache/reader/state.pt --out qa/models/weights
	@$(BIN)/python -m qa.training.calibrate --questions $(GOLD) --reader small --out qa/models/weights/calibration.json

languages: $(READY) ## train the reader for other languages: make languages DATA=folder GOLD=questions.jsonl [TOKENS=20e6]
	@$(BIN)/pip install --quiet -c .ci/constraints.txt onnx onnx-ir
	@$(BIN)/python -m qa.training.languages.base .cache/languages/base
	@$(BIN)/python -m qa.training.train --data $(DATA) --base .cache/languages/base --out .cache/languages --tokens $(TOKENS) --sentences 0.35 --freeze 4 --rate 2e-4
	@$(BIN)/python -W ignore -m qa.training.languages.export --base .cache/languages/base --checkpoint .cache/languages/state.pt --out qa/models/weights
	@$(BIN)/python -m qa.training.calibrate --questions $(GOLD) --out qa/models/weights/multilingual.json

writer: $(READY) ## train the writer, the adapter that words answers: make writer DATA=folder
	@$(BIN)/pip install --quiet -c .ci/constraints.txt gguf peft
	@mkdir -p .cache/writer
	@$(BIN)/python -W ignore -m qa.training.writer.targets --data $(DATA) --out .cache/writer/targets.jsonl
	@$(BIN)/python -W ignore -m qa.training.writer.tune .cache/writer/targets.jsonl .cache/writer
	@$(BIN)/python -m qa.training.writer.export .cache/writer qa/models/weights/writer.gguf

docs: $(READY) ## write docs/commands.md anew
	@$(BIN)/python .ci/commands.py

constraints: $(READY) ## pin what a fresh resolution of pyproject.toml brings
	@$(BIN)/python .ci/constraints.py

clean: ## remove the virtual environment; built wheels stay in .cache
	@rm -rf .venv
