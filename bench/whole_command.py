#!/usr/bin/env python3
"""What does a whole `errata analyze` cost, with confirmation, drift, charts and HTML, on a million rows × 16 features?

Usage: bench/whole_command.py ERRATA [RUNS]. Simulates the log (credit, seed 1) into a temporary folder, runs the command
RUNS times (default 5), and prints the median wall and CPU seconds and the largest peak memory of one run.
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


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    errata, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        log, report = os.path.join(folder, "million.parquet"), os.path.join(folder, "report.html")
        run([errata, "simulate", "credit", "--rows", "1000000", "--seed", "1", "-o", log])
        for threads in ("1", "2"):
            costs = [run([errata, "analyze", log, "-o", report, "--threads", threads]) for _ in range(runs)]
            wall, cpu, peak = zip(*costs)
            print(f"analyze, 1,000,000 × 16, Parquet to HTML, {threads} thread(s): wall {statistics.median(wall):.2f} s, "
                  f"CPU {statistics.median(cpu):.2f} s, peak {max(peak):.0f} MiB ({runs} runs)")


main()
