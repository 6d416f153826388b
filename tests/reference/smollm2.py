"""SmolLM2's tokenizer for the library `tokenizers`, from the metadata of a GGUF file."""

from pathlib import Path

import gguf
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

CONTROL = 3


def fields(place: Path) -> dict:
    reader = gguf.GGUFReader(place)
    return {name: field.contents() for name, field in reader.fields.items() if name.startswith("tokenizer.")}


def tokenizer(said: dict) -> Tokenizer:
    tokens = said["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in said["tokenizer.ggml.merges"]]
    made = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(tokens)}, merges=merges))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    made.decoder = decoders.ByteLevel()
    types = said["tokenizer.ggml.token_type"]
    made.add_special_tokens([AddedToken(token, normalized=False, special=True)
                             for token, kind in zip(tokens, types, strict=True) if kind == CONTROL])
    return made
