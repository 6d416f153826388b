#!/usr/bin/env python3
"""What the failure memory is worth, by `errata replay` on real and simulated streams.

Usage: bench/memory_results.py streams|unseen|coverage|quantiles|risk|simulations|regimes|correction|source|ablation

Streams are the files of $ERRATA_DATA/streams (default ../shared/data/streams), each split by its column `split`; what
the model was trained on is streamed first, outcomes come as late as in the evaluation, and only `eval` is scored.
`unseen` and `quantiles` make streams of their own of the folder $ERRATA_DATA (unseen_streams.py, in
.deps/bench-python).
Prints one table. Every figure of a table comes from runs of the same command. Same seed, same figures.
"""

import bisect
import collections
import csv
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("ERRATA_DATA", ROOT / "../shared/data")) / "streams"
DELAYS = (0, 100, 1000)
SIMPLE = ("confidence", "confidence_ema", "logistic", "neighbours")
BASELINES = SIMPLE + ("source",)
SIMULATIONS = ("regimes", "stream", "stream-stationary", "stream-abrupt", "stream-gradual", "stream-cyclic")


def errata(*arguments):
    program = shutil.which("errata") or str(ROOT / "build/release/errata")
    done = subprocess.run([program, *map(str, arguments)], text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"errata {' '.join(map(str, arguments))}: {done.stderr}")


def replay(log, *options):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "replay.json")
        truth = ["--ignore", "regime"] if re.match("seed|regimes", pathlib.Path(log).name) else []
        errata("replay", log, "--split", "split", *truth, "--json", report, *options)
        return json.loads(report.read_text())


def logs():
    found = sorted(DATA.glob("*.csv.gz"))
    if not found:
        sys.exit(f"{DATA} has no streams; name their folder with ERRATA_DATA")
    return found


def name_of(log):
    return log.name.removesuffix(".csv.gz").removesuffix("_frozen")


def simulated(kind, seed, folder, rows=0):
    log = pathlib.Path(folder, f"{kind}-{seed}.parquet")
    errata("simulate", kind, "--seed", seed, "-o", log, *(["--rows", rows] if rows else []))
    return log


def aurc(result, score):
    return result["scores"][score]["aurc"]


def best(result, scores):
    return min(scores, key=lambda score: aurc(result, score))


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def percent(value):
    return f"{100 * value:.2f}%"


def streams():
    head = "".join(f"{score.replace('confidence_ema', 'conf+ema')[:10]:>11}" for score in BASELINES)
    print(f"{'AURC':<22}{'D':>5}{'errata':>8}{head}{'oracle':>8}   errata / best simple [95%]")
    for delay in DELAYS:
        ratios = []
        for log in logs():
            result = replay(log, "--delay", delay)
            simple = best(result, SIMPLE)
            ratios.append(aurc(result, "errata") / aurc(result, simple))
            low, high = result["scores"][simple]["bands"]["aurc_ratio_to_errata"]
            row = "".join(f"{aurc(result, score):>11.4f}" for score in BASELINES)
            print(f"{name_of(log):<22}{delay:>5}{aurc(result, 'errata'):>8.4f}{row}{aurc(result, 'oracle'):>8.4f}"
                  f"   {ratios[-1]:.3f} [{1 / high:.3f}, {1 / low:.3f}] {simple}", flush=True)
        print(f"{'':<22}{delay:>5}  geometric mean {geometric_mean(ratios):.3f}, largest {max(ratios):.3f}\n")


def unseen_row(log, delay, *options):
    result = replay(log, "--delay", delay, *options)
    simple = best(result, SIMPLE)
    low, high = result["scores"][simple]["bands"]["aurc_ratio_to_errata"]
    return {"ratio": aurc(result, "errata") / aurc(result, simple), "band": (1 / high, 1 / low), "simple": simple,
            "errata": aurc(result, "errata"), "best": aurc(result, simple), "none": result["failure_rate"]}


def unseen_summary(part, delay, found):
    ratios = [one["ratio"] for one in found]
    print(f"{part}, {len(found)} streams, D = {delay}: geometric mean {geometric_mean(ratios):.3f}, largest"
          f" {max(ratios):.3f}, {sum(ratio > 1.05 for ratio in ratios)} above 1.05,"
          f" {sum(one['band'][0] > 1 for one in found)} lost beyond chance\n", flush=True)


def unseen_part(logs_of_part, delay):
    found = [unseen_row(log, delay) for log in logs_of_part]
    for log, one in zip(logs_of_part, found):
        seeds = " ".join(f"{unseen_row(log, delay, '--seed', seed)['ratio']:.3f}" for seed in (2, 3))
        low, high = one["band"]
        print(f"{name_of(log):<24}{delay:>5}{one['none']:>9.4f}{one['errata']:>8.4f}{one['best']:>8.4f}"
              f"   {one['ratio']:.3f} [{low:.3f}, {high:.3f}] {one['simple']:<15}{seeds}", flush=True)
    return found


def make_unseen(folder, *names):
    python = ROOT / ".deps/bench-python/bin/python"
    subprocess.run([python, "-W", "ignore", ROOT / "bench/unseen_streams.py", DATA.parent, folder, *names], check=True)


def unseen():
    print(f"{'AURC':<24}{'D':>5}{'no score':>9}{'errata':>8}{'simple':>8}   errata / best simple [95%]        seeds 2, 3")
    with tempfile.TemporaryDirectory() as folder:
        make_unseen(folder)
        for part in ("fresh", "held-out"):
            for delay in DELAYS:
                unseen_summary(part, delay, unseen_part(sorted(pathlib.Path(folder, part).glob("*.csv.gz")), delay))
        chosen = sorted(pathlib.Path(folder, "development").glob("*.csv.gz"))
        for delay in DELAYS:
            unseen_summary("development", delay, [unseen_row(log, delay) for log in chosen])


def coverage():
    targets = (0.05, 0.20, 0.40, 0.80)
    print(f"{'coverage: error (hindsight)':<28}" + "".join(f"{percent(t):>24}" for t in targets))
    for log in logs():
        online = {round(one["target"], 2): one for one in replay(log, "--delay", 0)["scores"]["errata"]["online"]}
        row = [online[t] for t in targets]
        print(f"{name_of(log):<28}" + "".join(
            f"{percent(o['coverage']) + ': ' + percent(o['error']) + ' (' + percent(o['hindsight_error']) + ')':>24}"
            for o in row), flush=True)


def causal_quantile(cases, target, window):
    """Coverage and error where a case is accepted when its risk is in the safest share of the last `window` risks."""
    below, recent, accepted, failures, counted = [], collections.deque(), 0, 0, 0
    for at, (risk, scored, failed) in enumerate(cases):
        low, high = bisect.bisect_left(below, risk), bisect.bisect_right(below, risk)
        rank = (low + (at * 0.6180339887498949 % 1) * (high - low + 1)) / (len(below) + 1)
        counted += scored
        accepted += scored and rank < target
        failures += scored and rank < target and failed
        below.insert(low, risk)
        recent.append(risk)
        if len(recent) > window:
            del below[bisect.bisect_left(below, recent.popleft())]
    return accepted / counted, failures / max(1, accepted)


def quantiles_of(log, targets):
    """For each target what was kept online, and the least error of a causal quantile within 2 points of the target, and
    of one that is as near to it."""
    with tempfile.TemporaryDirectory() as folder:
        decisions = pathlib.Path(folder, "decisions.csv")
        result = replay(log, "--delay", 0, "--out", decisions)
        with open(decisions, newline="") as lines:
            cases = [(float(row["errata_risk"]), row["errata_part"] == "eval" and row["errata_failed"] != "",
                      row["errata_failed"] == "1.0") for row in csv.DictReader(lines)]
    online = {round(one["target"], 2): one for one in result["scores"]["errata"]["online"]}
    scored = sum(case[1] for case in cases)
    for target in targets:
        kept = online[target]
        found = [causal_quantile(cases, target, w) for w in (200, 500, 1000, 2000, 5000, 10_000, len(cases))]
        off = max(0.005, abs(kept["coverage"] - target))
        best = [min((error for covered, error in found if abs(covered - target) <= most), default=None)
                for most in (0.02, off)]
        # A tenth above, and by more than two failures.
        beyond = [error is not None and kept["error"] > 1.1 * error
                  and kept["coverage"] * scored * (kept["error"] - error) > 2 for error in best]
        yield kept, best, beyond


def quantiles():
    targets = (0.20, 0.50, 0.80)
    print("coverage: error kept online (best causal quantile within 2 points, best as near)")
    with tempfile.TemporaryDirectory() as folder:
        make_unseen(folder)
        for part, found in [("shared", logs())] + [
                (part, sorted(pathlib.Path(folder, part).glob("*.csv.gz"))) for part in ("development", "held-out")]:
            count = {target: [0, 0] for target in targets}
            for log in found:
                row = ""
                for target, (kept, best, beyond) in zip(targets, quantiles_of(log, targets)):
                    count[target] = [a + b for a, b in zip(count[target], beyond)]
                    others = ", ".join("-" if error is None else percent(error) for error in best)
                    row += f"{percent(kept['coverage']) + ': ' + percent(kept['error']) + ' (' + others + ')':>34}"
                if part != "development":
                    print(f"{name_of(log):<20}{row}", flush=True)
            print(f"{part}, {len(found)} streams, a tenth above the best within 2 points, and as near: " + ", ".join(
                f"{percent(target)[:2]}% {a} and {b}" for target, (a, b) in count.items()) + "\n", flush=True)


def risk():
    print("coverage, realised risk for a target of a third of the base error, D = 0")
    print(f"{'':<22}{'target':>8}" + "".join(f"{method:>18}" for method in ("online", "sgr", "ltt", "rolling")))
    for log in logs():
        target = replay(log)["failure_rate"] / 3
        row = ""
        for method in ("online", "sgr", "ltt", "rolling"):
            policy = replay(log, "--risk", f"{target:.6f}", "--method", method)["policy"]
            row += f"{percent(policy['coverage']) + ', ' + percent(policy['risk'] or 0):>18}"
        print(f"{name_of(log):<22}{percent(target):>8}{row}", flush=True)


def simulations():
    print("AURC, mean ± sd over 5 seeds, outcomes at once and 1,000 cases late")
    print(f"{'':<20}{'D':>5}{'errata':>17}" + "".join(f"{score[:14]:>17}" for score in SIMPLE))
    with tempfile.TemporaryDirectory() as folder:
        for kind in SIMULATIONS:
            for delay in (0, 1000):
                results = [replay(simulated(kind, seed, folder), "--delay", delay) for seed in range(101, 106)]
                row = ""
                for score in ("errata",) + SIMPLE:
                    values = [aurc(result, score) for result in results]
                    row += f"{f'{statistics.fmean(values):.4f} ± {statistics.stdev(values):.4f}':>17}"
                print(f"{kind:<20}{delay:>5}{row}", flush=True)


def regimes():
    print("the source's simulation: cases from the start of a raised regime (1, 6, 11, … thousand) to its alarm")
    with tempfile.TemporaryDirectory() as folder:
        for seed in (42, 1, 2, 3, 4):
            found = [one for one in replay(simulated("regimes", seed, folder))["regimes"] if one["mode"] is None]
            begun = sorted(one["began"] for one in found if one["began"] >= 25000)
            delays, false = [], 0
            for at in begun:
                since = at % 5000 - 1000  # raised from 1,000 to 4,000 of every 5,000
                (delays.append(since) if 0 <= since < 40 else None)
                false += not 0 <= since < 3000
            print(f"seed {seed:>3}: {len(delays)} of 5 starts found within 40 cases (delays {delays}), "
                  f"{false} false alarms in 25,000 cases, {len(begun)} alarms in all", flush=True)


def correction():
    print(f"{'error':<22}{'model':>9}{'flip where risk > 1/2':>24}{'specialist':>12}{'flip all':>10}  verdict")
    for log in logs():
        everything = replay(log, "--correctability")["corrections"][0]
        specialist = everything["specialist_error"]
        print(f"{name_of(log):<22}{percent(everything['error']):>9}{percent(everything['flipped_error']):>24}"
              f"{percent(specialist) if specialist is not None else '-':>12}"
              f"{percent(everything['all_flipped_error']):>10}  {everything['verdict']}", flush=True)


def source():
    result = replay(DATA / "seed__lr_frozen.csv.gz")
    published = {"0.05": 20.24, "0.10": 11.84, "0.15": 8.05, "0.20": 7.14, "0.30": 10.32, "0.50": 11.38, "0.75": 22.64,
                 "0.95": 32.67}
    print(f"error without abstention {percent(result['failure_rate'])} (published 35.44%)")
    print(f"{'coverage':<10}{'published':>10}{'source here':>13}{'errata':>9}")
    for key, value in published.items():
        ours = [result["scores"][score]["error_at_coverage"][key] for score in ("source", "errata")]
        print(f"{key:<10}{value:>9.2f}%{percent(ours[0]):>13}{percent(ours[1]):>9}")


def ablation():
    runs = {"everything": []}
    runs |= {f"without {expert}": ["--without", expert] for expert in (
        "confidence", "confidence_ema", "logistic", "neighbours", "rates", "modes", "signals", "all", "all_slow",
        "case")}
    runs |= {f"{modes} modes": ["--modes", modes] for modes in (3, 8, 64)}
    runs |= {f"window {window:,}": ["--window", window] for window in (1000, 10000)}
    runs["the source's signal"] = None
    base = {(log, delay): replay(log, "--delay", delay) for log in logs() for delay in (0, 1000)}
    print(f"{'geometric mean of AURC / AURC of everything':<46}{'D = 0':>8}{'D = 1000':>10}")
    for label, options in runs.items():
        row = ""
        for delay in (0, 1000):
            ratios = []
            for log in logs():
                whole = base[log, delay]
                if options is None:
                    ratios.append(aurc(whole, "source") / aurc(whole, "errata"))
                else:
                    part = replay(log, "--delay", delay, *options) if options else whole
                    ratios.append(aurc(part, "errata") / aurc(whole, "errata"))
            row += f"{geometric_mean(ratios):>9.3f}"
        print(f"{label:<46}{row}", flush=True)


TABLES = {table.__name__: table for table in (
    streams, unseen, coverage, quantiles, risk, simulations, regimes, correction, source, ablation)}
if len(sys.argv) != 2 or sys.argv[1] not in TABLES:
    sys.exit(__doc__)
TABLES[sys.argv[1]]()
