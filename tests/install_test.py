#!/usr/bin/env python3
"""Installs a build, moves the tree, and uses it from there. Usage: tests/install_test.py SOURCE BUILD

  programs   `errata simulate`, `errata analyze` and `errata audit --help` run from the moved tree
  onnx       ONNX Runtime is found beside the programs; without it one sentence says what brings it
  models     the models that read text and find faces lie where programs look for them
  consumers  tests/consumer builds against it by find_package and by pkg-config, and runs; an older tree than the one
             asked for is refused
  allocator  with errata_allocator.h alone, in C and in C++, a library is made that `errata checklist` can load
  loader     nothing that any of these loads lies below the checkout or the build folder
  needs      what each may ask the loader for, read from the files
  exports    the library shows no symbol of anybody else, and its headers include only their own and the standard's
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE, BUILD = (Path(argument).resolve() for argument in sys.argv[1:3])
CONSUMER = SOURCE / "tests/consumer"
HEAVY = ("torch", "c10", "duckdb", "opencv", "zip")


def run(*command, expect: int = 0, **extra) -> str:
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **extra)
    shown = " ".join(str(word) for word in command)
    assert done.returncode == expect, f"{shown}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def needs_none_of(file: Path, words: tuple[str, ...]) -> None:
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", file))
    assert needed, f"{file} needs nothing?"
    heavy = [name for name in needed if any(name.startswith(f"lib{word}") for word in words)]
    assert not heavy, f"{file.name} needs {heavy}"


def loads_from_elsewhere(file: Path, tree: Path) -> None:
    """The loader lists what it would load: from the system or from the installed tree, nothing missing."""
    listed = run(file, env=os.environ | {"LD_TRACE_LOADED_OBJECTS": "1"})
    assert "not found" not in listed, listed
    for found in re.findall(r"=> (/\S+)", listed):
        real = Path(found).resolve()
        inside = any(real.is_relative_to(folder) for folder in (SOURCE, BUILD)) and not real.is_relative_to(tree)
        assert not inside, f"{file.name} loads {found}"


def install(folder: Path) -> Path:
    """The installed tree, moved to where nothing that was written at build time can point."""
    first = BUILD / "install_test"
    shutil.rmtree(first, ignore_errors=True)
    run("cmake", "--install", BUILD, "--prefix", first)
    tree = folder / "moved here"
    shutil.move(first, tree)
    return tree


def check_programs(tree: Path, folder: Path) -> None:
    errata = tree / "bin/errata"
    run(errata, "simulate", "credit", "--rows", "2000", "-o", folder / "log.parquet")
    run(errata, "analyze", folder / "log.parquet", "-o", folder / "report.html")
    assert (folder / "report.html").stat().st_size > 100_000
    loads_from_elsewhere(errata, tree)
    needs_none_of(errata, ("torch", "c10", "opencv"))
    if (tree / "bin/errata-nn").exists():
        assert "audit" in run(errata, "audit", "--help")
        loads_from_elsewhere(tree / "bin/errata-nn", tree)
        check_onnx(tree)
        models = {file.name: file.stat().st_size for file in (tree / "share/errata/models").iterdir()}
        assert sorted(models) == ["face_detector.onnx", "text_detector.onnx", "text_reader.onnx", "text_reader_characters.txt"]
        assert min(models.values()) > 20_000, models  # files, not links to the build's


def check_onnx(tree: Path) -> None:
    command = (tree / "bin/errata", "audit", "capture", SOURCE / "fuzz/corpus/onnx/plain.onnx", "--list-layers")
    assert "block.relu\n" in run(*command)
    (tree / "lib/libonnxruntime.so").unlink()
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True)
    assert done.returncode == 3 and "plain.onnx" in done.stderr and "`deps/install.sh nn`" in done.stderr, done


def check_library(tree: Path) -> None:
    library = tree / "lib/liberrata_monitor.so"
    assert library.resolve().name == "liberrata_monitor.so.0.1.0"
    assert "[liberrata_monitor.so.0]" in run("readelf", "--dynamic", library)
    needs_none_of(library, HEAVY)
    symbols = re.findall(r"^\S+ \w (.*)$", run("nm", "-DC", "--defined-only", library), re.MULTILINE)
    assert "errata_monitor_decide" in symbols
    leaked = [name for name in symbols if not re.match(r"errata_|errata::", name) or "::State::" in name]
    assert not leaked, f"{library.name} exports {leaked}"
    for header in (tree / "include").rglob("*.h"):
        foreign = [n for n in re.findall(r"#include <(.*)>", header.read_text()) if not re.fullmatch(r"\w+|std\w+\.h", n)]
        assert not foreign, f"{header.relative_to(tree)} includes {foreign}"


def check_consumer(program: Path, tree: Path, folder: Path, **extra) -> None:
    run(program, cwd=folder, **extra)
    needs_none_of(program, HEAVY)


def check_by_cmake(tree: Path, folder: Path) -> None:
    build = folder / "by-cmake"
    run("cmake", "-S", CONSUMER, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={tree}")
    run("ninja", "-C", build)
    for name in ("server_c", "server_cc"):
        check_consumer(build / name, tree, folder)
        loads_from_elsewhere(build / name, tree)
    text = (CONSUMER / "CMakeLists.txt").read_text().replace("errata 0.1", "errata 0.2")
    (folder / "newer").mkdir()
    (folder / "newer/CMakeLists.txt").write_text(text)
    run("cmake", "-S", folder / "newer", "-B", folder / "newer/build", f"-DCMAKE_PREFIX_PATH={tree}", expect=1)


def check_by_pkg_config(tree: Path, folder: Path) -> None:
    where = os.environ | {"PKG_CONFIG_PATH": str(tree / "lib/pkgconfig")}
    assert run("pkg-config", "--modversion", "errata-monitor", env=where).strip() == "0.1.0"
    library = os.environ | {"LD_LIBRARY_PATH": str(tree / "lib")}
    for compiler, source in (("cc -std=c11", "server.c"), ("c++ -std=c++23", "server.cc")):
        program = folder / f"by-pkg-config-{source}.out"
        flags = run("pkg-config", "--cflags", "--libs", "errata-monitor", env=where)
        run(*compiler.split(), CONSUMER / source, "-o", program, *shlex.split(flags))
        check_consumer(program, tree, folder, env=library)


def check_allocator(tree: Path, folder: Path) -> None:
    program = tree / "bin/errata-nn"
    if not program.exists():
        return
    for compiler in ("cc -std=c99", "cc -std=c11", "c++ -std=c++11 -x c++"):
        library = folder / "liballocator.so"
        flags = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC", "-I", tree / "include")
        run(*compiler.split(), *flags, CONSUMER / "allocator.c", "-o", library)
        run(program, "check-allocator-library", library)
        library.unlink()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        tree = install(folder)
        check_library(tree)
        check_programs(tree, folder)
        check_by_cmake(tree, folder)
        check_by_pkg_config(tree, folder)
        check_allocator(tree, folder)


if __name__ == "__main__":
    main()
