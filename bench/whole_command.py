#!/usr/bin/env python3
"""What do whole commands cost? `errata analyze` with confirmation, drift, charts and HTML on a million rows × 16 features,
and `errata replay` with its page on a million cases × 20 features, two worker threads.

Usage: bench/whole_command.py ERRATA [RUNS]. Simulates the logs (credit and wide, seed 1) into a temporary folder, runs
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


def report(words, command, runs):
    costs = [run(command) for _ in range(runs)]
    wall, cpu, peak = zip(*costs)
    print(f"{words}: wall {statistics.median(wall):.2f} s, CPU {statistics.median(cpu):.2f} s, "
          f"peak {max(peak):.0f} MiB ({runs} runs)", flush=True)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    errata, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        log, page = os.path.join(folder, "million.parquet"), os.path.join(folder, "report.html")
        run([errata, "simulate", "credit", "--rows", "1000000", "--seed", "1", "-o", log])
        for threads in ("1", "2"):
            report(f"analyze, 1,000,000 × 16, Parquet to HTML, {threads} thread(s)",
                   [errata, "analyze", log, "-o", page, "--threads", threads], runs)
        stream = os.path.join(folder, "stream.parquet")
        run([errata, "simulate", "wide", "--features", "20", "--rows", "1000000", "--seed", "1", "-o", stream])
        report("replay, 1,000,000 × 20, Parquet to HTML, 2 threads",
               [errata, "replay", stream, "-o", page, "--threads", "2"], min(runs, 3))


main()
