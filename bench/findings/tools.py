"""Each tool reads a log and lists its findings, best first: sets of cases, and what the tool calls them."""

import json
import resource
import subprocess
import time

from findings import baselines, judge

ROLES = ["--label", "label", "--prediction", "prediction", "--score", "confidence", "--score-means", "confidence",
         "--time", "time"]


class Findings:
    def __init__(self, cases, words, seconds):
        self.cases, self.words, self.seconds = cases, words, seconds


def listed(hotspots, rows, file):
    found = []
    for hotspot in hotspots:
        cases = judge.cases_of(hotspot["where"], rows)
        if cases.sum() != hotspot["n"]:
            raise ValueError(f"{file}: errata counts {hotspot['n']} cases, pandas {cases.sum()}: {hotspot['where']}")
        found.append(cases)
    return found


def errata(log, file, program, silent):
    command = [program, "analyze", str(file), *ROLES, "--threads", "1", "--quiet", "--json", "-"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    report = json.loads(done.stdout)
    key = "fails_more_than_believed" if silent else "hotspots"
    if key not in report:
        return None  # an errata without a list of where the model fails more than it believes
    return Findings(listed(report[key], log.rows, file), [one.get("words", "") for one in report[key]],
                    after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def timed(search, log, silent):
    begun = time.process_time()
    cases, words = search(log, silent)
    return Findings(cases, words, time.process_time() - begun)


def run(tool, log, file, program, silent):
    """None where a tool has no answer."""
    if tool == "errata":
        return errata(log, file, program, silent)
    if tool == "tree" and silent:
        return None  # a tree of failures has nothing to say about what was believed
    return timed({"beam": baselines.beam, "tree": baselines.tree}[tool], log, silent)
