#!/usr/bin/env python3
"""Runs clang-tidy-19 over every source of a build folder, but the tests, that changed since it last passed.

Usage: tools/tidy.py build/release

Sources of a target are read sixteen at a time, as they are compiled: most of the time goes into what they all include. A
clean batch leaves a stamp in the user's cache, named by a hash over all that its result depends on: .clang-tidy, the
compile command, and the sources with every header of this project that their target reads (ninja knows them from the
last build). So the first run checks everything and a later one only what an edit can have touched, whichever branch or
checkout it is in. Like the compiler's, that cache may be thrown away at any time.
Tests take as long as all else together and hold fewer faults that matter: warnings and sanitizers must do for them.
So they must for sources that include libtorch: clang 19 refuses Debian's headers of it in C++23 (a constexpr
std::vector of a type that is not complete yet), which g++ 12 takes.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TIDY = "clang-tidy-19"
BATCH = 16  # as CMAKE_UNITY_BUILD_BATCH_SIZE
TORCH = re.compile(r"^#include <(torch|ATen|c10|caffe2)/", re.MULTILINE)
INCLUDED = re.compile(r'^#include "(/.*)"$', re.MULTILINE)


@dataclass
class Target:
    """The sources of a target that are compiled with the same words."""

    flags: list[str]
    folder: str
    sources: list[Path] = field(default_factory=list)
    headers: set[Path] = field(default_factory=set)


def project_files(build: Path, root: Path) -> dict[str, set[Path]]:
    """Object file -> the files of this project that it was made from."""
    listed = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    made_from: dict[str, set[Path]] = {}
    files: set[Path] = set()
    for line in listed.splitlines():
        if line.startswith("    "):
            file = Path(os.path.normpath(build / line.strip()))
            if file.is_relative_to(root) and not file.is_relative_to(root / ".deps"):
                files.add(file)
        elif ": #deps" in line:
            files = made_from.setdefault(line.split(": #deps")[0], set())
    return made_from


def left_out(source: Path, build: Path) -> bool:
    return (
        source.is_relative_to(build)
        or source.suffix != ".cc"
        or re.search(r"_test\.cc$|^test_", source.name) is not None
        or TORCH.search(source.read_text()) is not None
    )


def targets_of(build: Path, root: Path) -> list[Target]:
    made_from = project_files(build, root)
    targets: dict[tuple[str, ...], Target] = {}  # by name and words
    for command in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(command["command"])
        output, file = words[words.index("-o") + 1], Path(command["file"])
        compiled = words[next(i for i, word in enumerate(words) if word.endswith(("c++", "g++", "cc"))) + 1 :]
        flags = [word for word in compiled if word not in ("-o", "-c", output, str(file))]
        sources = [Path(name) for name in INCLUDED.findall(file.read_text())] if file.suffix == ".cxx" else [file]
        sources = [source for source in sources if not left_out(source, build)]
        if not sources:
            continue
        alone = "" if file.suffix == ".cxx" else str(file)  # as it is compiled
        target = targets.setdefault((output.split(".dir/")[0], alone, *flags), Target(flags, command["directory"]))
        target.sources += sources
        target.headers |= {name for name in made_from.get(output, set()) if name.suffix == ".h"}
    return list(targets.values())


def key(batch: list[Path], target: Target, settings: bytes, root: Path) -> str:
    digest = hashlib.sha256(settings + " ".join(target.flags).replace(str(root), "").encode())
    for file in [*batch, *sorted(target.headers)]:
        digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    build = Path(sys.argv[1]).resolve()
    stamps = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "errata-tidy"
    stamps.mkdir(parents=True, exist_ok=True)
    batches = build / "tidy"
    batches.mkdir(exist_ok=True)
    settings = (root / ".clang-tidy").read_bytes()

    def tidy(target: Target, batch: list[Path]) -> str:
        name = key(batch, target, settings, root)
        if (stamps / name).exists():
            return "unchanged"
        together = batches / f"{name[:16]}.cc"
        together.write_text("".join(f'#include "{source}"  // NOLINT(bugprone-suspicious-include)\n' for source in batch))
        run = subprocess.run(
            [TIDY, "--quiet", f"--config-file={root / '.clang-tidy'}", str(together), "--", *target.flags],
            capture_output=True,
            text=True,
            cwd=target.folder,
        )
        if run.returncode == 0:
            (stamps / name).touch()
            return "clean"
        print(run.stdout or run.stderr, flush=True)
        return "with findings"

    work = []
    for target in targets_of(build, root):
        sources = sorted(set(target.sources))
        work += [(target, sources[i : i + BATCH]) for i in range(0, len(sources), BATCH)]
    outcomes: Counter[str] = Counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for outcome, (_, batch) in zip(pool.map(lambda one: tidy(*one), work), work):
            outcomes[outcome] += len(batch)
    print("clang-tidy:", ", ".join(f"{count} files {outcome}" for outcome, count in sorted(outcomes.items())))
    return 1 if outcomes["with findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
