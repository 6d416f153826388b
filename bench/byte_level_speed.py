#!/usr/bin/env python3
"""Tokens a second of Errata's byte-level BPE and of the library `tokenizers`, one thread each, on the same texts and file.

Usage: .deps/reference/bin/python bench/byte_level_speed.py REFERENCE_TOKENS [FILE]...
Without files the texts are the project's documents and the sources of some modules; the vocabulary (8,192 tokens) is
trained on them by the library. Theirs by encode_batch_fast, without offsets. Both encode all texts three times, by the CPU's
clock; the best counts. Prints seconds, tokens a second and the ratio for each family.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "reference"))

from tokenizers import Tokenizer, decoders, models, normalizers, trainers  # noqa: E402

import tokenizers_test as reference  # noqa: E402


def theirs(tokenizer, texts):
    best, tokens = float("inf"), 0
    for _ in range(3):
        start = time.process_time()
        tokens = sum(len(one.ids) for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False))
        best = min(best, time.process_time() - start)
    return best, tokens


def main():
    program, files = sys.argv[1], sys.argv[2:]
    root = Path(__file__).parent.parent
    paths = [Path(file) for file in files] or sorted([*root.glob("docs/**/*.md"), *root.glob("src/errata/[bst]*/*.cc"), *root.glob("*.md")])
    texts = [path.read_text(encoding="utf-8") for path in paths]
    lines = "\n".join(text.encode().hex() for text in texts) + "\n"
    for name in ("gpt2", "smollm2", "llama3", "qwen2"):
        options = reference.FAMILIES[name]
        tokenizer = Tokenizer(models.BPE(ignore_merges=options.get("ignore_merges", False)))
        tokenizer.pre_tokenizer, tokenizer.decoder = options["pre"], decoders.ByteLevel()
        if options.get("nfc"):
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=8_192, special_tokens=reference.SPECIAL, show_progress=False,
            initial_alphabet=reference.pre_tokenizers.ByteLevel.alphabet()))
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(tokenizer.to_str())
            file.flush()
            answer = subprocess.run([program, "--time", file.name], input=lines, capture_output=True, text=True, check=True)
        seconds, size, tokens = map(float, answer.stdout.split())
        their_seconds, their_tokens = theirs(tokenizer, texts)
        assert tokens == their_tokens, (tokens, their_tokens)
        print(f"{name}: {size / 1e6:.2f} MB, {tokens:.0f} tokens; errata {seconds:.3f} s, {tokens / seconds / 1e6:.2f} M tokens/s; "
              f"tokenizers {their_seconds:.3f} s, {tokens / their_seconds / 1e6:.2f} M tokens/s; ratio {their_seconds / seconds:.2f}")


if __name__ == "__main__":
    main()
