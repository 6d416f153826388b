#!/usr/bin/env python3
"""How well planted failures are found in semi-synthetic logs, by `errata analyze` and by plain baselines.

Usage: bench/findings_results.py --seeds dev|held-out|further [--data FOLDER] [--logs N] [--tools LIST] [--kinds LIST]
                                 [--errata FILE] [--jobs N] [--details FILE] [--keep FOLDER]

60 logs with plants, 200 without, 40 with a silent failure (bench/findings/draw.py tells how they are drawn). Errata and
the baselines (bench/findings/baselines.py) read the same logs; their findings are judged by the cases that they hold.
Needs the packages of deps/bench-python.txt: deps/install.sh bench-python.
"""

import argparse
import collections
import hashlib
import json
import multiprocessing
import os
import pathlib
import pickle
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".deps/bench-python/bin/python"
SEEDS = {"dev": [1000], "held-out": [900000], "further": [300000, 400000, 500000, 600000]}  # each draws all LOGS
LOGS = {"planted": 60, "null": 200, "silent": 40}
TOOLS = {"errata": "Errata", "tree": "tree of depth 4", "beam": "beam search"}
DATA_SETS = ("adult", "compas", "covtype20k", "airlines")
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"  # CPU seconds are compared, and the logs run side by side

try:
    import sklearn  # noqa: F401
except ModuleNotFoundError:
    if not PYTHON.exists() or pathlib.Path(sys.prefix) == PYTHON.parent.parent:
        sys.exit("no scikit-learn here; install the pinned one: deps/install.sh bench-python")
    os.execv(PYTHON, [str(PYTHON), *sys.argv])

from findings import datasets, draw, judge, tools  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", choices=SEEDS, required=True)
    parser.add_argument("--data", default=os.environ.get("ERRATA_DATA", ROOT / "../shared/data"))
    parser.add_argument("--logs", type=int, default=max(LOGS.values()), help="at most so many logs of each kind")
    parser.add_argument("--kinds", default=",".join(LOGS))
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--errata", default=ROOT / "build/release/errata")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--details", help="a JSON line for every log and tool, for a look at what was missed")
    parser.add_argument("--keep", help="leave the logs in this folder and use those that are there")
    chosen = parser.parse_args()
    for name in DATA_SETS:
        if not (pathlib.Path(chosen.data) / name).is_dir():
            sys.exit(f"{chosen.data} has no folder {name}; name the folder of data sets with --data or ERRATA_DATA")
    for given, known in ((chosen.kinds, LOGS), (chosen.tools, TOOLS)):
        if set(given.split(",")) - set(known):
            sys.exit(f"{given}: not a list of {', '.join(known)}")
    return chosen


def plant_facts(log):
    """What the plants themselves are worth: their cases, rates, and the evidence that they leave."""
    return [{"words": plant.words, "cases": int(plant.cases.sum()), "share": round(float(plant.cases.mean()), 4),
             "rate": round(float(log.failed[plant.cases].mean()), 4),
             "believed": round(float(log.believed[plant.cases].mean()), 4),
             "rate_elsewhere": round(float(log.failed[~plant.cases].mean()), 4),
             "over_period": plant.over_period} for plant in log.plants]


def drawn(kind, number, chosen, folder):
    """The log and its file; what an earlier run left is taken if it was drawn by the same code."""
    code = hashlib.sha256(b"".join(pathlib.Path(one.__file__).read_bytes() for one in (draw, datasets))).hexdigest()
    kept = folder / f"{code[:8]}-{chosen.seeds}-{kind}-{number}"
    file, whole = kept.with_suffix(".csv"), kept.with_suffix(".pickle")
    if file.exists() and whole.exists():
        return pickle.loads(whole.read_bytes()), file
    seeds = SEEDS[chosen.seeds]
    log = draw.draw(kind, number // len(seeds), seeds[number % len(seeds)], str(chosen.data))
    log.rows.to_csv(file, index=False)
    if chosen.keep:
        whole.write_bytes(pickle.dumps(log))
    return log, file


def run_log(kind, number, chosen, folder):
    log, file = drawn(kind, number, chosen, pathlib.Path(chosen.keep or folder))
    results = []
    for tool in chosen.tools.split(","):
        found = tools.run(tool, log, file, str(chosen.errata), kind == "silent")
        if found is None:
            continue
        results.append({"log": log.name, "file": file.name, "kind": kind, "tool": tool, "rows": len(log.rows),
                        "truth": plant_facts(log), "found": found.words, "seconds": round(found.seconds, 3),
                        **judge.judged(found.cases, [plant.cases for plant in log.plants])})
    if not chosen.keep:
        file.unlink()
    return results


def run_split(task):
    """The logs of one split, so that its model is trained once."""
    chosen, folder, logs = task
    return [result for kind, number in logs for result in run_log(kind, number, chosen, folder)]


def all_results(chosen):
    splits = collections.defaultdict(list)
    seeds = len(SEEDS[chosen.seeds])
    for kind in chosen.kinds.split(","):
        for number in range(min(LOGS[kind], chosen.logs) * seeds):
            splits[number % (seeds * draw.SPLITS)].append((kind, number))
    if chosen.keep:
        pathlib.Path(chosen.keep).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(chosen.jobs) as pool:
        tasks = [(chosen, folder, logs) for logs in splits.values()]
        results = [result for part in pool.imap(run_split, tasks) for result in part]
    return results


def share(hits, trials):
    return f"{hits}/{trials} ({100 * hits / trials:.0f}%)" if trials else "–"


def count(values, passes):
    return sum(map(passes, values))


def column_of(results, tool):
    """The figures of one tool."""
    of = {kind: [one for one in results if one["tool"] == tool and one["kind"] == kind] for kind in LOGS}
    plants = [value for one in of["planted"] for value in one["plant_jaccard"]]
    over = [value for one in of["planted"] for value, truth in zip(one["plant_jaccard"], one["truth"])
            if truth["over_period"]]
    found = [value for one in of["planted"] for value in one["finding_jaccard"]]
    apart = [value for one in of["planted"] for value, inside in zip(one["finding_jaccard"], one["finding_in_plants"])
             if inside < 0.5]
    null = count(of["null"], lambda one: one["findings"] > 0)
    low, high = judge.wilson(null, len(of["null"]))
    seconds = [one["seconds"] for one in results if one["tool"] == tool]
    good, close, unrelated = (lambda v: v >= judge.GOOD), (lambda v: v >= judge.CLOSE), (lambda v: v < judge.UNRELATED)
    return {
        "plants found, Jaccard >= .5": share(count(plants, good), len(plants)),
        "plants found, Jaccard >= .8": share(count(plants, close), len(plants)),
        "  of those over a period, >= .5": share(count(over, good), len(over)),
        "findings that are a plant, >= .5": share(count(found, good), len(found)),
        "findings unrelated to any, < .2": share(count(found, unrelated), len(found)),
        "  and mostly outside all plants": share(count(apart, unrelated), len(found)),
        "null logs with a finding": share(null, len(of["null"])),
        "  95% interval": f"{100 * low:.1f}–{100 * high:.1f}%" if of["null"] else "–",
        "silent failures named first": share(count(of["silent"], lambda one: one["first_is_plant"]), len(of["silent"])),
        "silent failures named at all": share(count(of["silent"], lambda one: max(one["plant_jaccard"]) >= judge.GOOD),
                                              len(of["silent"])),
        "CPU seconds a log": f"{sum(seconds) / len(seconds):.2f}" if seconds else "–",
    }


def table(results, chosen):
    named = chosen.tools.split(",")
    columns = {tool: column_of(results, tool) for tool in named}
    print(f"{'':<34}" + "".join(f"{TOOLS[tool]:>18}" for tool in named))
    for row in next(iter(columns.values())):
        print(f"{row:<34}" + "".join(f"{columns[tool][row]:>18}" for tool in named))


def main():
    chosen = options()
    begun = time.monotonic()
    results = all_results(chosen)
    if chosen.details:
        pathlib.Path(chosen.details).write_text("".join(json.dumps(one) + "\n" for one in results))
    table(results, chosen)
    if "errata" in chosen.tools and "silent" in chosen.kinds and not any(
            one["tool"] == "errata" and one["kind"] == "silent" for one in results):
        print("this errata has no list of where the model fails more than it believes")
    print(f"{len(results)} runs in {time.monotonic() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
