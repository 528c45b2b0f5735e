# make book    build the book, every chapter executed       (_build/html/index.html)
# make book-instructor  the edition with the solutions   (_build/instructor/html/index.html)
# make chapter NAME=dropout   one changed chapter, run and built again; the others wait for make book
# make pdf     the built book as one PDF, printed by Chromium (_build/which-digit-is-bigger.pdf); EDITION=instructor for the other
# make test    everything that CI checks
# make test-all the same, and the notebooks train every round again
# make links   follow every link of the book, DOIs among them
# make bench   speed, side by side with a plain training loop
# make run-times   how long each chapter takes, cold, into book/run-times.csv: on a machine that does nothing else
# make screenshots   pictures of all pages of the built book, wide and narrow, light and dark (_build/screenshots)
# make serve   the built book on http://localhost:8000
# make kernels the lab's compiled loops (only after a change in book/lab/kernels.c; needs clang-19 and lld-19)
# make picture the README's pictures and the card of shared links, taken from the built book
# make assignments   student notebooks, autograders and solutions in dist/; NAME=… for one, SEED=… for other answers, SEEDS=table.csv for each student's own
# make grade NAME=… SUBMISSIONS=folder   the folder's notebooks, graded, as its scores.csv; ROSTER=list.csv for a class list
# make stick TO=folder   all that a room without a network needs: the built book, the assignments, Python's packages
# make clean   remove what was built; `make clean-all` removes the environments, too

PYTHON ?= python3
BIN := .venv/bin
COLAB_PYTHON ?= $(PYTHON)
COLAB_BIN := .venv-colab/bin
COLAB_REQUIREMENTS ?= requirements-colab.txt
PORT ?= 8000

# Experiments of this checkout are kept here, whatever a learner's LIB_LEDGER says: `make test` empties this folder,
# and must neither read old rounds from another one nor empty it. No progress bars go into pages or logs.
export LIB_LEDGER := $(CURDIR)/_build/ledger
export LIB_QUIET := 1

# What runs is this folder's and its .venv's: on a cluster PYTHONPATH may hold another numpy, or another lib, and kernels
# would begin with a user's own PYTHONSTARTUP.
unexport PYTHONPATH PYTHONSTARTUP

NAME ?=
ALL ?=
SEED ?=
SEEDS ?=
ROSTER ?=
SUBMISSIONS ?=
OPTIONS ?=
TO ?=
EDITION ?=

.PHONY: book chapter book-instructor pdf test test-all lint unit pages notebooks assignments grade stick bench run-times links screenshots serve kernels picture clean clean-all help install install-colab colab-python
.NOTPARALLEL:

book: install
	@$(BIN)/python -m book._ext.build

book-instructor: install
	@$(BIN)/python -m book._ext.build --instructor

chapter: install
	@$(BIN)/python -m book._ext.chapter "$(NAME)"

pdf: install
	@$(BIN)/python -m book._ext.pdf $(if $(EDITION),--$(EDITION))

# Colab's versions are installed while the first tests run: the one waits for the network, the others for the processor.
test: install colab-python
	@$(MAKE) --no-print-directory install-colab & colab=$$!; trap "kill $$colab 2>/dev/null" EXIT; \
		$(MAKE) --no-print-directory lint unit pages && wait $$colab && $(MAKE) --no-print-directory notebooks
	@echo "make test: all good"

test-all:
	@$(MAKE) --no-print-directory test ALL=yes

# .pre-commit-config.yaml has the same six commands, for those who want them before each commit.
lint: install
	@echo "== lint, format, types, spelling, house words, and which module imports which"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/codespell
	@$(BIN)/python -m book._ext.house_words
	@$(BIN)/lint-imports --no-logo

unit: install
	@echo "== unit tests of lib and of the project"
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile tests --ignore tests/pages

# A fresh ledger, so that no stored round hides a change. Built from scratch, every chapter executed.
pages: install
	@echo "== the book, built with warnings as errors, and its pages"
	@rm -rf _build/ledger
	@$(BIN)/python -m book._ext.build --fresh --student --instructor
	@$(BIN)/python -m pytest -q -n 2 tests/pages

# The very files that a learner downloads, and the assignments, blank and solved. Two at a time, each in an empty folder, with
# Colab's versions, and without this checkout and its settings. Rounds that the book has trained come from a copy of its
# ledger, since both environments give the same to the last bit (compared first); `make test-all` trains all again, and so
# does COLAB_REQUIREMENTS=file, other versions than ours (.github/workflows/colab.yml), which may give other bits.
OTHERS := $(filter-out requirements-colab.txt,$(COLAB_REQUIREMENTS))

notebooks: install install-colab
	@echo "== every notebook, cell by cell, as in Colab"
	@test -d _build/html/notebooks || { echo "No notebooks yet: run make book first."; exit 1; }
	@rm -rf _build/colab _build/assignments
	@mkdir -p _build/colab/ledger
	@test -n "$(OTHERS)" || PYTHONPATH="$(CURDIR)" $(BIN)/python tests/same_rounds.py > _build/colab/rounds.txt
	@test -n "$(OTHERS)" || PYTHONPATH="$(CURDIR)" $(COLAB_BIN)/python tests/same_rounds.py | cmp - _build/colab/rounds.txt
	@test -n "$(ALL)$(OTHERS)" || cp -R _build/ledger/. _build/colab/ledger
	@$(BIN)/python -c 'from pathlib import Path; from grading import assign; [assign.make(assign.find(name), Path("_build/assignments")) for name in assign.names()]'
	@for file in _build/html/notebooks/*.ipynb _build/assignments/*.ipynb; do \
		folder=_build/colab/$$(basename $$file .ipynb) && mkdir -p $$folder && cp $$file $$folder || exit 1; done
	@env -u PYTHONPATH LIB_LEDGER="$(CURDIR)/_build/colab/ledger" OMP_NUM_THREADS=1 LOKY_MAX_CPU_COUNT=1 \
		PYDEVD_DISABLE_FILE_VALIDATION=1 \
		$(COLAB_BIN)/python -m pytest -q -c /dev/null --rootdir _build/colab -p no:cacheprovider --durations 5 \
		-n 2 --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=900 _build/colab

assignments: install
	@$(BIN)/python -m grading assign $(NAME) $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds "$(SEEDS)")

# With a cluster's packages, which submissions may use (grading/sandbox.py).
grade: install
	@test -n "$(NAME)" -a -n "$(SUBMISSIONS)" || { echo "Say which, and where they are: make grade NAME=siamese SUBMISSIONS=folder"; exit 1; }
	@PYTHONPATH="$(PYTHONPATH)" $(BIN)/python -m grading grade "$(NAME)" "$(SUBMISSIONS)" $(if $(SEEDS),--seeds "$(SEEDS)") $(if $(ROSTER),--roster "$(ROSTER)") $(OPTIONS)

stick: install
	@test -d "$(TO)" || { echo "Say which folder, one that is there already: make stick TO=/media/you/STICK"; exit 1; }
	@$(BIN)/python -m grading stick "$(TO)" $(OPTIONS)

screenshots: install
	@test -f _build/html/index.html || { echo "No pages yet: run make book first."; exit 1; }
	@SCREENSHOTS=yes $(BIN)/python -m pytest -q -n 2 tests/pages -k "fits_the_screen"

links: install
	@$(BIN)/python -m book._ext.links

bench: install
	@$(BIN)/python tests/bench.py

run-times: install
	@$(BIN)/python -m book._ext.record_times

serve: install
	@test -f _build/html/index.html || { echo "Nothing to serve yet: run make book first."; exit 1; }
	@echo "http://localhost:$(PORT)  (Ctrl-C ends it)"
	@$(BIN)/python -m http.server --bind localhost --directory _build/html $(PORT)

# The lab's compiled loops, which are committed: needs Debian's clang-19 and lld-19. A test compiles them again.
KERNEL_FLAGS := --target=wasm32 -O3 -msimd128 -mbulk-memory -ffp-contract=off -nostdlib -Wl,--no-entry,--export-dynamic,--import-memory,--strip-all,-z,stack-size=8192,--global-base=1024

kernels:
	clang-19 $(KERNEL_FLAGS) -o $(or $(OUT),book/lab)/kernels.wasm book/lab/kernels.c
	clang-19 $(KERNEL_FLAGS) -mrelaxed-simd -o $(or $(OUT),book/lab)/kernels-fused.wasm book/lab/kernels.c

picture: install
	@$(BIN)/python -m book._ext.picture

help:
	@sed -n 's/^# make /make /p' Makefile

clean:
	rm -rf _build dist

clean-all: clean
	rm -rf .venv .venv-colab

# .venv is made once, and again when the pins changed: it keeps a copy of what it was made from.
install:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name yours: make PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$("$(PYTHON)" --version 2>&1) is too old: Python 3.11 or newer is needed, for example: make PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@cat requirements.txt pyproject.toml | cmp -s - .venv/made-from || { \
		echo "== installing the pins into .venv (a few minutes, once)" && "$(PYTHON)" -m venv --clear .venv && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --editable . && \
		cat requirements.txt pyproject.toml > .venv/made-from; }

colab-python:
	@"$(COLAB_PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || { echo "Colab's versions need Python 3.11 or 3.12, for example: make $(MAKECMDGOALS) COLAB_PYTHON=python3.12"; exit 1; }

# .venv-colab likewise: the versions that Colab has, and none of the book's.
install-colab: install colab-python
	@cmp -s "$(COLAB_REQUIREMENTS)" .venv-colab/made-from || { \
		echo "== installing Colab's versions into .venv-colab (a few minutes, once)" && "$(COLAB_PYTHON)" -m venv --clear .venv-colab && \
		$(COLAB_BIN)/python -m pip install -qq --disable-pip-version-check -r "$(COLAB_REQUIREMENTS)" && \
		cp "$(COLAB_REQUIREMENTS)" .venv-colab/made-from; }
