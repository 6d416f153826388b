#!/bin/sh
# Configures build/PRESET when that was not done yet, and builds in it. Usage: tools/build.sh PRESET [SWITCH] [TARGET]...
#   SWITCH, e.g. ERRATA_TESTS, is turned on for that build folder and stays on.
# Quiet: one line that rewrites itself on a terminal, elsewhere only what failed.
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift
switch=CMAKE_EXPORT_COMPILE_COMMANDS # on in every preset
case ${1:-} in ERRATA_*) switch=$1 && shift ;; esac

if ! [ -f "build/$preset/build.ninja" ] || ! grep -q "^$switch:BOOL=ON" "build/$preset/CMakeCache.txt"; then
  mkdir -p build
  echo "configuring build/$preset"
  cmake --preset "$preset" "-D$switch:BOOL=ON" >"build/configure-$preset.log" 2>&1 ||
    { cat "build/configure-$preset.log" >&2; exit 1; }
fi
quiet=$([ -t 1 ] || echo --quiet)
# shellcheck disable=SC2086
exec ninja -C "build/$preset" -j "${JOBS:-$(nproc)}" $quiet "$@"
