#!/usr/bin/env python3
"""Runs clang-tidy-19 over every source of a build folder, but the tests, that changed since it last passed.

Usage: tools/tidy.py build/release

A clean source leaves a stamp in the user's cache, named by a hash over all that its result depends on: .clang-tidy, the
compile command, and the source with every header of this project that it reads (ninja knows them from the last build).
So the first run checks everything and a later one only what an edit can have touched, whichever branch or checkout it
is in. Like the compiler's, that cache may be thrown away at any time.
Tests take as long as all else together and hold fewer faults that matter: warnings and sanitizers must do for them.
So they must for sources that include libtorch: clang 19 refuses Debian's headers of it in C++23 (a constexpr
std::vector of a type that is not complete yet), which g++ 12 takes.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIDY = "clang-tidy-19"
TORCH = re.compile(r"^#include <(torch|ATen|c10|caffe2)/", re.MULTILINE)


def project_headers(build: Path, root: Path) -> dict[str, list[Path]]:
    """Object file -> the files of this project that it was made from."""
    listed = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    made_from: dict[str, list[Path]] = {}
    files: list[Path] = []
    for line in listed.splitlines():
        if line.startswith("    "):
            file = Path(os.path.normpath(build / line.strip()))
            if file.is_relative_to(root) and not file.is_relative_to(root / ".deps"):
                files.append(file)
        elif ": #deps" in line:
            files = made_from.setdefault(line.split(": #deps")[0], [])
    return made_from


def object_file(command: dict[str, str]) -> str:
    words = command["command"].split()
    return words[words.index("-o") + 1]


def left_out(source: Path, build: Path) -> bool:
    return (
        source.is_relative_to(build)
        or source.suffix != ".cc"
        or re.search(r"_test\.cc$|^test_", source.name) is not None
        or TORCH.search(source.read_text()) is not None
    )


def key(command: dict[str, str], headers: list[Path], settings: bytes, root: Path) -> str:
    digest = hashlib.sha256(settings + command["command"].replace(str(root), "").encode())
    for file in sorted({Path(command["file"]), *headers}):
        digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    build = Path(sys.argv[1]).resolve()
    stamps = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "errata-tidy"
    stamps.mkdir(parents=True, exist_ok=True)
    settings = (root / ".clang-tidy").read_bytes()
    headers = project_headers(build, root)
    commands = json.loads((build / "compile_commands.json").read_text())
    commands = [command for command in commands if not left_out(Path(command["file"]), build)]

    def tidy(command: dict[str, str]) -> str:
        stamp = stamps / key(command, headers.get(object_file(command), []), settings, root)
        if stamp.exists():
            return "unchanged"
        run = subprocess.run([TIDY, "-p", build, "--quiet", command["file"]], capture_output=True, text=True)
        if run.returncode == 0:
            stamp.touch()
            return "clean"
        print(run.stdout or run.stderr, flush=True)
        return "with findings"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = Counter(pool.map(tidy, commands))
    print("clang-tidy:", ", ".join(f"{count} files {outcome}" for outcome, count in sorted(outcomes.items())))
    return 1 if outcomes["with findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
