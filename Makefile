# `make help` lists the targets. Everything here is a thin front of cmake and tools/.

.DEFAULT_GOAL := help
.NOTPARALLEL:
export SLUICE_HOME ?= $(HOME)/.cache/sluice
export JOBS ?= $(shell nproc)
SOAK ?= 1
SOAK_SEEDS ?= 10000
SOAK_BROKER_SEEDS ?= 100
SOAK_CUTS ?= 5000
PREFIX ?= build/library
PYTHON := $(SLUICE_HOME)/venv/bin/python

# A preset is configured once; after that the build itself notices what to configure again.
configure = [ -e build/$(1)/build.ninja ] || cmake --preset $(1)

.PHONY: help build demo demo-live test tsan check referee referee-record test-spark soak bench package library docs format clean
.PHONY: dependencies python_packages browser build_optimised_tests build_debug

help: ## show this table
	@echo "make ..."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "One folder alone, with the sanitizers:"
	@echo "  cmake --preset debug && cmake --build --preset debug --target formats_test"
	@echo "  build/debug/src/formats_test --gtest_filter='Json*'"
	@echo "Downloads and compiled dependencies lie in $(SLUICE_HOME); set SLUICE_HOME to move them."

build: dependencies ## the program, at build/sluice
	@$(call configure,release)
	@cmake --build --preset release -j $(JOBS) --target sluice
	@ln -sfn release/sluice build/sluice

demo: build python_packages ## the invoice pipeline from end to end, into build/demo
	@tools/demo.sh

demo-live: build python_packages ## the same, producing and running until Ctrl+C
	@tools/demo.sh live

test: build python_packages browser build_optimised_tests build_debug ## every test: unit, sanitizers, pipelines, crashes, brokers
	@tools/test.sh

tsan: dependencies ## unit tests of engine, SQL and Kafka under ThreadSanitizer
	@tools/install_dependencies.sh tsan
	@$(call configure,tsan)
	@cmake --build --preset tsan -j $(JOBS) --target engine_test sql_test connector_kafka_test
	@ctest --preset tsan -R '^(engine|sql|connector_kafka)_test(_[0-9]+)?$$'

check: build python_packages ## layers, formatting, clang-tidy, headers, lengths, words, named files
	@tools/check.sh

referee: ## Spark runs test/referee's cases again; compared with its recorded answers
	@test/referee/spark.sh --compare

referee-record: ## Spark runs them all again; its answers are recorded again
	@test/referee/spark.sh --all

test-spark: build python_packages ## the Spark engine at length: examples and runs on real Spark, beside sluice
	@SPARK_ENGINE=all $(PYTHON) test/run.py -v -j1 spark_engine

soak: build python_packages build_optimised_tests ## random pipelines for SOAK_MINUTES (10), kills and writers by the hundred, an hour of triggers
	@SOAK=$(SOAK) $(PYTHON) test/run.py -v crash handover stores lake/two_writers interop/two_writers cql/examples shards/killed loop/infer_anything loop/infer_known_schemas loop/chaos_of_templates
	@SOAK=1 CUTS=$(SOAK_CUTS) build/release/src/app_test --gtest_filter="SimulatedHour*:PowerCut*:ChaosTests*"
	@SLUICE_SEEDS=1001:$(SOAK_SEEDS) build/release/src/app_test --gtest_filter="*RandomErrors*"
	@SLUICE_SEEDS=1001:$(SOAK_BROKER_SEEDS) build/release/src/app_test --gtest_filter="KafkaErrors*"
	@cd test && $(PYTHON) -c "from generated.suite import soak; soak()"

bench: build python_packages ## micro-benchmarks, then sluice beside the raw libraries
	@cmake --build --preset release -j $(JOBS) --target benches
	@for program in build/release/bench/*_bench; do \
	  [ ! -x $$program ] || $$program || exit 1; done
	@[ ! -e bench/run.py ] || $(PYTHON) bench/run.py

package: build ## a relocatable tar.gz, a .deb and a Python wheel, into build/packages
	@tools/install_dependencies.sh packaging
	@$(SLUICE_HOME)/packaging/bin/python packaging/package.py

library: build ## headers, archive and CMake package for C++ programs, into PREFIX (build/library)
	@cmake --build --preset release -j $(JOBS) --target library
	@cmake --install build/release --prefix $(PREFIX) > build/release/installed.txt
	@echo "find_package(sluice) finds it with -DCMAKE_PREFIX_PATH=$(abspath $(PREFIX))"

docs: ## the site of docs/, into build/site; open build/site/index.html
	@tools/install_dependencies.sh docs
	@NO_MKDOCS_2_WARNING=1 $(SLUICE_HOME)/docs/bin/mkdocs build --strict  # --quiet would hide the warnings from --strict

format: python_packages ## rewrite the C++ files as .clang-format says
	@$(PYTHON) tools/check_format.py --fix

clean: ## remove build/ (the dependencies stay)
	@rm -rf build

dependencies:
	@tools/install_dependencies.sh build

python_packages:
	@tools/install_dependencies.sh python

browser:
	@tools/install_dependencies.sh browser
	@tools/install_dependencies.sh readers

build_optimised_tests: build
	@cmake --build --preset release -j $(JOBS) --target optimised_tests

build_debug: dependencies
	@$(call configure,debug)
	@cmake --build --preset debug -j $(JOBS) --target tests
