#!/usr/bin/env python3
"""What do whole commands cost? `errata analyze` with confirmation, drift, charts and HTML on a million rows × 16 features,
and `errata replay` with its page on a million cases × 20 features, two worker threads.

Usage: bench/whole_command.py ERRATA [RUNS] [analyze] [replay]. Both commands where none is named. `analyze` is run turn by turn with DuckDB's SUMMARIZE of the same file
(bench/summarize_log beside ERRATA), and the ratio of their CPU is printed. Simulates the logs (credit and wide, seed 1) into a temporary folder, runs
each command RUNS times (default 5; replay at most 3 times), and prints the median wall and CPU seconds and the largest
peak memory of one run.
"""

import os
import statistics
import sys
import tempfile
import time


def run(arguments):
    """Wall seconds, CPU seconds and peak MiB of a command whose output is thrown away."""
    start = time.monotonic()
    child = os.posix_spawn(arguments[0], arguments, os.environ,
                           file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"{' '.join(arguments)} failed: status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def report(words, costs):
    """Prints medians of runs, and returns the median CPU seconds."""
    wall, cpu, peak = zip(*costs)
    print(f"{words}: wall {statistics.median(wall):.2f} s, CPU {statistics.median(cpu):.2f} s, "
          f"peak {max(peak):.0f} MiB ({len(costs)} runs)", flush=True)
    return statistics.median(cpu)


def analyze_beside_summarize(errata, summarize, log, page, threads, runs):
    """Turn by turn, so that both meet the same moods of the machine."""
    pairs = [(run([errata, "analyze", log, "-o", page, "--threads", threads]), run([summarize, log, threads]))
             for _ in range(runs)]
    analyze = report(f"analyze, 1,000,000 × 16, Parquet to HTML, {threads} thread(s)", [a for a, _ in pairs])
    yardstick = report(f"DuckDB SUMMARIZE of the same file, {threads} thread(s)", [s for _, s in pairs])
    print(f"  {analyze / yardstick:.2f} times the CPU of SUMMARIZE", flush=True)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    errata, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    commands = sys.argv[3:] or ["analyze", "replay"]
    summarize = os.path.join(os.path.dirname(errata), "bench", "summarize_log")
    with tempfile.TemporaryDirectory() as folder:
        log, page = os.path.join(folder, "million.parquet"), os.path.join(folder, "report.html")
        if "analyze" in commands:
            run([errata, "simulate", "credit", "--rows", "1000000", "--seed", "1", "-o", log])
            for threads in ("1", "2"):
                analyze_beside_summarize(errata, summarize, log, page, threads, runs)
        if "replay" in commands:
            stream = os.path.join(folder, "stream.parquet")
            run([errata, "simulate", "wide", "--features", "20", "--rows", "1000000", "--seed", "1", "-o", stream])
            report("replay, 1,000,000 × 20, Parquet to HTML, 2 threads",
                   [run([errata, "replay", stream, "-o", page, "--threads", "2"]) for _ in range(min(runs, 3))])


main()
