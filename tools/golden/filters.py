#!/usr/bin/env python3
"""What transformers' processors and warpers leave of given logits: python3 tools/golden/filters.py tests/golden/filters.json

Each case has options of generation_config.json, the tokens so far, and the tokens that may follow with their
probabilities (of more than 40 the first and last by token, and their number). Logits are hashes, as in decode.py.
tests/decode/filters_test.cpp computes the same.
"""
import json
import random
import sys

import numpy
import torch
import transformers
from transformers import GenerationConfig

from decode import Toy, ToyConfig, mix

END = [0, 3]


def logits(seed, vocabulary, spread, steps):
    uniform = (mix(numpy.uint32(seed) ^ mix(numpy.arange(vocabulary))) >> numpy.uint32(8)) * 2.0**-24
    if steps:  # few values, so that many are equal
        uniform = numpy.floor(uniform * steps) / steps
    return ((uniform - 0.3) * spread).astype(numpy.float32)


def distribution(case):
    model = Toy(ToyConfig(vocab_size=case["vocabulary"], num_hidden_layers=1), 0, case["vocabulary"], 1)
    options = {"repetition_penalty": 1.0, "min_length": 0, "no_repeat_ngram_size": 0, **case["options"]}
    config = GenerationConfig(do_sample=True, eos_token_id=END, pad_token_id=0, bos_token_id=None, **options)
    tokens = torch.tensor([case["tokens"]])
    model._prepare_special_tokens(config, False, device=torch.device("cpu"))
    processors = model._get_logits_processor(config, tokens.shape[1], None, None, device=torch.device("cpu"),
                                             model_kwargs={})
    names = [type(p).__name__ for p in processors]
    values = logits(case["seed"], case["vocabulary"], case["spread"], case["steps"])
    scores = processors(tokens, torch.tensor(values)[None])[0]
    kept = torch.isfinite(scores).nonzero()[:, 0].tolist()
    return names, kept, torch.softmax(scores.double(), -1)[kept].tolist()


def main():
    draw = random.Random(1)
    base = [{"top_k": 12}, {"top_k": 1}, {"top_k": 9999999}, {"top_k": 0, "top_p": 0.7}, {"top_k": 0, "top_p": 0.01},
            {"top_k": 0, "min_p": 0.1}, {"top_k": 0, "min_p": 1.0}, {"top_k": 0, "typical_p": 0.4},
            {"top_k": 0, "typical_p": 0.9}, {"top_k": 30, "top_p": 0.8}, {"top_k": 25, "min_p": 0.05},
            {"top_k": 0, "top_p": 0.9, "min_p": 0.2}, {"top_k": 20, "typical_p": 0.6},
            {"top_k": 0, "top_p": 0.95, "typical_p": 0.5}, {"top_k": 40, "top_p": 0.95, "min_p": 0.02, "typical_p": 0.7}]
    rules = [{}, {"repetition_penalty": 1.4}, {"repetition_penalty": 0.7, "no_repeat_ngram_size": 2},
             {"min_length": 30, "suppress_tokens": [4, 5, 6]},
             {"repetition_penalty": 2.0, "no_repeat_ngram_size": 1, "suppress_tokens": [7, 11], "min_length": 2}]
    cases, used = [], set()

    def add(vocabulary, spread, steps, filters, rule):
        temperature = draw.choice([1.0, 0.6, 1.7])
        case = {"vocabulary": vocabulary, "spread": spread, "steps": steps, "seed": draw.randrange(1 << 30),
                "tokens": [draw.randrange(20) for _ in range(12)], "options": {"temperature": temperature, **filters}}
        case["options"].update(rule(case["tokens"]) if callable(rule) else rule)
        names, kept, probabilities = distribution(case)
        used.update(names)
        case["count"] = len(kept)
        shown = range(len(kept)) if len(kept) <= 40 else [*range(20), *range(len(kept) - 20, len(kept))]
        case["kept"] = [kept[i] for i in shown]
        case["probabilities"] = [float("%.6g" % probabilities[i]) for i in shown]
        cases.append(case)

    for vocabulary, spread, steps in ((50, 4.0, 0), (50, 4.0, 8), (4500, 12.0, 0), (4500, 1.0, 0), (4500, 9.0, 60)):
        for filters in base:
            if steps and "top_p" in filters:
                continue  # which of equal ones stay depends on how torch sorts
            for rule in rules:
                add(vocabulary, spread, steps, filters, rule)
    words = [{"min_new_tokens": 1, "begin_suppress_tokens": [9, 30]}, {"bad_words_ids": [[6], [3], [3, 8], [21, 22]]},
             # Some that the last tokens begin, one longer than all tokens.
             lambda tokens: {"bad_words_ids": [[tokens[-1], 31], [*tokens[-3:], 0], [*tokens, 17], [1, *tokens, 18], [*tokens[-2:-1], 19]]}]
    for filters in ({"top_k": 50}, {"top_k": 30, "top_p": 0.8}):
        for rule in words:
            add(50, 4.0, 0, filters, rule)
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    versions = {"transformers": transformers.__version__, "torch": torch.__version__}
    with open(sys.argv[1], "w") as file:
        file.write('{"versions":%s,"processors":%s,"cases":[\n%s\n]}\n' % (json.dumps(versions), json.dumps(sorted(used)), lines))


if __name__ == "__main__":
    main()
