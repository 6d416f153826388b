# The front door. `make run` and `make test` are all that a newcomer needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
JOBS ?= $(shell nproc)
RELEASE := build/release
ERRATA := $(RELEASE)/errata

.PHONY: help build clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## install what is missing and build build/release/errata
	@deps/install.sh
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS)

clean: ## remove everything that was built
	rm -rf build
