#!/usr/bin/env python3
"""Tells which tests of a ctest run were skipped. Usage: tools/no_skips.py TESTS.xml

With ERRATA_REQUIRE_ALL=1 in the environment, as in CI, a skipped test is a failure: what it needs is there, or the run
proves less than it says. An entry of ctest that runs a whole program of tests says in its output which it skipped.
"""

import os
import re
import sys
import xml.etree.ElementTree as xml

SKIPPED_IN_PROGRAM = re.compile(r"^\[  SKIPPED \] (\w+(?:\.|/)\S+) \(", re.MULTILINE)


def skipped_in(case: xml.Element) -> list[str]:
    name = case.get("name", "")
    inside = SKIPPED_IN_PROGRAM.findall(case.findtext("system-out") or "")
    if inside:
        return inside
    return [name] if case.find("skipped") is not None or case.get("status") == "notrun" else []


def main() -> int:
    skipped = [name for case in xml.parse(sys.argv[1]).getroot().iter("testcase") for name in skipped_in(case)]
    if not skipped:
        return 0
    print("skipped, since what they need is not there:", *skipped, sep="\n  ")
    return int(os.environ.get("ERRATA_REQUIRE_ALL") == "1")


if __name__ == "__main__":
    sys.exit(main())
