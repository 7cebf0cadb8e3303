#!/usr/bin/env python3
"""GPT-2 in gamana and in llama.cpp, in turn: tokens a second after a prompt, of a prompt, and peak memory.

    python bench/gpt2_llama_cpp.py [--model DIR] [--prompts 32,1000] [--new-tokens 256] [--rounds 3] [--threads 2]

Without a directory (GPT-2's, with tokenizer.json) it makes one of the smallest size with random weights. llama.cpp gets the same
weights as GGUF files of f32, bf16 and f16. Before the clock runs, both continue a text greedily in f32, which has to be the same
tokens. Each figure is of a process of its own. Needs llama-cpp-python, gguf and safetensors. Run it alone on the machine.
"""
import argparse, collections, json, os, pathlib, resource, statistics, subprocess, sys, tempfile, time

import gguf
import numpy
import safetensors.numpy

PROJECT = pathlib.Path(__file__).resolve().parents[1]
TEXT = "The castle stood on a hill, and from its towers one saw the river. "
SIZE = {"n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 2048, "vocab_size": 50257}  # with room for long prompts
# As gamana has it, and llama.cpp: what f16 costs and gives is nearest to bf16.
PAIRS = [("f32", "f32"), ("bf16", "bf16"), ("bf16", "f16")]


def byte_characters():
    """The printable characters that stand for bytes in GPT-2's vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(others)) for b in range(256)]


def make_model(directory):
    """GPT-2 small with random weights, large enough for more than one word to be said; a token for each byte, the rest filled up."""
    size, width, random = SIZE, SIZE["n_embd"], numpy.random.default_rng(1)
    tensors = {}

    def matrix(name, rows, cols, deviation):
        tensors[f"transformer.{name}"] = (random.standard_normal((rows, cols), numpy.float32) * numpy.float32(deviation))

    def linear(name, rows, cols):
        matrix(name + ".weight", rows, cols, 0.05)
        tensors[f"transformer.{name}.bias"] = random.standard_normal(cols, numpy.float32) * numpy.float32(0.05)

    def norm(name):
        tensors[f"transformer.{name}.weight"] = numpy.ones(width, numpy.float32)
        tensors[f"transformer.{name}.bias"] = numpy.zeros(width, numpy.float32)

    matrix("wte.weight", size["vocab_size"], width, 0.05)
    matrix("wpe.weight", size["n_positions"], width, 0.05)
    for i in range(size["n_layer"]):
        at = f"h.{i}."
        norm(at + "ln_1"), linear(at + "attn.c_attn", width, 3 * width), linear(at + "attn.c_proj", width, width)
        norm(at + "ln_2"), linear(at + "mlp.c_fc", width, 4 * width), linear(at + "mlp.c_proj", 4 * width, width)
    norm("ln_f")
    safetensors.numpy.save_file(tensors, directory / "model.safetensors", {"format": "pt"})
    config = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "activation_function": "gelu_new",
              "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, **size}
    (directory / "config.json").write_text(json.dumps(config))
    words = byte_characters() + ["~~"]  # llama.cpp wants a merge
    words += [f"word{i}" for i in range(len(words), size["vocab_size"])]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": level, "post_processor": None,
                 "decoder": level, "model": {"type": "BPE", "vocab": {w: i for i, w in enumerate(words)}, "merges": ["~ ~"]}}
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer))


def gguf_name(name):
    """h.0.attn.c_attn.weight -> blk.0.attn_qkv.weight"""
    name = name.removeprefix("transformer.")
    for own, theirs in {"wte.": "token_embd.", "wpe.": "position_embd.", "ln_f.": "output_norm.", "h.": "blk.", "ln_1.": "attn_norm.",
                        "ln_2.": "ffn_norm.", "attn.c_attn.": "attn_qkv.", "attn.c_proj.": "attn_output.", "mlp.c_fc.": "ffn_up.",
                        "mlp.c_proj.": "ffn_down."}.items():
        name = name.replace(own, theirs)
    return name


def write_gguf(directory, path, precision):
    config = json.loads((directory / "config.json").read_text())
    model = json.loads((directory / "tokenizer.json").read_text())["model"]
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(config.get("n_inner") or 4 * config["n_embd"])
    writer.add_block_count(config["n_layer"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    words = {id: word for word, id in model["vocab"].items()}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([words.get(i, f"unused{i}") for i in range(config["vocab_size"])])
    writer.add_token_types([gguf.TokenType.NORMAL] * config["vocab_size"])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in model["merges"]])
    types = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16, "bf16": gguf.GGMLQuantizationType.BF16}
    for name, values in safetensors.numpy.load_file(directory / "model.safetensors").items():
        if name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue  # the embedding once more; buffers of old files
        if values.ndim == 2 and ".h." in f".{name}":
            values = numpy.ascontiguousarray(values.T)  # Conv1D keeps [in, out]
        kind = types[precision] if values.ndim == 2 and "wpe" not in name else types["f32"]
        writer.add_tensor(gguf_name(name), gguf.quants.quantize(values.astype(numpy.float32), kind), raw_dtype=kind)
    writer.write_header_to_file(), writer.write_kv_data_to_file(), writer.write_tensors_to_file(), writer.close()


class LlamaCpp:
    """A model of llama.cpp that says the likeliest token."""

    def __init__(self, path, context, threads):
        import llama_cpp
        self.lib = llama_cpp
        self.model = llama_cpp.Llama(str(path), n_ctx=context, n_batch=context, n_ubatch=512, n_threads=threads,
                                     n_threads_batch=threads, logits_all=False, verbose=False)

    def begin(self):
        self.model.reset()
        self.model._ctx.kv_cache_clear()

    def follow(self, tokens):
        """Reads tokens after those that were read; the likeliest next one."""
        lib, context = self.lib, self.model._ctx.ctx
        array = (lib.llama_token * len(tokens))(*tokens)
        if lib.llama_decode(context, lib.llama_batch_get_one(array, len(tokens))):
            sys.exit("llama.cpp: decoding failed")
        logits = lib.llama_get_logits_ith(context, -1)
        return int(numpy.ctypeslib.as_array(logits, shape=(self.model.n_vocab(),)).argmax())


def peer(options):
    """llama.cpp's side, in a process of its own: what `gamana bench generate --json` tells."""
    path, prompt_tokens, new_tokens = options.peer[0], int(options.peer[1]), int(options.peer[2])
    model = LlamaCpp(path, prompt_tokens + new_tokens, options.threads)
    prompt = numpy.random.default_rng(7).integers(model.model.n_vocab(), size=prompt_tokens).tolist()

    def seconds_for(count):
        model.begin()
        begin, token = time.perf_counter(), model.follow(prompt)
        for _ in range(count - 1):
            token = model.follow([token])
        return time.perf_counter() - begin

    seconds_for(2)
    first, rest = [], []
    begin = time.perf_counter()
    while not first or time.perf_counter() - begin < options.seconds:
        first.append(seconds_for(1)), rest.append(seconds_for(new_tokens))
    prompt_seconds, all_seconds = statistics.median(first), statistics.median(rest)
    print(json.dumps({"step_tokens_per_second": (new_tokens - 1) / (all_seconds - prompt_seconds),
                      "prefill_tokens_per_second": prompt_tokens / prompt_seconds,
                      "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def last_line(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def same_tokens(options, directory, path):
    """How many greedy tokens both say alike after the text, and the first of them."""
    ours = last_line([options.program, "generate", "-m", directory, "--prompt", TEXT, "--max-new-tokens", str(options.new_tokens),
                      "--greedy", "--json", "--threads", str(options.threads)])["tokens"]
    context = len(TEXT) + options.new_tokens
    model = LlamaCpp(path, context, options.threads)
    model.begin()
    tokens = model.model.tokenize(TEXT.encode(), add_bos=False)
    theirs = []
    while len(theirs) < options.new_tokens:
        theirs.append(model.follow(theirs[-1:] or tokens))
    alike = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return alike, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, help="directory of a GPT-2")
    parser.add_argument("--prompts", default="32,1000", help="tokens of prompts")
    parser.add_argument("--new-tokens", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each figure")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--program", default=str(PROJECT / "build/release/gamana"))
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options)

    with tempfile.TemporaryDirectory() as folder:
        directory = options.model
        if not directory:
            directory = pathlib.Path(folder, "gpt2")
            directory.mkdir()
            make_model(directory)
        files = {precision: pathlib.Path(folder, precision + ".gguf") for _, precision in PAIRS}
        for precision, path in files.items():
            write_gguf(directory, path, precision)
        alike, tokens = same_tokens(options, directory, files["f32"])
        print(f"f32, greedy: {alike} of {options.new_tokens} tokens are the same, of {len(set(tokens))} kinds\n", flush=True)

        found = collections.defaultdict(list)
        for _ in range(options.rounds):
            for prompt in options.prompts.split(","):
                for own, theirs in PAIRS:
                    common = ["--threads", str(options.threads), "--seconds", str(options.seconds)]
                    commands = {"gamana": [options.program, "bench", "generate", "-m", directory, "--prompt-tokens", prompt,
                                           "--max-new-tokens", str(options.new_tokens), "--precision", own, "--json", *common],
                                "llama.cpp": [sys.executable, __file__, "--peer", files[theirs], prompt, str(options.new_tokens), *common]}
                    for name, command in commands.items():
                        figures = last_line(command)
                        print(name, prompt, own, theirs, figures, file=sys.stderr, flush=True)
                        found[prompt, own, theirs, name].append(figures)

    median = lambda key, figure: statistics.median(f[figure] for f in found[key])
    print("| job | llama.cpp | gamana | ratio | memory |\n| --- | --- | --- | --- | --- |")
    for prompt, own, theirs, name in list(found):
        if name == "gamana":
            continue
        both = (prompt, own, theirs, "llama.cpp"), (prompt, own, theirs, "gamana")
        memory = [median(key, "peak_memory_bytes") for key in both]
        for what, figure in (f"prompt of {prompt} tokens", "prefill_tokens_per_second"), (f"tokens after {prompt}", "step_tokens_per_second"):
            rates = [median(key, figure) for key in both]
            print(f"| {what} | {theirs} {rates[0]:,.1f} tok/s | {own} {rates[1]:,.1f} tok/s | {rates[1] / rates[0]:.2f} x | "
                  f"{memory[1] / memory[0]:.2f} |")


if __name__ == "__main__":
    main()
