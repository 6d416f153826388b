#!/usr/bin/env python3
"""Refuses what would break the layers of the house. Usage: tools/check_layers.py

The module graph is read from the errata_module lines of CMakeLists.txt, so it stands in one place:

  graph     a file of src/errata/<module>/ includes only its own module and those its line names behind DEPENDS (and its
            tests base, where what tests share lies); a file
            of apps/<app>/ only the errata:: targets its CMakeLists.txt links; tests and benches may include any module;
            a module that is named and never included is an idle edge, and refused as well
  headers   a source of src/errata/ says by its name which header declares what is in it: x.cc or x_part.cc beside x.h;
            others are listed in DECLARED_IN
  types     a type outside an unnamed namespace is defined once under its full name: of two, programs take the members
            of either, without a word from the linker
  fences    a heavy or foreign header is included only where FENCES allows it
  sources   nobody but a …_plain_test.cc includes a .cc, and nothing below apps/ includes <iostream>
  places    no file names a path of somebody's machine or the address of a package registry

Prints one line a finding, `file:line: what is wrong`, and exits 1 when there is one.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator, NamedTuple

Texts = dict[str, str]  # path from the root of the project -> content


class Graph(NamedTuple):
    depends: dict[str, set[str]]  # module or app -> modules it may include
    libraries: dict[str, set[str]]  # module or app -> third-party targets it links


class Fence(NamedTuple):
    header: str  # regular expression over the included name
    where: str  # in words, for the message
    allows: Callable[[str, Graph], bool]


def module_of(folders: list[str], graph: Graph) -> str:
    """The module of a file below src/errata/: `report/kit` where the graph has it, else the first folder."""
    second_level = "/".join(folders[:2])
    return second_level if second_level in graph.depends else folders[0]


def owner(path: str, graph: Graph) -> str:
    """`src/errata/table/duckdb/x.cc` -> `table`, `src/errata/report/kit/x.cc` -> `report/kit`, `apps/errata/main.cc` ->
    `apps/errata`; else the first folder."""
    parts = path.split("/")
    if path.startswith("src/errata/"):
        return module_of(parts[2:-1], graph)
    return "/".join(parts[:2]) if parts[0] == "apps" else parts[0]


def is_test(path: str) -> bool:
    """A test, or a file test_… that tests share."""
    return re.search(r"_test\.cc$|(^|/)test_\w+\.(h|cc)$|^tests/", path) is not None


def links(path: str, target: str, graph: Graph) -> bool:
    return target in graph.libraries.get(owner(path, graph), set())


FENCES = [
    Fence(r"(^|/)duckdb\.h(pp)?$", "src/errata/table/duckdb/", lambda path, graph: path.startswith("src/errata/table/duckdb/")),
    Fence(r"^(CLI|toml\+\+)/|(^|/)toml\.hpp$", "apps/", lambda path, graph: path.startswith("apps/")),
    Fence(
        r"^nlohmann/(?!json_fwd\.hpp$)",
        "tests and the .cc files of modules that list nlohmann_json",
        lambda path, graph: path.endswith(".cc")
        and (is_test(path) or links(path, "nlohmann_json::nlohmann_json", graph)),
    ),
    Fence(
        r"^nlohmann/json_fwd\.hpp$",
        "tests and modules that list nlohmann_json",
        lambda path, graph: is_test(path) or links(path, "nlohmann_json::nlohmann_json", graph),
    ),
    Fence(
        r"^Eigen/",
        "the .cc files of modules that list Eigen3",
        lambda path, graph: path.endswith(".cc") and links(path, "Eigen3::Eigen", graph),
    ),
    Fence(
        r"^(torch|ATen|c10|caffe2)/",
        "the .cc files of src/errata/nn/ and src/errata/language/",
        lambda path, graph: path.startswith(("src/errata/nn/", "src/errata/language/")) and path.endswith(".cc"),
    ),
    Fence(
        r"(^|/)onnx_interface\.h$",
        "src/errata/nn/onnx_session.cc",
        lambda path, graph: path in ("src/errata/nn/onnx_session.cc", "tools/check_onnx_interface.cc"),
    ),
    Fence(r"(^|/)onnxruntime_\w+\.h$", "tools/check_onnx_interface.cc", lambda path, graph: path.startswith("tools/")),
    *(
        Fence(
            header,
            f"the .cc files of modules that list {target}",
            lambda path, graph, target=target: path.endswith(".cc") and links(path, target, graph),
        )
        for header, target in [
            (r"^turbojpeg\.h$", "turbojpeg::turbojpeg"),
            (r"^png\.h$", "PNG::PNG"),
            (r"^(zip|zipconf)\.h$", "zip::zip"),
            (r"^(zlib|zconf)\.h$", "ZLIB::ZLIB"),
            (r"^sqlite3(ext)?\.h$", "sqlite::sqlite3"),
            (r"^pcre2\.h$", "pcre2::pcre2"),
            (r"^utf8proc\.h$", "utf8proc::utf8proc"),
            (r"^opencv2/", "opencv::imgproc"),
            (r"^lib(av|sw)\w+/", "libav::libav"),
        ]
    ),
    Fence(r"^(gtest|gmock|rapidcheck)(/|\.h$)", "tests", lambda path, graph: is_test(path)),
    Fence(r"(^|/)test_\w+\.h$", "tests", lambda path, graph: is_test(path)),
    Fence(r"^hnswlib/", "bench/", lambda path, graph: path.startswith("bench/")),
    Fence(r"^benchmark/", "bench/", lambda path, graph: path.startswith("bench/")),
    Fence(
        r"\.cc$",
        "tests …_plain_test.cc, which compile sources once more without vector instructions,",
        lambda path, graph: path.endswith("_plain_test.cc"),
    ),
    Fence(r"^iostream$", "apps/, tests and bench/", lambda path, graph: not path.startswith("src/") or is_test(path)),
]

# Source -> the header that declares what is in it, where their names do not say so; both in src/errata/.
DECLARED_IN = {
    "audit/gaussian_detectors.cc": "audit/distance_detectors.h",
    "audit/neighbour_detectors.cc": "audit/distance_detectors.h",
    "checklist/mode_distribution.cc": "checklist/mode_runs.h",
    "checklist/mode_forgetting.cc": "checklist/mode_runs.h",
    "checklist/mode_looking.cc": "checklist/mode_runs.h",
    "checklist/mode_perceptual.cc": "checklist/mode_runs.h",
    "checklist/mode_reading.cc": "checklist/mode_runs.h",
    "checklist/mode_strategic.cc": "checklist/mode_runs.h",
    "checklist/mode_tokens.cc": "checklist/mode_runs.h",
    "checklist/mode_video.cc": "checklist/mode_runs.h",
    "image/cifar.cc": "image/images.h",
    "image/idx.cc": "image/images.h",
    "nn/onnx_model.cc": "nn/image_network.h",
    "nn/torchscript_model.cc": "nn/image_network.h",
    "nn/train_by_operations.cc": "nn/batch_trainer.h",
    "nn/train_by_shards.cc": "nn/batch_trainer.h",
    "nn/train_residual.cc": "nn/batch_trainer.h",
    "replay/findings.cc": "replay/summary.h",
    "robustness/corruption_check.cc": "robustness/check_runs.h",
    "robustness/rejection_check.cc": "robustness/check_runs.h",
    "robustness/retention_check.cc": "robustness/check_runs.h",
    "robustness/slice_check.cc": "robustness/check_runs.h",
    "robustness/stability_check.cc": "robustness/check_runs.h",
    "report/audit/findings.cc": "report/audit/words.h",
    "simulate/source_stream.cc": "simulate/kinds.h",
    "simulate/streams.cc": "simulate/kinds.h",
    "simulate/truth.cc": "simulate/simulate.h",
    "simulate/write.cc": "simulate/simulate.h",
    "slice/measure.cc": "slice/search.h",
    "table/class_spelling.cc": "table/classes.h",
    "table/duckdb/read_schema.cc": "table/read_log.h",
    "table/duckdb/texts_at.cc": "table/read_log.h",
}

PLACES = [
    (re.compile(r"(?<![\w.$}-])/(work|root)/|/home/\w|/Users/\w|/tmp/\w"), "a path of somebody's machine"),
    (
        re.compile(r"npmjs[.](org|com)|(deb|security|snapshot)[.]debian[.]org|pypi[.]org|pythonhosted[.]org|crates[.]io/"),
        "the address of a package registry",
    ),
]


def read_graph(texts: Texts) -> Graph:
    """Modules from errata_module(name DEPENDS … LIBRARIES …); apps from what their CMakeLists.txt links."""
    graph = Graph({}, {})
    lists = re.sub(r"#.*", "", texts["CMakeLists.txt"])
    for call in re.findall(r"errata_module\(([^)]*)\)", lists):
        name, *words = call.split()
        parts: dict[str, list[str]] = {"DEPENDS": [], "LIBRARIES": []}
        part = parts["DEPENDS"]
        for word in words:
            if word in parts:
                part = parts[word]
            else:
                part.append(word)
        graph.depends[name] = set(parts["DEPENDS"])
        graph.libraries[name] = set(parts["LIBRARIES"])
    for path, text in texts.items():
        if re.fullmatch(r"apps/[^/]+/CMakeLists\.txt", path):
            targets = set(re.findall(r"[\w]+::[\w]+", re.sub(r"#.*", "", text)))
            app = path.removesuffix("/CMakeLists.txt")
            graph.libraries[app] = targets
            linked = {t.removeprefix("errata::") for t in targets if t.startswith("errata::")}
            graph.depends[app] = {module for module in graph.depends if module.replace("/", "_") in linked}
    return graph


def included_module(name: str, graph: Graph) -> str | None:
    """The module of an included header: `errata/report/kit/html.h` -> `report/kit`; None for others."""
    return module_of(name.split("/")[1:-1], graph) if re.match(r"errata/\w+/", name) else None


def check_includes(path: str, text: str, graph: Graph) -> Iterator[str]:
    here = owner(path, graph)
    if path.startswith("src/errata/") and here not in graph.depends:
        yield f"{path}:1: CMakeLists.txt has no errata_module({here} …)"
        return
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if not include:
            continue
        name = include.group(1)
        module = included_module(name, graph)
        allowed = graph.depends.get(here, set()) | {here} | ({"base"} if is_test(path) else set())
        if module and here in graph.depends and module not in allowed:
            yield f"{path}:{number}: {here} may not include {name}: {module} is not among what it depends on"
        for fence in FENCES:
            if re.search(fence.header, name) and not fence.allows(path, graph):
                yield f"{path}:{number}: {name} may be included in {fence.where} only"


def check_idle(texts: Texts, graph: Graph) -> Iterator[str]:
    """Edges that no source needs. A test alone does not make an edge: it stands where it may include both."""
    used: dict[str, set[str]] = {here: set() for here in graph.depends}
    for path, text in texts.items():
        here = owner(path, graph)
        if here in used and not is_test(path) and path.endswith((".h", ".cc")):
            names = re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.MULTILINE)
            used[here] |= {module for name in names if (module := included_module(name, graph))}
    for here, depends in graph.depends.items():
        for module in sorted(depends - used[here]):
            where = f"{here}/CMakeLists.txt" if here.startswith("apps/") else "CMakeLists.txt"
            yield f"{where}:1: {here} depends on {module}, which none of its sources includes"


def named_headers(source: str) -> Iterator[str]:
    """Headers that a source may belong to by its name: chart_bars.cc to chart_bars.h, chart.h, charts.h or chart_kinds.h;
    table/duckdb/read.cc also to table/read.h."""
    folder, _, name = source.removesuffix(".cc").rpartition("/")
    words = name.split("_")
    for place in (folder, folder.removesuffix("/duckdb")):
        for count in range(len(words), 0, -1):
            stem = f"{place}/{'_'.join(words[:count])}"
            yield from (f"{stem}{ending}.h" for ending in ("", "s", "_kinds"))


def check_headers(texts: Texts) -> Iterator[str]:
    for path, text in texts.items():
        if not re.fullmatch(r"src/errata/.*\.cc", path) or is_test(path):
            continue
        header = DECLARED_IN.get(path.removeprefix("src/errata/"))
        if header and f'#include "errata/{header}"' not in text:
            yield f"{path}:1: DECLARED_IN in tools/check_layers.py says {header}, which it does not include"
        if not header and not any(name in texts for name in named_headers(path)):
            yield f"{path}:1: no header of a like name declares what is in it, and DECLARED_IN does not name another"
    for source in DECLARED_IN:
        if texts.get("tools/check_layers.py") and f"src/errata/{source}" not in texts:
            yield f"tools/check_layers.py:1: DECLARED_IN names {source}, which is not there"


def defined_types(text: str) -> Iterator[tuple[int, str]]:
    """Line and full name of each type that a file defines at the level of a namespace that has a name."""
    spaces: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if opens := re.match(r"(?:inline )?namespace ?([\w:]*) ?\{$", line):
            spaces.append(opens.group(1))
        elif re.match(r"\}  // namespace", line) and spaces:
            spaces.pop()
        elif "" not in spaces:
            defined = re.match(r"(?:struct|class|union|enum class|enum) (?:\[\[\w+\]\] )?(\w+)(?: final)?(?: : [^;]*)? ?\{", line)
            if defined:
                yield number, "::".join([*spaces, defined.group(1)])


def check_types(texts: Texts) -> Iterator[str]:
    first: dict[tuple[str, str], str] = {}  # (program, type) -> where; what is below src/ meets in every program
    for path, text in texts.items():
        if not re.fullmatch(r"(src|apps|tests|bench)/.*\.(h|cc)", path):
            continue
        for number, name in defined_types(text):
            place = f"{path}:{number}"
            before = first.setdefault(("src" if path.startswith("src/") else "/".join(path.split("/")[:2]), name), place)
            if before != place:
                yield f"{place}: {name} is defined in {before} already"


def check_places(path: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in PLACES:
            if pattern.search(line):
                yield f"{path}:{number}: names {what}"


def check(texts: Texts) -> list[str]:
    """All findings over the files of the project, in file order."""
    graph = read_graph(texts)
    findings: list[str] = []
    for path, text in sorted(texts.items()):
        if re.fullmatch(r"(src|apps|tests|bench)/.*\.(h|cc)", path):
            findings += check_includes(path, text, graph)
        findings += check_places(path, text)
    return findings + list(check_types(texts)) + list(check_headers(texts)) + list(check_idle(texts, graph))


def project_texts(root: Path) -> Texts:
    """Every text file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True, capture_output=True
    )
    texts: Texts = {}
    for path in filter(None, listed.stdout.decode().split("\0")):
        if (root / path).is_file():
            try:
                texts[path] = (root / path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture or another binary file
    return texts


def main() -> int:
    texts = project_texts(Path(__file__).resolve().parent.parent)
    findings = check(texts)
    print("\n".join(findings) if findings else f"check_layers: {len(texts)} files, every layer holds")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
