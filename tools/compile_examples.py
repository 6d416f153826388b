#!/usr/bin/env python3
"""Compiles the examples that public headers and documents show. Usage: tools/compile_examples.py

An example is
  in a header    an indented block of a `///` comment, or of the comment that opens a C header, in which a line ends with
                 `;` or `{` or says something behind `//`: formulas and file formats are indented too, and have none
  in a document  a ```cpp or ```c block
Each becomes a function of its own that may return an error, in the namespace of its header; what it takes as known
stands in GIVEN. Examples that `#include` something are compiled as they stand. `…` and `...` stand for an empty statement.
The compiler checks all of C++ in one go and all of C in another, without making code; it names the header and line.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# Parameters of the functions that examples become, by file.
GIVEN: dict[str, str] = {
    "apps/errata/standard_input.h": "std::vector<std::string> paths, const Console& console",
    "src/errata/arrays/npz.h": "std::vector<float> values, std::size_t n, std::size_t d",
    "src/errata/audit/auditor.h": "const TrainingCases& cases, const ModelOutputs& outputs",
    "src/errata/audit/detectors.h": "const TrainingCases& cases, ThreadPool& pool",
    "src/errata/audit/operating_point.h": "std::vector<double> risk, std::vector<std::uint8_t> failed,"
    " std::vector<double> shifted_risk, std::vector<std::uint8_t> shifted_failed",
    "src/errata/audit/risk_calibration.h": "std::vector<double> scores, std::vector<std::uint8_t> failed, Rng rng,"
    " double score",
    "src/errata/base/atomic_file.h": "std::string page",
    "src/errata/base/json_nesting.h": "std::string content",
    "src/errata/base/bytes.h": "std::string file, std::string name, std::vector<double> counts",
    "src/errata/base/cancellation.h": "const engine::AnalyzeRequest& request",
    "src/errata/base/matrix_view.h": "std::vector<double> values, std::size_t rows, std::size_t classes,"
    " std::size_t row, std::size_t c",
    "src/errata/base/thread_pool.h": "std::size_t blocks",
    "src/errata/table/late_values.h": "const TextDialect& dialect, std::vector<TextReading> readings,"
    " const TextConventions& conventions, bool more, std::string_view bytes",
    "src/errata/table/task.h": "std::vector<double> labels, std::vector<double> predictions",
    "src/errata/table/text_survey.h": "const TextConventions& conventions",
    "src/errata/index/neighbour_window.h": "std::vector<float> point, std::vector<float> query,"
    " std::vector<float> distances, std::vector<std::uint32_t> slots",
    "src/errata/index/point_set.h": "MatrixView<const float> points, MatrixView<const float> queries,"
    " std::vector<float> distances, std::vector<float> row_of_distances, std::vector<std::uint32_t> slots",
    "src/errata/memory/failure_memory.h": "const Schema& schema, const CaseView& seen, std::int64_t now",
    "src/errata/memory/modes.h": "std::vector<float> z, std::vector<double> numbers, std::int64_t now",
    "src/errata/memory/regimes.h": "const ModeUpdate& update, bool failed, std::int64_t case_time, std::int64_t now",
    "src/errata/memory/source_risk.h": "MatrixView<const double> x, std::vector<double> p,"
    " std::vector<std::uint8_t> failed, std::vector<double> case_x, double case_p, bool case_failed, std::int64_t step",
    "src/errata/monitor/errata.h": "const char* const* names, const char* const* classes, const double* values",
    "src/errata/monitor/judge.h": "const memory::Schema& schema, const memory::CaseView& seen, std::int64_t now",
    "src/errata/monitor/monitor.h": "const memory::CaseView& seen, std::int64_t now",
    "src/errata/nn/mlp.h": "MatrixView<const float> latents, std::vector<std::uint32_t> failed",
    "src/errata/replay/correctability.h": "const CaseStream& cases, monitor::Judge& judge",
    "src/errata/replay/run.h": "table::PredictionLog log, ThreadPool& pool",
    "src/errata/replay/run_streams.h": "table::PredictionLog log, ThreadPool& pool",
    "src/errata/selective/coverage_tracker.h": "const ScoreWindow& window, CoverageTracker& tracker, double risk",
    "src/errata/selective/online_risk_control.h": "const ScoreWindow& window, OnlineRiskControl& control, double risk,"
    " bool failed",
    "src/errata/selective/policy.h": "double risk, bool failed",
    "src/errata/selective/risk_control.h": "std::vector<double> risk, std::vector<std::uint8_t> failed, double new_risk",
    "src/errata/selective/rolling_risk_control.h": "double risk, bool failed, double new_risk",
    "src/errata/slice/excess.h": "table::PredictionLog log",
    "src/errata/slice/expected_failures.h": "table::PredictionLog log",
    "src/errata/slice/metrics.h": "table::PredictionLog log",
    "src/errata/slice/pair_rates.h": "const table::CodedTable& coded, const table::PredictionLog& log",
    "src/errata/stats/classification.h": "Ranking& ranking, std::vector<std::size_t> descending,"
    " std::vector<double> scores, std::vector<std::uint8_t> positive",
    "src/errata/stats/risk_coverage.h": "std::vector<double> risk, std::vector<std::uint8_t> failed",
    "src/errata/table/coding.h": "const PredictionLog& log",
    "src/errata/table/dictionary.h": "std::vector<std::int32_t> codes",
}
# Headers that examples use besides their own.
ALSO = ["cmath", "span", "errata/engine/analyze.h", "errata/memory/modes.h", "errata/replay/stream.h", "errata/selective/score_window.h",
        "console.h"]


class Example(NamedTuple):
    path: str
    line: int  # of its first line
    lines: list[str]
    language: str  # cpp, c


CODE = re.compile(r"[;{]\s*(//.*|/\*.*\*/\s*)?$|\s//\s")


def header_examples(path: str, text: str) -> list[Example]:
    language = "c" if "extern \"C\"" in text else "cpp"
    prefix = re.compile(r"^\s*///  ?   (\s*\S.*)" if language == "cpp" else r"^ \*     (.*)")
    found: list[Example] = []
    block: list[str] = []
    for number, line in enumerate(text.splitlines() + [""], 1):
        if match := prefix.match(line):
            block.append(match.group(1))
        else:
            if any(CODE.search(code) for code in block):
                found.append(Example(path, number - len(block), block, language))
            block = []
    return found


def document_examples(path: str, text: str) -> list[Example]:
    found = []
    for block in re.finditer(r"^```(cpp|c)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, block.start(2)) + 1
        found.append(Example(path, line, block.group(2).splitlines(), block.group(1)))
    return found


def all_examples() -> list[Example]:
    found: list[Example] = []
    for path in sorted(ROOT.glob("src/errata/**/*.h")) + sorted(ROOT.glob("apps/**/*.h")):
        found += header_examples(str(path.relative_to(ROOT)), path.read_text())
    for path in [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]:
        found += document_examples(str(path.relative_to(ROOT)), path.read_text())
    return found


def statements(example: Example) -> list[str]:
    return [line.replace("…", "{}").replace("...", "{}") for line in example.lines]


def in_cpp(number: int, example: Example) -> str:
    if any(line.startswith("#include") for line in example.lines):  # whole functions, of a document
        lines = [line for line in example.lines if not line.startswith("#include")]
        skipped = len(example.lines) - len(lines)
        return "\n".join([f"namespace document_{number} {{", "void answer();",
                          f'#line {example.line + skipped} "{example.path}"', *lines, "}"])
    inside = re.search(r"^namespace (errata[\w:]*) \{", (ROOT / example.path).read_text(), re.MULTILINE)
    return "\n".join([f"namespace {inside.group(1) if inside else 'errata'} {{",
                      f"Result<void> example_{number}({GIVEN.get(example.path, '')}) {{",
                      f'#line {example.line} "{example.path}"', *statements(example), "return {}; } }"])


def in_c(number: int, example: Example) -> str:
    place = f'#line {example.line} "{example.path}"'
    if any(line.startswith("#include") for line in example.lines):
        return "\n".join(["void answer(void);", place, *example.lines])
    return "\n".join([f"void example_{number}({GIVEN.get(example.path, '')}) {{", place, *statements(example), "}"])


def compiles(compiler: list[str], suffix: str, text: str) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=suffix) as source:
        source.write(text)
        source.flush()
        folders = [".", "src", "src/errata/monitor", "src/errata/engine_nn", "apps/shared", "apps/errata"]
        return subprocess.run([*compiler, "-fsyntax-only", *(f"-I{ROOT / f}" for f in folders), source.name]).returncode == 0


def main() -> int:
    examples = all_examples()
    cpp = [example for example in examples if example.language == "cpp"]
    c = [example for example in examples if example.language == "c"]
    headers = ALSO + [e.path for e in cpp if e.path.endswith(".h")]
    headers += [name for e in cpp for name in re.findall(r'^#include [<"](.*)[>"]', "\n".join(e.lines), re.MULTILINE)]
    includes = "".join(f"#include <{header}>\n" for header in dict.fromkeys(headers))
    good = compiles(["c++", "-std=c++23", "-Wno-unused-result"], ".cc",
                    includes + "\n".join(in_cpp(number, example) for number, example in enumerate(cpp)) + "\n")
    good &= compiles(["cc", "-std=c11", "-Werror"], ".c",
                     "#include <errata.h>\n#include <stdio.h>\n" +
                     "\n".join(in_c(number, example) for number, example in enumerate(c)) + "\n")
    for path in sorted(GIVEN.keys() - {example.path for example in examples}):
        print(f"tools/compile_examples.py: GIVEN has {path}, which shows no example")
        good = False
    if good:
        print(f"compile_examples: {len(examples)} examples compile")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
