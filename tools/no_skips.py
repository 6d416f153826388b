#!/usr/bin/env python3
"""Tells which tests of a ctest run were skipped. Usage: tools/no_skips.py TESTS.xml

With ERRATA_REQUIRE_ALL=1 in the environment, as in CI, a skipped test is a failure: what it needs is there, or the run
proves less than it says.
"""

import os
import sys
import xml.etree.ElementTree as xml


def main() -> int:
    cases = xml.parse(sys.argv[1]).getroot().iter("testcase")
    skipped = [case.get("name") for case in cases if case.find("skipped") is not None or case.get("status") == "notrun"]
    if not skipped:
        return 0
    print("skipped, since what they need is not there:", *skipped, sep="\n  ")
    return int(os.environ.get("ERRATA_REQUIRE_ALL") == "1")


if __name__ == "__main__":
    sys.exit(main())
