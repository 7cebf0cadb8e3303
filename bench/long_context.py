#!/usr/bin/env python3
"""A training step of a small GPT over long texts, beside PyTorch: time and peak memory, in turn, on this machine.

    python bench/long_context.py --gamana build/release/gamana

Both have gpt-nano's sizes (4 layers, 4 heads, 128 wide, GPT-2's vocabulary), one text a step, AdamW. PyTorch runs transformers'
GPT-2 with scaled_dot_product_attention. Needs torch and transformers. Run it alone on the machine.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time


def peer(options):
    """One line of JSON, from a process of its own because its peak memory counts."""
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    config = transformers.GPT2Config(n_layer=4, n_head=4, n_embd=128, n_positions=options.context, activation_function="gelu",
                                     resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False)
    config._attn_implementation = "sdpa"
    model = transformers.GPT2LMHeadModel(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    half = torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16")

    def step():
        tokens = torch.randint(config.vocab_size, (1, options.context + 1))
        with half:
            logits = model(input_ids=tokens[:, :-1]).logits
            loss = torch.nn.functional.cross_entropy(logits[0], tokens[0, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    step(), step()
    steps, begin = 0, time.time()
    while time.time() - begin < options.seconds:
        step()
        steps += 1
    print(json.dumps({"tokens_per_second": steps * options.context / (time.time() - begin),
                      "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def last_line(command):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gamana", default="build/release/gamana")
    parser.add_argument("--contexts", type=int, nargs="+", default=[1024, 2048, 4096, 8192])
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--context", type=int, help=argparse.SUPPRESS)  # of the process that is the peer
    options = parser.parse_args()
    if options.context:
        return peer(options)
    common = ["--context", "0", "--precision", options.precision, "--threads", str(options.threads), "--seconds", str(options.seconds)]
    print("| context | PyTorch s | MiB | gamana s | MiB | time | memory |\n| --- | --- | --- | --- | --- | --- | --- |")
    for context in options.contexts:
        common[1] = str(context)
        pairs = [(last_line([sys.executable, __file__, *common]),
                  last_line([options.gamana, "bench", "train", "--preset", "gpt-nano", "--batch", "1", "--json", *common]))
                 for _ in range(options.rounds)]
        seconds = [context / statistics.median(p[i]["tokens_per_second"] for p in pairs) for i in (0, 1)]
        memory = [max(p[i]["peak_memory_bytes"] for p in pairs) / 2**20 for i in (0, 1)]
        print(f"| {context} | {seconds[0]:.3f} | {memory[0]:.0f} | {seconds[1]:.3f} | {memory[1]:.0f} | "
              f"{seconds[0] / seconds[1]:.2f} x | {memory[1] / memory[0]:.2f} |", flush=True)


main()
