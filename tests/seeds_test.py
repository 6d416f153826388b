#!/usr/bin/env python3
"""Whether ctest gives every test program the seed of its property tests. Usage: tests/seeds_test.py CTEST BUILD

Without one each run draws other cases, and a failure cannot be seen again.
"""

import json
import subprocess
import sys

OWN_DRAWS = {"c_abi_test", "install_test", "reference_tokenizers", "seeds_test"}  # no programs of property tests


def environment(test: dict) -> list[str]:
    values = [p["value"] for p in test.get("properties", []) if p["name"] == "ENVIRONMENT"]
    return values[0] if values else []


def main() -> int:
    ctest, build = sys.argv[1:3]
    shown = subprocess.run(
        [ctest, "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True, text=True
    ).stdout
    tests = [t for t in json.loads(shown)["tests"] if t["name"] not in OWN_DRAWS and not t["name"].endswith(".mjs")]
    bare = [test["name"] for test in tests if not any(v.startswith("RC_PARAMS=seed=") for v in environment(test))]
    assert len(tests) > 50, f"only {len(tests)} tests are listed"
    assert not bare, f"{len(bare)} tests draw new cases in every run, among them {bare[:5]}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
