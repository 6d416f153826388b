"""Texts of every script, drawn from a seed: what tokenizers are compared on."""

import random
import sys
import unicodedata

PIECES = [
    "I'll", "don't", "WE'VE", "it's", "they're", "O'Neil", "'S 'T", "rock'n'roll", "x = y + 1;", "for (int i = 0; i < n; ++i) {\n\t",
    "def f(x):\n    return x**2\n", "<|endoftext|>", "<|im_start|>user\n", "<|im_end|>", "<|unknown|>", "<|", "https://a.b/c?d=e&f=%20",
    "3.14159", "1,234,567", "0x7F", "½ ⅓ Ⅳ ④", "١٢٣٤", "१२३", "10²³", "\r\n", "\n\n\n", "\t\t", "   ", "\u00a0\u00a0", "\u2003\u3000",
    "\u200b\u200d", "\u180e", "\u0085", "e\u0301\u0323", "\u1100\u1161\u11a8", "\u0344", "\u212b", "\u2126", "HTTPServer", "ﬁﬂ", "ſ", "K", "İ", "ß",
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷", "❤️", "\ufeff", "\ufffd", "\x00", "\x1c\x1d", "\x7f", "مرحبا بالعالم", "שָׁלוֹם", "\u202eabc\u202c",
    "你好，世界。", "こんにちは、世界！", "안녕하세요", "Привет, мир!", "Γειά σου", "नमस्ते दुनिया", "สวัสดีชาวโลก", "வணக்கம்", "გამარჯობა", "Xin chào thế giới",
    "the quick brown fox", "jumps over the lazy dog", "Supercalifragilistic", "HTTPServer2Go", "a" * 70, " " * 60, "=" * 65, "$$$", "...", "--",
]


def blocks() -> list[list[str]]:
    """Assigned characters in runs of 128 codes: every script has some."""
    runs = []
    for first in range(0, sys.maxunicode + 1, 128):
        run = [chr(code) for code in range(first, first + 128) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
        if run:
            runs.append(run)
    return runs


def drawn(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    runs = blocks()
    texts = []
    for index in range(count):
        parts = []
        for _ in range(rng.randrange(1, 8)):
            kind = rng.random()
            if kind < 0.45:
                parts.append(rng.choice(PIECES))
            elif kind < 0.75:
                run = runs[index % len(runs)] if rng.random() < 0.5 else rng.choice(runs)
                parts.append("".join(rng.choice(run) for _ in range(rng.randrange(1, 12))))
            elif kind < 0.85:
                parts.append("".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(1, 20))))
            elif kind < 0.95:
                parts.append(str(rng.randrange(10 ** rng.randrange(1, 12))))
            else:
                parts.append("".join(rng.choice(" \t\r\n\u00a0x") for _ in range(rng.randrange(1, 9))))
            parts.append(rng.choice(["", "", " ", " ", "  ", "\n"]))
        texts.append("".join(parts))
    return texts
