#!/usr/bin/env python3
"""Runs the commands in Markdown pages again and puts their output below them.

Usage: tools/refresh_console.py PAGE...

Every fenced block that opens with ```console and whose first line is `$ command` is run with bash in the root of the
repository, with build/release on the PATH; its output replaces the lines below the command. Colour and progress are off
because the output is no terminal. A command that fails stops the run and leaves the page as it was.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n\$ (?P<command>.*)\n(?:.*\n)*?```$", re.MULTILINE)


def output_of(command):
    environment = dict(os.environ, PATH=f"{ROOT / 'build/release'}:{os.environ['PATH']}", LC_ALL="C.UTF-8")
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{command}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout.rstrip("\n")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        page = pathlib.Path(name)
        print(f"refreshing {name}", file=sys.stderr)
        text = BLOCK.sub(lambda block: f"```console\n$ {block['command']}\n{output_of(block['command'])}\n```",
                         page.read_text())
        page.write_text(text)


main()
