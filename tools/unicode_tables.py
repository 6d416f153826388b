#!/usr/bin/env python3
"""Prints the tables of src/errata/tokenizer/unicode.cc from Python's Unicode data. Usage: tools/unicode_tables.py

Ranges of letters and of numbers (general categories L… and N…), and small letters as (first, last, step, distance):
every step-th code of a range has its small letter that far away. Codes that become several are left out.
"""

import sys
import unicodedata


def ranges(first_letter: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] != first_letter:
            continue
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def small_letters() -> list[tuple[int, int, int, int]]:
    found: list[tuple[int, int, int, int]] = []
    for code in range(sys.maxunicode + 1):
        small = chr(code).lower()
        if len(small) != 1 or ord(small) == code:
            continue
        distance = ord(small) - code
        if found and found[-1][3] == distance:
            first, last, step, _ = found[-1]
            gap = code - last
            if gap <= 2 and (first == last or gap == step):
                found[-1] = (first, code, gap, distance)
                continue
        found.append((code, code, 1, distance))
    return found


def main() -> None:
    print(f"// Unicode {unicodedata.unidata_version}")
    for name, letter in (("kLetters", "L"), ("kNumbers", "N")):
        rows = ranges(letter)
        print(f"constexpr std::array<Range, {len(rows)}> {name}{{{{")
        print(", ".join(f"{{{first:#x}, {last:#x}}}" for first, last in rows) + "}};")
    rows4 = small_letters()
    print(f"constexpr std::array<SmallLetters, {len(rows4)}> kSmallLetters{{{{")
    print(", ".join(f"{{{a:#x}, {b:#x}, {step}, {distance}}}" for a, b, step, distance in rows4) + "}};")


if __name__ == "__main__":
    main()
