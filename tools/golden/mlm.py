"""Golden losses of pre-training: 50 steps of a small BERT in PyTorch, masks and batches written down.

    python tools/golden/mlm.py tests/golden/mlm.json

Weights are those of encoders.py (a formula of a tensor's name and place), dropout is off, the optimizer is AdamW with decay of
matrices, gradients are clipped at a norm of 1. Texts are run one at a time, without padding. Made with torch 2.13.0,
transformers 5.24.0.
"""
import json
import random
import sys

import torch
import transformers

from encoders import fill

torch.set_num_threads(1)

STEPS, TEXTS = 50, 4
CLS, SEP, MASK, FIRST, WORDS = 2, 3, 4, 5, 60
RATE, DECAY = 1e-3, 0.01
SIZES = {"vocab_size": WORDS, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
         "max_position_embeddings": 32, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def draw(rng):
    """A pair of segments in which each word follows from the one before, and what is hidden of it."""
    def segment():
        word = rng.randrange(WORDS - FIRST)
        words = []
        for _ in range(rng.randint(3, 7)):
            words.append(FIRST + word)
            word = (word * 2 + 1) % (WORDS - FIRST)
        return words
    first, second, label = segment(), segment(), rng.randint(0, 1)
    ids = [CLS] + first + [SEP] + second + [SEP]
    segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
    places = sorted(rng.sample([i for i, t in enumerate(ids) if t >= FIRST], 2))
    labels = [ids[i] for i in places]
    for i in places:
        fate = rng.random()
        ids[i] = MASK if fate < 0.8 else rng.randrange(FIRST, WORDS) if fate < 0.9 else ids[i]
    return {"ids": ids, "segments": segments, "places": places, "labels": labels, "pair_label": label}


def step_loss(model, batch, pairs):
    """Mean over all hidden words of the batch, and with pairs the mean of their loss."""
    words, of_pairs = [], []
    for text in batch:
        out = model(input_ids=torch.tensor([text["ids"]]), token_type_ids=torch.tensor([text["segments"]]))
        logits = out.prediction_logits if pairs else out.logits
        words.append(torch.nn.functional.cross_entropy(logits[0, text["places"]], torch.tensor(text["labels"]), reduction="none"))
        if pairs:
            of_pairs.append(torch.nn.functional.cross_entropy(out.seq_relationship_logits, torch.tensor([text["pair_label"]])))
    loss = torch.cat(words).mean()
    return loss + torch.stack(of_pairs).mean() if pairs else loss


def curve(model, batches, pairs):
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0}],
                                  lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for batch in batches:
        loss = step_loss(model, batch, pairs)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(round(loss.item(), 6))
    return losses


def main():
    rng = random.Random(7)
    batches = [[draw(rng) for _ in range(TEXTS)] for _ in range(STEPS)]
    cases = []
    for name, pairs in (("BertForMaskedLM", False), ("BertForPreTraining", True)):
        config = transformers.AutoConfig.for_model("bert", **SIZES)
        config._attn_implementation = "eager"
        model = getattr(transformers, name)(config)
        shapes = fill(model)
        losses = curve(model, batches, pairs)
        stored = model.config.to_dict()
        stored["architectures"] = [name]
        cases.append({"class": name, "config": stored, "tensors": shapes, "losses": losses})
        print(name, losses[0], losses[-1])
    out = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}, "rate": RATE, "decay": DECAY,
           "batches": batches, "cases": cases}
    with open(sys.argv[1], "w") as file:
        json.dump(out, file)
        file.write("\n")


main()
