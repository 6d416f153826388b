# The front door. `make run` and `make test` are all that a newcomer needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.NOTPARALLEL:

RELEASE := build/release
ERRATA := $(RELEASE)/errata
DEMO := build/demo
SOURCES := git ls-files -z --cached --others --exclude-standard '*.cc' '*.h'
THREADED := base_test slice_test monitor_test replay_test
space := $(subst ,, )
CTEST := ctest --parallel $(shell nproc) --output-on-failure --test-dir

PREFIX ?= /usr/local

.PHONY: help run build install test bench results results-memory results-audit results-improve results-findings check check-format check-layers check-headers check-examples check-tidy check-sanitizers check-sanitizers-whole check-threads check-fuzz check-models fuzz format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set up, build build/release/errata, and analyze a simulated log of a credit model
	@deps/install.sh
	@tools/build.sh release errata_program
	@mkdir -p $(DEMO)
	@[ $(DEMO)/credit.parquet -nt $(ERRATA) ] || $(ERRATA) simulate credit -o $(DEMO)/credit.parquet
	@$(ERRATA) analyze $(DEMO)/credit.parquet -o $(DEMO)/report.html
	@printf '\n%s\n' 'Open it in a browser. Your own log: $(ERRATA) analyze LOG -o report.html (.parquet, .csv, .csv.gz or .jsonl)'

build: ## set up and build everything that users run: also build/release/errata-nn, for `errata audit`, and the monitor as a library
	@deps/install.sh nn
	@tools/build.sh release ERRATA_NN errata_installed

install: ## build and install below PREFIX (/usr/local): the programs that were built before, and the monitor as a library
	@deps/install.sh
	@tools/build.sh release errata_installed
	@cmake --install $(RELEASE) --prefix "$(abspath $(PREFIX))"

test: ## set up, build and run every test
	@deps/install.sh test
	@deps/install.sh reference
	@tools/build.sh release ERRATA_TESTS
	@$(CTEST) $(RELEASE) --output-junit tests.xml --test-output-size-passed 1000000
	@tools/no_skips.py $(RELEASE)/tests.xml

bench: ## build and run every benchmark
	@deps/install.sh test
	@tools/build.sh release ERRATA_BENCH
	@for bench in $(RELEASE)/bench/*_bench; do $$bench || exit 1; done
	@bench/nn_bench.py $(RELEASE)/bench/nn_bench
	@bench/onnx_bench.py $(RELEASE)/bench/nn_bench
	@python3 bench/whole_command.py $(ERRATA)
	@python3 bench/page_open.py $(ERRATA)

results: ## run the commands in docs/results and README.md again, refreshing their output
	@deps/install.sh test
	@tools/build.sh release ERRATA_BENCH
	@tools/refresh_console.py README.md docs/results/analyze.md docs/results/performance.md docs/results/report-page.md

results-memory: build ## what the failure memory is worth, on every stream: refreshes docs/results/memory.md
	@tools/refresh_console.py docs/results/memory.md

results-audit: build ## how well the auditor tells when a model is wrong, MNIST and Fashion-MNIST: refreshes docs/results/audit.md
	@tools/refresh_console.py docs/results/audit.md
	@python3 bench/audit_results.py json >docs/results/audit.json

results-improve: build ## what a model learns from its failures, by who corrects it: refreshes docs/results/improve.md
	@python3 bench/improve_results.py make --arms "teacher,control,self,no replay"
	@python3 bench/improve_results.py make --size slow --arms "teacher,control,self"
	@python3 bench/improve_results.py make --size small --mining
	@tools/refresh_console.py docs/results/improve.md
	@python3 bench/improve_results.py json >docs/results/improve.json

results-findings: ## how well planted failures are found, beside plain baselines: refreshes docs/results/findings.md
	@deps/install.sh bench-python
	@tools/build.sh release errata_program
	@.deps/bench-python/bin/python -m unittest discover --quiet --start-directory bench/findings --pattern '*_test.py' --top-level-directory bench
	@tools/refresh_console.py docs/results/findings.md

check: check-format check-layers check-headers check-examples check-tidy check-sanitizers check-fuzz ## everything that CI checks besides the tests

check-format: ## every source is laid out by .clang-format
	@deps/install.sh test
	@$(SOURCES) | xargs -0 clang-format-19 --dry-run -Werror

check-layers: ## includes follow the module graph and its fences
	@deps/install.sh test
	@python3 tools/check_layers_test.py --quiet 2>&1
	@python3 tools/check_layers.py

check-headers: ## every header compiles alone
	@deps/install.sh test
	@tools/build.sh release ERRATA_TESTS all_verify_interface_header_sets

check-examples: ## the benchmarks, and examples in headers and documents, compile
	@deps/install.sh test
	@tools/build.sh release ERRATA_BENCH
	@python3 tools/compile_examples.py

check-tidy: ## clang-tidy finds nothing in files that changed since it last passed
	@deps/install.sh test
	@tools/build.sh release ERRATA_TESTS
	@tools/tidy.py $(RELEASE)

check-sanitizers: ## the tests of modules, but slow ones, by clang under the address and undefined-behaviour sanitizers
	@deps/install.sh test
	@tools/build.sh asan ERRATA_FUZZ unit_tests c_abi_test
	@$(CTEST) build/asan --label-exclude '^(slow|report|e2e)$$'

check-sanitizers-whole: ## likewise with pages and whole commands
	@deps/install.sh test
	@tools/build.sh asan ERRATA_FUZZ
	@$(CTEST) build/asan --label-exclude '^slow$$'

check-threads: ## the tests of threaded code under the thread sanitizer
	@deps/install.sh test
	@tools/build.sh tsan $(THREADED)
	@$(CTEST) build/tsan --tests-regex '^($(subst $(space),|,$(THREADED)))'

check-fuzz: ## twenty seconds of each fuzz target, from the corpus that is committed, the same inputs each time
	@deps/install.sh test
	@tools/build.sh asan ERRATA_FUZZ fuzz_targets
	@FUZZ_SEED=1 fuzz/run.sh build/asan 20

check-models: ## language models compute what Hugging Face's programs do; fetches 3 GB of them once
	@deps/install.sh test
	@deps/install.sh reference-models
	@tools/build.sh release language_tool
	@tests/reference/models_test.py $(RELEASE)/tests/language_tool

fuzz: ## FUZZ_SECONDS (3600) of each fuzz target; what they find to be new goes to build/fuzzed
	@deps/install.sh test
	@tools/build.sh fuzz fuzz_targets
	@fuzz/run.sh build/fuzz $(or $(FUZZ_SECONDS),3600)

format: ## lay out every source
	@$(SOURCES) | xargs -0 clang-format-19 -i

clean: ## remove everything that was built
	rm -rf build
