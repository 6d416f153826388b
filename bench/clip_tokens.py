#!/usr/bin/env python3
"""Does Errata's tokenizer give the tokens that OpenAI's code and Hugging Face's library give?

Usage: bench/clip_tokens.py CLIP_TOKENS [SEED]. Draws 20,000 texts of words, symbols and sixteen scripts, and asks the
program CLIP_TOKENS (build/release/bench/clip_tokens) and both. Needs the Python packages clip-anytorch 2.6.0 (without
what it depends on; its simple_tokenizer.py and vocabulary are OpenAI's), ftfy, regex and tokenizers. Texts that the
others repair or compose before (mojibake, HTML entities, accents written apart) and names of special tokens are left
out.
"""

import gzip
import html
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import ftfy
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

SCRIPTS = [(0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x620, 0x64A), (0x900, 0x97F),
           (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F), (0xE00, 0xE7F), (0x2000, 0x206F),
           (0x2100, 0x24FF), (0x10A0, 0x10FF), (0x1E00, 0x1FFF)]
LENGTH = 77


def openai_tokenizer():
    """OpenAI's module alone: the package around it would import torch."""
    folder = Path(importlib.util.find_spec("clip").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("simple_tokenizer", folder / "simple_tokenizer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer(), folder / "bpe_simple_vocab_16e6.txt.gz"


def hugging_face_tokenizer(vocabulary, merges):
    tokenizer = Tokenizer(models.BPE.from_file(str(vocabulary), str(merges), continuing_subword_prefix="",
                                               end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    parts = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(parts, behavior="removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return tokenizer


def drawn(rng, words):
    kind = rng.random()
    if kind < 0.4:
        return " ".join(rng.choice(words) for _ in range(rng.randrange(1, 12)))
    if kind < 0.6:
        return "".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(1, 60)))
    text = rng.choice(["", "I'll ", "DON'T\t", "it'sam ", "3.5% "])
    for _ in range(rng.randrange(1, 4)):
        first, last = rng.choice(SCRIPTS)
        text += "".join(chr(rng.randint(first, last)) for _ in range(rng.randrange(1, 12)))
        text += rng.choice(["", " ", "!", "'s "])
    return text


def ours(program, texts, *files):
    lines = "\n".join(text.encode().hex() for text in texts) + "\n"
    answer = subprocess.run([program, *map(str, files)], input=lines, capture_output=True, text=True, check=True)
    return [list(map(int, line.split())) for line in answer.stdout.splitlines()]


def compare(name, texts, got, expected):
    wrong = [text for text, a, b in zip(texts, got, expected) if a != b]
    print(f"{name}: {len(texts)} texts, {len(wrong)} with other tokens {[ascii(text) for text in wrong[:3]]}")


def main():
    program, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    openai, packed = openai_tokenizer()
    start, end = openai.encoder["<|startoftext|>"], openai.encoder["<|endoftext|>"]
    words = [token.replace("</w>", "") for token in openai.encoder if "<|" not in token]
    rng = random.Random(seed)
    texts = [drawn(rng, words) for _ in range(20_000)]
    texts = [t for t in texts
             if html.unescape(html.unescape(ftfy.fix_text(t))) == t == unicodedata.normalize("NFC", t) and "<|" not in t]

    def framed(tokens):
        return [start, *tokens[:LENGTH - 2], end]

    with tempfile.TemporaryDirectory() as folder:
        plain, merges, vocabulary = (Path(folder) / name for name in ("bpe.txt", "merges.txt", "vocab.json"))
        plain.write_bytes(gzip.decompress(packed.read_bytes()))
        ranked = sorted(openai.bpe_ranks, key=openai.bpe_ranks.get)
        merges.write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in ranked) + "\n")
        vocabulary.write_text(json.dumps(openai.encoder))
        compare("OpenAI, its file", texts, ours(program, texts, plain), [framed(openai.encode(t)) for t in texts])
        other = hugging_face_tokenizer(vocabulary, merges)
        expected = [framed(other.encode(t).ids) for t in texts]
        compare("Hugging Face, merges.txt", texts, ours(program, texts, merges), expected)
        compare("Hugging Face, vocab.json", texts, ours(program, texts, merges, vocabulary), expected)


if __name__ == "__main__":
    main()
