"""Golden losses of nanoGPT's recipe: 20 steps of a small GPT-2 in PyTorch.

    cd tools/golden && python nanogpt.py ../../tests/golden/nanogpt.json

Four layers and heads, context 64, batches of 12 windows, as nanoGPT's configuration for CPUs, with a width of 32. As its
train.py has it: AdamW (0.9, 0.99), decay 0.1 of matrices alone, gradients of norm 1 at most, a warm-up and a cosine down to a tenth
of the peak, no dropout. Weights are those of encoders.py (a formula of a tensor's name and place). Made with torch 2.13.0,
transformers 5.24.0.
"""
import json
import math
import random
import sys

import torch
import transformers

from encoders import fill

torch.set_num_threads(1)

STEPS, BATCH, CONTEXT, WORDS = 20, 12, 64, 65
PEAK, FLOOR, WARMUP, TOTAL, DECAY = 1e-3, 0.1, 6, 30, 0.1
SIZES = {"vocab_size": WORDS, "n_embd": 32, "n_layer": 4, "n_head": 4, "n_positions": CONTEXT, "activation_function": "gelu",
         "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}


def get_lr(it):
    """train.py's, with warmup_iters = WARMUP - 1, lr_decay_iters = TOTAL - 1, min_lr = FLOOR * learning_rate."""
    warmup_iters, lr_decay_iters, min_lr = WARMUP - 1, TOTAL - 1, FLOOR * PEAK
    if it < warmup_iters:
        return PEAK * (it + 1) / (warmup_iters + 1)
    if it > lr_decay_iters:
        return min_lr
    ratio = (it - warmup_iters) / (lr_decay_iters - warmup_iters)
    return min_lr + 0.5 * (1.0 + math.cos(math.pi * ratio)) * (PEAK - min_lr)


def text(rng):
    """Tokens of which most follow from the two before."""
    tokens = [1, 2]
    while len(tokens) < 1500:
        follows = (3 * tokens[-1] + 5 * tokens[-2] + 1) % WORDS
        tokens.append(follows if rng.random() < 0.8 else rng.randrange(WORDS))
    return tokens


def main():
    rng = random.Random(11)
    tokens = text(rng)
    starts = [[rng.randrange(len(tokens) - CONTEXT) for _ in range(BATCH)] for _ in range(STEPS)]
    config = transformers.GPT2Config(**SIZES)
    config._attn_implementation = "eager"
    model = transformers.GPT2LMHeadModel(config).train()
    shapes = fill(model)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0}],
                                  lr=PEAK, betas=(0.9, 0.99))
    losses, norms = [], []
    for it, batch in enumerate(starts):
        for group in optimizer.param_groups:
            group["lr"] = get_lr(it)
        x = torch.tensor([tokens[i:i + CONTEXT] for i in batch])
        y = torch.tensor([tokens[i + 1:i + 1 + CONTEXT] for i in batch])
        loss = torch.nn.functional.cross_entropy(model(input_ids=x).logits.view(-1, WORDS), y.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
        losses.append(round(loss.item(), 6))
    print(losses, norms)
    stored = config.to_dict()
    stored["architectures"] = ["GPT2LMHeadModel"]
    out = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}, "peak": PEAK, "floor": FLOOR,
           "warmup": WARMUP, "total": TOTAL, "decay": DECAY, "context": CONTEXT, "config": stored, "tensors": shapes,
           "tokens": tokens, "starts": starts, "losses": losses}
    with open(sys.argv[1], "w") as file:
        json.dump(out, file)
        file.write("\n")


main()
