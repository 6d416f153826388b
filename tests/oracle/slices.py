#!/usr/bin/env python3
"""The top slices of a log by plain counting: an answer to hold `errata slices` against that shares no line with it.

Usage: slices.py LOG.csv FAILURE_COLUMN ALPHA TOP SUPPORT >expected.json

Every cell is a whole number and taken as a category. Every conjunction of one to three "column = value" is counted over all rows. Its score is that
of SliceLine (Sagadeeva and Boehm, SIGMOD 2021):
    alpha * (error rate / mean error rate - 1) - (1 - alpha) * (rows / slice rows - 1)
Kept are slices of at least SUPPORT rows and a score above 0, best first, ties at the last rank all of them.
"""

import csv
import itertools
import json
import sys
from collections import Counter


def main() -> None:
    path, failure, alpha_text, top_text, support_text = sys.argv[1:]
    alpha, top, support = float(alpha_text), int(top_text), int(support_text)
    with open(path, newline="") as file:
        rows = [{name: int(float(cell)) for name, cell in row.items()} for row in csv.DictReader(file)]
    features = [name for name in rows[0] if name != failure]
    cases: Counter = Counter()
    failures: Counter = Counter()
    for row in rows:
        for size in (1, 2, 3):
            for chosen in itertools.combinations(features, size):
                key = tuple((name, row[name]) for name in chosen)
                cases[key] += 1
                failures[key] += row[failure] == 1
    mean = sum(row[failure] == 1 for row in rows) / len(rows)
    slices = []
    for key, n in cases.items():
        score = alpha * (failures[key] / n / mean - 1) - (1 - alpha) * (len(rows) / n - 1)
        if n >= support and score > 0:
            slices.append({"slice": dict(key), "n": n, "errors": failures[key], "score": score})
    slices.sort(key=lambda one: (-one["score"], json.dumps(one["slice"])))
    last = slices[top - 1]["score"] if len(slices) > top else float("-inf")
    kept = [one for one in slices if one["score"] >= last]
    print(json.dumps({"rows": len(rows), "errors": round(mean * len(rows)), "min_sup_actual": support, "top_slices": kept}))


if __name__ == "__main__":
    main()
