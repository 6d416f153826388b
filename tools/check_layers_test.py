#!/usr/bin/env python3
"""Sees every rule of check_layers.py hold once and fail once."""

import unittest

from check_layers import check

HOUSE = {
    "CMakeLists.txt": """
        errata_module(base LIBRARIES fmt::fmt)  # errata_module(ghost)
        errata_module(table DEPENDS base LIBRARIES duckdb::duckdb)
        errata_module(report DEPENDS base
                      LIBRARIES nlohmann_json::nlohmann_json)
        errata_module(report/table DEPENDS report table)
    """,
    "apps/cli/CMakeLists.txt": "target_link_libraries(errata_cli PRIVATE errata::report errata::report_table CLI11::CLI11)",
}
# What every rule allows, one file each.
ALLOWED = {
    "src/errata/table/read.h": '#include <vector>\n#include "errata/base/error.h"\n#include "errata/table/column.h"',
    "src/errata/table/duckdb/read_engine.cc": "#include <duckdb.h>",
    "src/errata/report/json.cc": '#include <nlohmann/json.hpp>\n#include "errata/base/error.h"',
    "src/errata/report/table/x.cc": '#include "errata/report/json.h"\n#include "errata/report/table/x.h"',
    "src/errata/report/table/x.h": '#include "errata/table/read.h"',
    "src/errata/report/table/x_test.cc": '#include "errata/base/test_folder.h"',
    "src/errata/report/table/test_example.cc": "#include <gtest/gtest.h>",
    "src/errata/report/table/chart_bars.cc": "",
    "src/errata/report/table/chart_kinds.h": "",
    "src/errata/base/x.h": "",
    "src/errata/table/x.h": "",
    "src/errata/report/x.h": "",
    "src/errata/table/duckdb/read_schema.cc": '#include "errata/table/read_log.h"',
    "src/errata/report/json.h": "#include <nlohmann/json_fwd.hpp>",
    "src/errata/base/rng_test.cc": "#include <gtest/gtest.h>\n#include <rapidcheck.h>\n#include <rapidcheck/gtest.h>",
    "src/errata/table/test_folder.h": "#include <gtest/gtest.h>",
    "src/errata/base/rng_plain_test.cc": '#include "errata/base/rng.cc"',
    "src/errata/table/read_test.cc": '#include "errata/table/test_folder.h"',
    "apps/cli/main.cc": '#include <CLI/CLI.hpp>\n#include <toml++/toml.h>\n#include <iostream>\n#include "errata/report/a.h"\n'
    '#include "errata/report/table/x.h"',
    "bench/count_bench.cc": '#include <benchmark/benchmark.h>\n#include <hnswlib/hnswlib.h>\n#include "errata/table/read.h"',
    "tests/e2e/cli_test.cc": '#include <nlohmann/json.hpp>\n#include "errata/report/json.h"',
    "docs/notes.md": "Write it to a folder of yours; see https://example.org/work/ and ../shared/data.",
}


class CheckLayers(unittest.TestCase):
    def findings(self, path: str, text: str) -> list[str]:
        return check(HOUSE | ALLOWED | {path: text})

    def refuses(self, path: str, text: str, why: str) -> None:
        findings = self.findings(path, text)
        self.assertEqual(len(findings), 1, findings)
        self.assertTrue(findings[0].startswith(f"{path}:1: "), findings[0])
        self.assertIn(why, findings[0])

    def test_allowed_files_pass(self) -> None:
        self.assertEqual(check(HOUSE | ALLOWED), [])

    def test_module_outside_its_depends(self) -> None:
        self.refuses("src/errata/base/x.h", '#include "errata/table/read.h"', "base may not include")
        self.refuses("src/errata/report/x.cc", '  #  include "errata/table/read.h"', "report may not include")
        self.refuses("src/errata/report/x_test.cc", '#include "errata/table/read.h"', "report may not include")

    def test_the_second_level_has_edges_of_its_own(self) -> None:
        self.refuses("src/errata/report/x.cc", '#include "errata/report/table/x.h"', "report may not include")
        self.refuses("src/errata/report/table/x_y.cc", '#include "errata/base/error.h"', "report/table may not include")
        self.refuses("src/errata/table/x.cc", '#include "errata/report/table/x.h"', "report/table is not among")

    def test_idle_edges(self) -> None:
        idle = {"src/errata/report/table/x.h": "", "src/errata/report/table/x_test.cc": '#include "errata/table/read.h"'}
        findings = check(HOUSE | ALLOWED | idle)
        self.assertEqual(findings, ["CMakeLists.txt:1: report/table depends on table, which none of its sources includes"])
        findings = check(HOUSE | ALLOWED | {"apps/cli/main.cc": '#include "errata/report/a.h"'})
        self.assertEqual(
            findings, ["apps/cli/CMakeLists.txt:1: apps/cli depends on report/table, which none of its sources includes"]
        )

    def test_app_outside_what_it_links(self) -> None:
        self.refuses("apps/cli/analyze.cc", '#include "errata/table/read.h"', "apps/cli may not include")

    def test_module_without_a_line(self) -> None:
        self.refuses("src/errata/ghost/x.h", "", "no errata_module(ghost")

    def test_headers(self) -> None:
        self.refuses("src/errata/table/write.cc", '#include "errata/table/read.h"', "no header of a like name")
        self.refuses("src/errata/table/duckdb/read_schema.cc", "", "says table/read_log.h, which it does not include")
        stale = check(HOUSE | ALLOWED | {"tools/check_layers.py": "x"})
        self.assertIn("tools/check_layers.py:1: DECLARED_IN names image/idx.cc, which is not there", stale)

    def test_types_are_defined_once(self) -> None:
        texts = HOUSE | ALLOWED | {
            "src/errata/table/a.h": "namespace errata::table {\nstruct Part {\n};\n}  // namespace errata::table\n",
            "src/errata/table/b.h": "namespace errata::table {\nclass Part final : Whole {\n};\n}  // namespace errata::table\n",
        }
        self.assertIn("src/errata/table/b.h:2: errata::table::Part is defined in src/errata/table/a.h:2 already", check(texts))
        apart = texts["src/errata/table/b.h"].replace("class Part", "namespace {\nclass Part")
        self.assertEqual([f for f in check(texts | {"src/errata/table/b.h": apart}) if "already" in f], [])

    def test_fences(self) -> None:
        for path, header in [
            ("src/errata/table/read.cc", "duckdb.h"),
            ("src/errata/table/read.cc", "duckdb/main/duckdb.h"),
            ("src/errata/report/x.cc", "CLI/CLI.hpp"),
            ("src/errata/report/x.cc", "toml++/toml.h"),
            ("src/errata/report/x.h", "nlohmann/json.hpp"),
            ("src/errata/table/x.cc", "nlohmann/json_fwd.hpp"),
            ("src/errata/base/x.cc", "gtest/gtest.h"),
            ("src/errata/base/x.h", "rapidcheck.h"),
            ("src/errata/table/x.cc", "errata/table/test_folder.h"),
            ("bench/x_bench.cc", "rapidcheck/gtest.h"),
            ("src/errata/base/x_test.cc", "benchmark/benchmark.h"),
            ("src/errata/base/x.cc", "hnswlib/hnswlib.h"),
            ("src/errata/table/x.cc", "onnx_interface.h"),
            ("src/errata/table/x.cc", "onnxruntime_c_api.h"),
            ("src/errata/base/x.cc", "turbojpeg.h"),
            ("src/errata/base/x.cc", "opencv2/core.hpp"),
            ("src/errata/table/x.cc", "png.h"),
            ("src/errata/table/x.cc", "zip.h"),
            ("src/errata/table/x.cc", "zlib.h"),
            ("src/errata/base/x.cc", "iostream"),
            ("tests/e2e/x_test.cc", "errata/base/rng.cc"),
        ]:
            with self.subTest(path=path, header=header):
                self.refuses(path, f"#include <{header}>", f"{header} may be included in")

    def test_places(self) -> None:
        # Spelled in two parts, so that this file itself names none.
        for text in ["see /wor" "k/main", "`/roo" "t/.npmrc`", "cd /hom" "e/anna/errata", 'open("/tm' 'p/x")']:
            with self.subTest(text=text):
                self.refuses("docs/x.md", text, "machine")
        for text in ["https://registry.npm" "js.org/x", "deb http://deb.deb" "ian.org/debian bookworm main"]:
            with self.subTest(text=text):
                self.refuses("deps/x.txt", text, "registry")


if __name__ == "__main__":
    unittest.main()
