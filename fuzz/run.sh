#!/bin/sh
# Runs every fuzz target, two at a time, and fails when one crashes, leaks, takes too long or too much memory.
# Usage: fuzz/run.sh BUILD_FOLDER SECONDS [TARGET]...
# FUZZ_SEED, when set, draws the same inputs again; without it each run draws others.
# Inputs that reach something new are kept in build/fuzzed/TARGET, one that fails in build/fuzzed/failed-TARGET-….
set -eu
cd "$(dirname "$0")/.."
build=$1 seconds=$2
shift 2
[ $# -gt 0 ] || set -- $(ls fuzz/corpus)
export LSAN_OPTIONS="suppressions=$PWD/cmake/leaks.supp:print_suppressions=0"
export build seconds

# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P 2 -I {} sh -c '
  mkdir -p build/fuzzed/{}
  if "$build/fuzz/fuzz_{}" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix="build/fuzzed/failed-{}-" build/fuzzed/{} fuzz/corpus/{} >build/fuzzed/{}.log 2>&1
  then echo "fuzz: {}: $(sed -n "s/^stat::number_of_executed_units: *//p" build/fuzzed/{}.log) inputs"
  else tail -n 40 build/fuzzed/{}.log >&2; echo "fuzz: {} failed: build/fuzzed/{}.log" >&2; exit 1; fi'
