#!/usr/bin/env python3
"""Measures `errata improve`: what a model learns from its failures, by who corrects it, over seeds.

Usage: bench/improve_results.py TABLE [--size research|slow|small] [--seeds 101,102,…] [--arms teacher,control,...]
                                [--jobs 2] [--mining]

  make      the runs that are not there: of the arms, and with --mining of that table

  arms      held-out accuracy after every round of every arm, mean ± sd over seeds, and what a run costs
  pairs     every arm against the control and the teacher: paired differences over seeds with Student's t, and shares
            of wrong answers over all questions
  keeping   the least accuracy of additions that a tuned model had on its development questions, kept or not
  labels    how many of a teacher's corrections are right by the task's reference
  detection AUROC of every signal of a wrong answer, by round of the teacher's runs
  mining    at which share of failures it pays to learn from them: sums, differences and chains, by how long the first
            model was trained
  json      all figures of all runs as one JSON

A model is trained for every seed, and every arm improves that one, with the run's seed the same. Runs are kept in
build/improve-results and made when they are not there; remove the folder to measure again. Arms that have not run for
all seeds are shown with those that have. Sizes: `research`, 148,800 parameters and numbers of up to three digits;
`slow`, the same trained at a third of the rate with a tenth of subtractions; `small`, 74,944 and two digits. A model of
size `slow` shall subtract at .85: when it is further from that than .03 on its development questions, it is trained
again for longer or less long, and the nearer of the two is taken. ERRATA names the program (build/release/errata).
"""

import argparse
import concurrent.futures
import json
import math
import os
import re
import sqlite3
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ERRATA = os.environ.get("ERRATA", str(ROOT / "build/release/errata"))
PLACE = ROOT / "build/improve-results"
SIZES = {  # flags of the task, of the first training, of a run; steps of the first training, and of those of `mining`
    "research": {"seeds": "101,102,103,104,105", "task": [], "pretrain": [], "run": {}, "steps": 1600},
    "slow": {"seeds": "206,207,208,209,210,211,212,213,214,215", "task": [],
             "pretrain": ["--shares", "0.9,0.1", "--learning-rate", "0.001"], "run": {"--learning-rate": "0.004"},
             "steps": 4000, "fewer": 3500, "more": 4500},
    "small": {"seeds": "101,102,103,104,105", "task": ["--digits", "2"],
              "pretrain": ["--hidden", "64", "--layers", "2", "--intermediate", "128", "--batch", "64",
                           "--learning-rate", "0.004"],
              "run": {"--batch": "64", "--questions": "4000"}, "steps": 2000, "mining": [1000, 2000, 4000]},
}
SUBTRACTS, NEAR = 0.85, 0.03  # what a model of size `slow` shall do, on its development questions
size = SIZES["research"]
place_of_size = PLACE / "research"
ARMS = {
    "teacher": {},
    "control": {"--control": None},
    "self": {"--teacher": "self"},
    "no replay": {"--replay": "0"},
    "no variants": {"--variants": "0"},
    "vote": {"--teacher": "vote"},
    "other models": {"--teacher": "vote", "--voters": "those of the next seeds"},
}
VOTERS = 2
SKILLS = "add,sub,chain"
MINING_ARMS = {"control": {"--control": None}, "replay .6": {"--replay": "0.6"}, "chosen": {}}
MINING_FLAGS = {"--skills": SKILLS, "--samples": "0", "--watched": "0"}
MINING_SEEDS = 4


def run(command: list[str], place: Path) -> str:
    """What a command that writes `place` says; its CPU seconds lie beside it."""
    command = [ERRATA, "improve", *command, "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: status {status}")
    place.with_suffix(".cpu").write_text(f"{usage.ru_utime + usage.ru_stime:.1f}\n")
    return said


def trained(name: str, seed: int, steps: int, task: list[str] = ()) -> Path:
    """The folder of a model, trained when it is not there; what its training said lies beside it."""
    folder = place_of_size / f"{name}-{seed}"
    said = folder.with_suffix(".said")
    if not said.exists():
        said.write_text(run(["pretrain", *size["task"], *size["pretrain"], *task, "--seed", str(seed), "--steps",
                             str(steps), "-o", str(folder)], folder))
    return folder


def subtracts(model: Path) -> float:
    """Share of its development questions that a model subtracts rightly."""
    right, asked = re.search(r"^sub: (\d+) of (\d+)", model.with_suffix(".said").read_text(), re.MULTILINE).groups()
    return int(right) / int(asked)


def base(seed: int) -> Path:
    """The model that a seed's arms improve."""
    model = trained("base", seed, size["steps"])
    if "more" not in size or abs(subtracts(model) - SUBTRACTS) <= NEAR:
        return model
    other = "more" if subtracts(model) < SUBTRACTS else "fewer"
    return min(model, trained(f"base-{other}", seed, size[other]), key=lambda m: abs(subtracts(m) - SUBTRACTS))


def place_of(arm: str, model: str) -> Path:
    return place_of_size / f"{arm.replace(' ', '-')}-{model}.json"


def is_done(place: Path) -> bool:
    """The program opens its JSON before it runs."""
    return place.with_suffix(".cpu").exists()


def improved(arm: str, name: str, seed: int, flags: dict[str, str | None], model: Path) -> None:
    """Makes the JSON of a run when it is not there."""
    place = place_of(arm, name)
    if not is_done(place):
        told = [word for pair in (size["run"] | flags).items() for word in pair if word is not None]
        run(["run", "--model", str(model), "--seed", str(seed), *size["task"], *told, "-q", "-o",
             str(place.with_suffix("")), "--json", str(place)], place)


def improve_by(arm: str, seed: int, seeds: list[int]) -> None:
    flags = dict(ARMS[arm])
    if "--voters" in flags:
        at = seeds.index(seed)
        flags["--voters"] = ",".join(str(base(seeds[(at + 1 + i) % len(seeds)])) for i in range(VOTERS))
    improved(arm, str(seed), seed, flags, base(seed))


def runs_of(arm: str, seeds: list[int]) -> dict[int, dict]:
    """The runs that are there, by seed."""
    found = {}
    for seed in seeds:
        place = place_of(arm, str(seed))
        if is_done(place):
            found[seed] = json.loads(place.read_text()) | {"cpu": float(place.with_suffix(".cpu").read_text())}
    return found


def accuracy(evaluation: dict, skill: str | None = None) -> float:
    if skill is None:
        return evaluation["accuracy"]
    return next(s["accuracy"] for s in evaluation["skills"] if s["skill"] == skill)


def last(made: dict, skill: str | None = None) -> float:
    return accuracy(made["rounds"][-1]["held_out"], skill)


def gain(made: dict) -> float:
    return last(made) - accuracy(made["start_held_out"])


def spread(values: list[float], digits: int = 3) -> str:
    if not values:
        return "–"
    mean = f"{statistics.mean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


def p_of_t(t: float, freedom: int) -> float:
    """Two-sided, by Simpson's rule on the density."""
    if freedom < 1 or math.isnan(t):
        return math.nan
    scale = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    steps, end = 20000, min(abs(t), 1000.0)
    density = [scale * (1 + (end * i / steps) ** 2 / freedom) ** (-(freedom + 1) / 2) for i in range(steps + 1)]
    inner = (density[0] + density[-1] + 4 * sum(density[1:-1:2]) + 2 * sum(density[2:-1:2])) * end / steps / 3
    return max(0.0, 1 - 2 * inner)


def paired(first: list[float], second: list[float]) -> tuple[float, float]:
    """Mean difference, and its p."""
    differences = [a - b for a, b in zip(first, second)]
    if len(differences) < 2:
        return (differences[0] if differences else math.nan), math.nan
    deviation = statistics.stdev(differences)
    t = statistics.mean(differences) / (deviation / math.sqrt(len(differences))) if deviation > 0 else math.inf
    return statistics.mean(differences), p_of_t(t, len(differences) - 1)


def apart(first: list[dict], second: list[dict]) -> float:
    """Two-sided p of two shares of wrong held-out answers, over all questions of all runs; as if the questions were not
    the same, which makes it larger."""
    wrong, all_of = [], []
    for made in (first, second):
        skills = [skill for m in made for skill in m["rounds"][-1]["held_out"]["skills"]]
        wrong.append(sum(skill["failures"] for skill in skills))
        all_of.append(sum(skill["cases"] for skill in skills))
    both = sum(wrong) / sum(all_of)
    deviation = math.sqrt(both * (1 - both) * (1 / all_of[0] + 1 / all_of[1]))
    return math.erfc(abs(wrong[0] / all_of[0] - wrong[1] / all_of[1]) / deviation / math.sqrt(2)) if deviation else 1.0


def table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[c]) for row in [head, *rows]) for c in range(len(head))]
    for row in [head, *rows]:
        print("  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))]).rstrip())


def show_arms(arms: list[str], seeds: list[int]) -> None:
    rows = []
    for arm in arms:
        made = list(runs_of(arm, seeds).values())
        if not made:
            continue
        rounds = [spread([accuracy(m["rounds"][i]["held_out"]) for m in made if len(m["rounds"]) > i])
                  for i in range(4)]
        rows.append([arm, str(len(made)), spread([accuracy(m["start_held_out"]) for m in made]), *rounds,
                     spread([last(m, "add") for m in made]), spread([last(m, "sub") for m in made]),
                     f"{statistics.mean(m['cpu'] for m in made):.0f}"])
    table(["arm", "seeds", "start", "round 1", "2", "3", "4", "add", "sub", "CPU s"], rows)


def show_pairs(arms: list[str], seeds: list[int]) -> None:
    control, teacher = runs_of("control", seeds), runs_of("teacher", seeds)
    rows = []
    for arm in arms:
        made = runs_of(arm, seeds)
        if not made:
            continue
        row = [arm]
        for other in (control, teacher):
            both = [seed for seed in made if seed in other]
            difference, p = paired([last(made[s]) for s in both], [last(other[s]) for s in both])
            same = not both or made == other
            row += ["–"] * 3 if same else [f"{difference:+.4f}", "–" if math.isnan(p) else f"{p:.2g}",
                                            f"{apart([made[s] for s in both], [other[s] for s in both]):.1g}"]
        gains = [(gain(made[s]), gain(teacher[s])) for s in made if s in teacher]
        shares = [of_arm / of_teacher for of_arm, of_teacher in gains if of_teacher > 0]
        rows.append([*row, spread(shares, 2)])
    table(["arm", "less control", "p (seeds)", "p (questions)", "less teacher", "p (seeds)", "p (questions)",
           "share of teacher's gain"], rows)


def show_keeping(arms: list[str], seeds: list[int]) -> None:
    rows = []
    for arm in arms:
        made = list(runs_of(arm, seeds).values())
        if not made or made[0]["options"]["teacher"] != "reference":
            continue  # without a verifier the development questions are judged by what the model believes
        lowest = [min(accuracy(r["development"], "add") for r in m["rounds"]) for m in made]
        held = [last(m, "add") - accuracy(m["start_held_out"], "add") for m in made]
        taken = sum(r["verdict"] not in ("kept", "nothing_wrong", "nothing_corrected") for m in made for r in m["rounds"])
        rows.append([arm, spread([accuracy(m["start_development"], "add") for m in made]), spread(lowest),
                     f"{min(lowest):.3f}", f"{taken} of {sum(len(m['rounds']) for m in made)}", spread(held, 4)])
    table(["arm", "add at the start", "least of a tuned model", "of any seed", "rounds taken back",
           "held-out add, end less start"], rows)


def show_detection(seeds: list[int]) -> None:
    made = list(runs_of("teacher", seeds).values())
    if not made:
        return
    rounds = range(min(len(m["rounds"]) for m in made))
    rows = [[signal, *(spread([m["rounds"][r]["detection"]["signals"][signal]["auroc"] for m in made], 4)
                       for r in rounds)]
            for signal in made[0]["rounds"][0]["detection"]["signals"]]
    table(["AUROC", *(f"round {r + 1}" for r in rounds)], rows)


def right_answer(prompt: str) -> str:
    value = 0
    for part in prompt.rstrip("=").replace("-", " -").replace("+", " +").split():
        value += int(part)
    return str(value)[::-1]


def show_labels(arms: list[str], seeds: list[int]) -> None:
    rows = []
    for arm in arms:
        counts = [0] * 5  # wrong or doubtful, corrected, used, used and right; wrong by the reference, not detected
        for seed in runs_of(arm, seeds):
            store = sqlite3.connect(f"file:{place_of(arm, str(seed)).with_suffix('')}/failures.sqlite?mode=ro",
                                    uri=True)
            for prompt, answer, detected, correction, by, verified in store.execute(
                    "SELECT prompt, answer, detected, correction, corrected_by, verified FROM answers WHERE round > 0"):
                right = right_answer(prompt)
                if detected == "no":
                    counts[4] += answer != right
                    continue
                counts[0] += 1
                counts[1] += by != ""
                used = verified or by == "vote"
                counts[2] += used
                counts[3] += used and correction == right
        if counts[2]:
            rows.append([arm, *(f"{c:,}" for c in counts[:3]), f"{counts[3] / counts[2]:.4f}", f"{counts[4]:,}"])
    table(["arm", "wrong or doubtful", "corrected", "learned from", "right of those", "wrong, not detected"], rows)


def improve_mining(arm: str, seed: int, steps: int) -> None:
    improved(arm, f"mining-{steps}-{seed}", seed, MINING_FLAGS | MINING_ARMS[arm], mining_base(seed, steps))


def mining_base(seed: int, steps: int) -> Path:
    return trained(f"mining-{steps}", seed, steps, ["--skills", SKILLS])


def show_mining(seeds: list[int]) -> None:
    rows = []
    for steps in size["mining"]:
        for arm in MINING_ARMS:
            made = []
            for seed in seeds[:MINING_SEEDS]:
                place = place_of(arm, f"mining-{steps}-{seed}")
                if is_done(place):
                    made.append(json.loads(place.read_text()))
            if not made:
                continue
            wrong = [1 - accuracy(m["rounds"][0]["asked"]) for m in made]
            rows.append([f"{steps:,}", arm, str(len(made)), spread(wrong, 2),
                         spread([accuracy(m["start_held_out"]) for m in made]), spread([last(m) for m in made]),
                         *(spread([last(m, skill) for m in made]) for skill in SKILLS.split(","))])
    table(["steps", "arm", "seeds", "wrong in round 1", "start", "end", *SKILLS.split(",")], rows)


def make_all(arms: list[str], seeds: list[int], jobs: int, mining: bool) -> None:
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(base, seeds if arms else []))
        list(pool.map(lambda case: improve_by(*case, seeds), [(arm, seed) for arm in arms for seed in seeds]))
        if mining:
            models = [(seed, steps) for steps in size["mining"] for seed in seeds[:MINING_SEEDS]]
            list(pool.map(lambda model: mining_base(*model), models))
            list(pool.map(lambda case: improve_mining(case[0], *case[1]),
                          [(arm, model) for model in models for arm in MINING_ARMS]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["make", "arms", "pairs", "keeping", "labels", "detection", "mining", "json"])
    parser.add_argument("--size", choices=SIZES, default="research")
    parser.add_argument("--seeds", help="of the size, without this")
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--mining", action="store_true")
    given = parser.parse_args()
    global size, place_of_size
    size, place_of_size = SIZES[given.size], PLACE / given.size
    seeds, arms = [int(s) for s in (given.seeds or size["seeds"]).split(",")], [arm for arm in given.arms.split(",") if arm]
    if given.table == "make":
        place_of_size.mkdir(parents=True, exist_ok=True)
        make_all(arms, seeds, given.jobs, given.mining)
    elif given.table == "json":
        made = {place.stem: json.loads(place.read_text()) for place in sorted(place_of_size.glob("*.json"))
                if is_done(place)}
        for one in made.values():
            del one["modes"]
            for done in one["rounds"]:
                del done["examples"]
        print(json.dumps(made, indent=1))
    elif given.table == "detection":
        show_detection(seeds)
    elif given.table == "mining":
        show_mining(seeds)
    else:
        show = {"arms": show_arms, "pairs": show_pairs, "keeping": show_keeping, "labels": show_labels}
        show[given.table](arms, seeds)


main()
