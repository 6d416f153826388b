#!/bin/sh
# Installs what the build needs and is not there yet. Usage: deps/install.sh [test]
#   Debian packages from deps/debian.txt (and deps/debian-test.txt with `test`), with apt-get, as root or through sudo;
#   npm packages from deps/npm.txt, pinned by version and sha256, unpacked into .deps/<package>.
# A second run finds everything in place and does nothing.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "deps: $*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else fail "not root and no sudo: ask an administrator to run: $*"; fi
}

listed() { sed 's/#.*//' "$@" | awk 'NF { print $1 }'; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c2)" = i ]; }

missing_packages() {
  for package in "$@"; do is_installed "$package" || echo "$package"; done
}

install_debian() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null 2>&1 || fail "no apt-get here; install by hand:" $missing
  echo "deps: installing" $missing
  as_root apt-get update -qq || fail "apt-get update failed"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    fail "could not install: $(missing_packages $missing | tr '\n' ' ')"
}

install_npm() { # package version sha256
  folder=.deps/$1
  [ "$(cat "$folder/.sha256" 2>/dev/null)" = "$3" ] && return 0
  echo "deps: fetching $1 $2"
  pack=$(mktemp -d)
  trap 'rm -rf "$pack"' EXIT
  npm pack --silent --pack-destination "$pack" "$1@$2" >/dev/null || fail "npm could not fetch $1 $2"
  echo "$3  $(echo "$pack"/*.tgz)" | sha256sum --check --status || fail "$1 $2 is not the pinned file (sha256 differs)"
  rm -rf "$folder" && mkdir -p "$folder"
  tar -xzf "$pack"/*.tgz -C "$folder" --strip-components=1 --no-same-owner
  echo "$3" >"$folder/.sha256"
  rm -rf "$pack"
}

lists=deps/debian.txt
[ "${1:-}" != test ] || lists="$lists deps/debian-test.txt"
# shellcheck disable=SC2046,SC2086
install_debian $(listed $lists)
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || install_debian nodejs npm

machine=$(uname -m)
grep -q "^$machine " deps/npm.txt || fail "no DuckDB library is pinned for $machine (x86_64 and aarch64 are)"
sed 's/#.*//' deps/npm.txt | while read -r wanted package version sha; do
  case $wanted in "$machine" | any) install_npm "$package" "$version" "$sha" ;; esac
done
