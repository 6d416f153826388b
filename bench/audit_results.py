#!/usr/bin/env python3
"""Measures the auditor on MNIST, Fashion-MNIST and a part of CIFAR-10, over seeds.

Usage: bench/audit_results.py TABLE [--seeds 1,2,3,4,5] [--data mnist,fashion-mnist]   (or --data cifar10)

  detectors   AUROC for failures of every detector on every set, mean ± sd over seeds
  risk        coverage at 5% risk, calibration and operating points of the auditor
  left-out    an auditor a corruption that has not seen it, on that corruption alone: all with seed 1 on MNIST, those
              that others use too with seeds 2 and 3, twelve with the other seeds, and with seed 1 on the other sets
  controls    MNIST: the auditor trained on the source's mix alone (all seeds); the source's protocol, a primary trained
              on the corruptions, failures out of fold (the first seed); the auditor's own classes
  foreign     images of other things among the clean ones: what is refused, with and without looking for the unlike
  evidence    which layers the auditor rests on
  json        all figures of all runs as one JSON

Each run of `errata audit train` is kept in build/audit-results, by data set, kind and seed, and is not made again while
it is newer than the program. ERRATA_DATA names the folder with mnist/, fashion-mnist/ and cifar10/.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ERRATA = ROOT / "build/release/errata"
PLACE = ROOT / "build/audit-results"
FIRST = 1  # seed
SETS = ("held out", "seen mix", "unseen mix A", "unseen mix B", "clean", "FGSM", "PGD")
SOURCE = ["rotate", "noise", "occlude", "shift"]
HARD = ["elastic", "scale", "motion_blur", "pixelate", "inversion", "stripe", "spatter", "zigzag"]
OTHERS = ["shear", "gaussian_blur", "jpeg", "low_pass", "high_pass", "contrast", "brightness", "fog",
          "salt_and_pepper", "speckle", "dotted_line"]
ALONE = ["--no-baselines", "--evidence-seeds", "0"]
KINDS = {
    "default": [],
    "seen": ["--mix", "source", *ALONE],
    "source": ["--source", *ALONE],
    "augmented": ["--primary-augmented", *ALONE],
    "out-of-fold": ["--out-of-fold", *ALONE],
    "letters": ["--foreign", "letters", "--evidence-seeds", "0"],
    "pictures": ["--foreign", "cifar10", "--evidence-seeds", "0"],
}


def run(data: str, kind: str, seed: int) -> dict:
    """The JSON of one training, made when it is not there."""
    place = PLACE / f"{data}-{kind}-{seed}.json"
    if not place.exists() or place.stat().st_mtime < ERRATA.stat().st_mtime:
        place.parent.mkdir(parents=True, exist_ok=True)
        folder = place.with_suffix("")
        command = [ERRATA, "audit", "train", "--data", data, "--seed", str(seed), "-q", "-o", folder, "--json", place]
        environment = dict(os.environ)
        environment.setdefault("ERRATA_DATA", str(ROOT.parent / "shared/data"))
        subprocess.run([*command, *KINDS[kind], *(left_out_of(data, seed) if kind == "default" else [])], check=True,
                       env=environment)
    return json.loads(place.read_text())


def left_out_of(data: str, seed: int) -> list[str]:
    """Flags: the corruptions left out one at a time."""
    if data != "mnist" and seed != FIRST:
        return []
    if data == "mnist" and seed == FIRST:
        return ["--leave-one-out"]
    return ["--leave-one-out=" + ",".join(SOURCE + HARD + (OTHERS if data == "mnist" and seed <= 3 else []))]


def seeds_of(kind: str, seeds: list[int]) -> list[int]:
    return seeds if kind in ("default", "seen") else [FIRST]


def runs(data: str, kind: str, seeds: list[int]) -> list[dict]:
    return [run(data, kind, seed) for seed in seeds]


def spread(values: list[float | None], digits: int = 3) -> str:
    known = [value for value in values if value is not None and not math.isnan(value)]
    if not known:
        return "–"
    mean = f"{statistics.mean(known):.{digits}f}"
    return f"{mean} ± {statistics.stdev(known):.{digits}f}" if len(known) > 1 else mean


def set_of(audit: dict, name: str) -> dict | None:
    return next((part for part in audit["sets"] if part["name"] == name), None)


def figures(audits: list[dict], part: str, detector: str, figure: str) -> list[float | None]:
    found = []
    for audit in audits:
        of_part = set_of(audit, part)
        if of_part and detector in of_part["detectors"]:
            found.append(of_part["detectors"][detector][figure]["value"])
    return found


def table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[c]) for row in [head, *rows]) for c in range(len(head))]
    for row in [head, *rows]:
        print("  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))]).rstrip())
    print()


def detectors(data: str, seeds: list[int]) -> None:
    audits = runs(data, "default", seeds)
    names = list(audits[0]["sets"][0]["detectors"])
    shares = [spread([s["failures"] / s["cases"] for a in audits if (s := set_of(a, part))]) for part in SETS]
    rows = [["share of failures", *shares]]
    rows += [[name, *(spread(figures(audits, part, name, "auroc")) for part in SETS)] for name in names]
    table([f"{data}: AUROC", *SETS], rows)


def risk(data: str, seeds: list[int]) -> None:
    audits = runs(data, "default", seeds)
    rows = []
    for part in SETS[:5]:
        ours = figures(audits, part, "auditor", "coverage_at_5_percent")
        softmax = figures(audits, part, "msp", "coverage_at_5_percent")
        ratio = [a / b for a, b in zip(ours, softmax) if a is not None and b]
        rows.append([part, spread(ours), spread(softmax), spread(ratio, 2),
                     spread(figures(audits, part, "auditor", "ece")), spread(figures(audits, part, "auditor", "aurc")),
                     spread(figures(audits, part, "msp", "aurc"))])
    table([data, "coverage at 5% risk", "softmax", "ratio", "ECE", "AURC", "softmax's"], rows)
    rows = []
    for part in SETS[:5]:
        for at, point in enumerate(set_of(audits[0], part)["operating_points"]):
            realised = [set_of(audit, part)["operating_points"][at]["realised"] for audit in audits]
            rows.append([f"{part}, {point['rule']} at {point['target']:g}",
                         spread([r["coverage"] for r in realised]), spread([r["risk"] for r in realised])])
    table([data, "coverage", "risk"], rows)


def left_out(data: str, seeds: list[int]) -> None:
    audits = [audit["left_out"] for audit in runs(data, "default", seeds) if audit.get("left_out")]
    rows = []
    for first in max(audits, key=len):
        of = [one for audit in audits for one in audit if one["group"] == first["group"]]
        rows.append([first["group"], first["family"], str(len(of)), spread([o["failures"] / o["cases"] for o in of]),
                     spread([o["auroc"] for o in of]), spread([o["msp_auroc"] for o in of]),
                     spread([o["auroc"] - o["msp_auroc"] for o in of]), spread([o["label_accuracy"] for o in of])])
    table([data, "family", "seeds", "failures", "auditor", "softmax", "difference", "own accuracy"], rows)
    rows = []
    for words, names in (("the source's four and eight hard ones", SOURCE + HARD),
                         ("those that others use too", SOURCE + HARD + OTHERS), ("all", None)):
        of = [[one["auroc"] for one in audit if names is None or one["group"] in names] for audit in audits]
        whole = max(map(len, of)) if names is None else len(names)
        of = [values for values in of if len(values) == whole]
        if of and str(whole) not in [row[1] for row in rows]:
            rows.append([words, str(whole), str(len(of)), spread([statistics.mean(values) for values in of]),
                         spread([min(values) for values in of])])
    table([data, "corruptions", "seeds", "mean", "worst"], rows)


def controls(data: str, seeds: list[int]) -> None:
    rows = []
    for kind, words in (("default", "default"), ("seen", "the same, trained on the source's mix alone"),
                        ("source", "the source's protocol"), ("augmented", "primary trained on the corruptions"),
                        ("out-of-fold", "auditor on images that the primary did not see")):
        if data != "mnist":
            break
        audits = runs(data, kind, seeds_of(kind, seeds))
        rows.append([words, str(len(audits)), spread([a["built_in"]["primary_accuracy"] for a in audits]),
                     spread([a["built_in"]["auroc_on_training_cases"] for a in audits]),
                     *(spread([1 - s["failures"] / s["cases"] for a in audits if (s := set_of(a, part))])
                       + " / " + spread(figures(audits, part, "auditor", "auroc"))
                       for part in ("seen mix", "unseen mix A", "unseen mix B"))])
    if rows:
        table([data, "seeds", "clean accuracy", "AUROC, fitted cases", "seen mix: accuracy / AUROC", "unseen mix A",
               "unseen mix B"], rows)
    audits = runs(data, "default", seeds)
    table([data, *SETS[:5]],
          [["accuracy of the model", *(spread([1 - s["failures"] / s["cases"] for a in audits if (s := set_of(a, p))])
                                       for p in SETS[:5])],
           ["of the auditor's own classes", *(spread([s["label_accuracy"] for a in audits if (s := set_of(a, p))])
                                              for p in SETS[:5])]])


def foreign(data: str, seeds: list[int]) -> None:
    rows = []
    for kind in ("letters", "pictures"):
        audits = runs(data, kind, seeds)
        name = next(part["name"] for part in audits[0]["sets"] if part["name"].endswith(" among clean"))
        for part in (name, "held out", "clean"):
            sets = [set_of(audit, part) for audit in audits]
            points = [of["operating_points"][0]["realised"] for of in sets]
            # Of a set that is half foreign the accepted failures are nearly all foreign: none of them is right.
            share = [p["accepted"] * p["risk"] / of["failures"] if p["accepted"] else 0 for p, of in zip(points, sets)]
            rows.append([f"{kind}: {part}", str(len(audits)), spread(figures(audits, part, "auditor", "auroc")),
                         spread(figures(audits, part, "msp", "auroc")), spread(figures(audits, part, "knn", "auroc")),
                         spread([p["coverage"] for p in points]), spread(share), spread([of["unlike"] for of in sets])])
    table([data, "seeds", "auditor", "softmax", "kNN", "accepted at 5%", "of the failures", "unlike"], rows)


def evidence(data: str, seeds: list[int]) -> None:
    audits = runs(data, "default", seeds)
    rows = []
    for name in [entry["name"] for entry in audits[0]["evidence"]]:
        of = [next(e for e in audit["evidence"] if e["name"] == name) for audit in audits]
        rows.append([name, spread([e["auroc_lost"] for e in of]), spread([e["integrated"] for e in of])])
    table([f"{data}: block", "AUROC lost", "integrated gradients"], rows)
    print("rank correlation of the columns' shares between seeds:",
          spread([audit["evidence_stability"] for audit in audits]), end="\n\n")


def whole(data: str, seeds: list[int]) -> dict:
    kinds = {kind: runs(data, kind, seeds_of(kind, seeds)) for kind in KINDS
             if kind == "default" or (data == "mnist" and kind not in ("letters", "pictures"))}
    for audit in (audit for audits in kinds.values() for audit in audits):
        for part in audit["sets"]:
            for curve in ("reliability", "points", "sample"):
                part.pop(curve, None)
            for detector in part["detectors"].values():
                detector.pop("roc", None)
                detector.pop("risk_coverage", None)
    return kinds


def shortened(value):
    """Numbers to six digits: more say nothing here."""
    if isinstance(value, dict):
        return {name: shortened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shortened(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


TABLES = {"detectors": detectors, "risk": risk, "left-out": left_out, "controls": controls, "foreign": foreign,
          "evidence": evidence}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=[*TABLES, "json"])
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--data", default="mnist,fashion-mnist")
    arguments = parser.parse_args()
    data, seeds = arguments.data.split(","), [int(seed) for seed in arguments.seeds.split(",")]
    if arguments.table == "json":
        print(json.dumps({name: shortened(whole(name, seeds)) for name in data}, separators=(",", ":")))
    else:
        for name in data:
            TABLES[arguments.table](name, seeds)
