#!/usr/bin/env python3
"""How long does a report page take to open in a browser?

Usage: bench/page_open.py ERRATA [RUNS]. Makes the report of a simulated log (credit, seed 1) in a temporary folder and
opens it RUNS times (default 5), each time in a newly started headless Chromium with an empty profile. Prints the median
and the slowest of each moment, in milliseconds since the navigation began:

  findings shown      the browser paints text for the first time (first contentful paint); the findings are HTML
  page ready          tables sort and filter, every listener is in place
  first chart drawn   the first chart is in the page as SVG
  all charts drawn    those out of sight too
  longest pause       not a moment but a length: the longest task that kept the browser from reacting

Chromium is driven over its DevTools protocol on two pipes; the measuring script is injected by it, so that the page is
measured as it is, under its own Content-Security-Policy.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

PROBE = """(() => {
  const seen = window.seen = {pause: 0};
  const note = (name) => seen[name] ??= performance.now();
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") seen.paint = entry.startTime;
  }).observe({type: "paint", buffered: true});
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.pause = Math.max(seen.pause, entry.duration);
  }).observe({type: "longtask", buffered: true});
  new MutationObserver(() => {
    if (document.documentElement.dataset.ready === "yes") note("ready");
    const charts = document.querySelectorAll("[data-chart]").length;
    const drawn = document.querySelectorAll("[data-drawn=done]").length;
    if (drawn > 0) note("first");
    if (drawn === charts && seen.ready) note("all");
  }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready", "data-drawn"]});
})();"""
WHEN_DONE = """new Promise((resolve) => {
  const look = () => seen.all && seen.paint
    ? setTimeout(() => resolve(JSON.stringify({...seen, errors: document.documentElement.dataset.errors ?? ""})), 200)
    : setTimeout(look, 20);
  look();
})"""
MOMENTS = {"paint": "findings shown", "ready": "page ready", "first": "first chart drawn", "all": "all charts drawn",
           "pause": "longest pause"}


class Browser:
    """A Chromium that answers commands over --remote-debugging-pipe: JSON ended by zero bytes on descriptors 3 and 4."""

    def __init__(self, profile):
        from_us, self.write_end = os.pipe()
        self.read_end, to_us = os.pipe()
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   "--window-size=1280,1000", f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        # The shell moves the pipes to the two descriptors that Chromium expects.
        shell = f'exec "$@" 3<&{from_us} 4>&{to_us}'
        self.process = subprocess.Popen(["bash", "-c", shell, "bash", *command], pass_fds=(from_us, to_us),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.buffer, self.last_id = b"", 0

    def command(self, method, session=None, **parameters):
        """Sends a command and gives back its result; events that come in between are skipped."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                part = os.read(self.read_end, 1 << 16)
                if not part:
                    sys.exit("chromium ended before it answered")
                self.buffer += part
            answer, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(answer)
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def close(self):
        self.command("Browser.close")
        self.process.wait(30)


def open_once(page, profile):
    """The moments of one opening of a page."""
    browser = Browser(profile)
    target = browser.command("Target.createTarget", url="about:blank")["targetId"]
    session = browser.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.command("Page.enable", session)
    browser.command("Page.addScriptToEvaluateOnNewDocument", session, source=PROBE)
    browser.command("Page.navigate", session, url=f"file://{page}")
    answer = browser.command("Runtime.evaluate", session, expression=WHEN_DONE, awaitPromise=True)
    browser.close()
    seen = json.loads(answer["result"]["value"])
    if seen["errors"]:
        sys.exit(f"the page reports: {seen['errors']}")
    return seen


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not shutil.which("chromium"):
        sys.exit("chromium is not installed (Debian's package chromium)")
    errata, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        log, page = os.path.join(folder, "credit.parquet"), os.path.join(folder, "report.html")
        subprocess.run([errata, "simulate", "credit", "--seed", "1", "--quiet", "-o", log], check=True)
        subprocess.run([errata, "analyze", log, "--quiet", "-o", page], check=True)
        opened = [open_once(page, os.path.join(folder, f"profile-{i}")) for i in range(runs)]
        print(f"report page, {os.path.getsize(page) / 1e6:.2f} MB, {runs} runs{'median':>17}{'slowest':>12}")
        for key, name in MOMENTS.items():
            times = [seen[key] for seen in opened]
            print(f"  {name:<20}{statistics.median(times):>17.0f} ms{max(times):>9.0f} ms")


main()
