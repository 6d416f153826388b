#!/usr/bin/env python3
"""Prints English sentences of docs/methods, a line each: texts for `errata improve --text` that no model has learned.

Usage: bench/sentences.py >lines.txt

Whole sentences of 60 to 240 characters of prose, without markup; in the order of the pages, each once.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
SENTENCE = re.compile(r"[A-Z][A-Za-z0-9 ,.;:()'\-%]{58,238}[.]")


def sentences(page: pathlib.Path) -> list[str]:
    found = []
    for line in page.read_text().splitlines():
        if line[:1] in set("|#`-*[ ") or line[:1].isdigit():
            continue
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line).replace("`", "").replace("*", "")
        found += [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", plain.strip()) if SENTENCE.fullmatch(s)]
    return found


print("\n".join(dict.fromkeys(s for page in sorted((ROOT / "docs/methods").glob("*.md")) for s in sentences(page))))
