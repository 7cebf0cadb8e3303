#!/usr/bin/env python3
"""Golden outputs of transformers' generate for tests/decode: python3 tools/golden/decode.py tests/golden/decode.json

The model has no weights: a logit is a hash of source, candidate and the classes of the last two tokens (few classes,
so that outputs like to repeat themselves), scaled; the end token becomes likelier with every step.
tests/decode/toy_model.h computes the same numbers.
"""
import json
import sys

import numpy
import torch
import transformers
from transformers import GenerationConfig, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

END, PAD, START = 0, 1, 2


def mix(x):
    x = numpy.asarray(x, numpy.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> numpy.uint32(shift))) * numpy.uint32(factor)
    return x ^ (x >> numpy.uint32(16))


def logits(source, before, last, time, vocabulary, spread):
    key = mix(mix(mix([source + 1]) ^ numpy.uint32(before % 2)) ^ numpy.uint32(last % 4))
    candidates = key ^ mix(numpy.arange(vocabulary))
    uniform = (mix(candidates) >> numpy.uint32(8)) * 2.0**-24
    # A little that depends on time: otherwise reordered outputs would have equal scores.
    values = spread * (uniform + 0.05 * ((mix(candidates ^ mix([time + 1000])) >> numpy.uint32(8)) * 2.0**-24))
    values[END] = spread * (0.4 + 0.4 * uniform[END]) + spread * 0.025 * time
    return values.astype(numpy.float32)


class ToyConfig(PretrainedConfig):
    model_type = "gamana-toy"


class Toy(PreTrainedModel, GenerationMixin):
    config_class = ToyConfig
    main_input_name = "input_ids"

    def __init__(self, config, source, vocabulary, spread):
        super().__init__(config)
        self.parameter = torch.nn.Parameter(torch.zeros(1))
        self.source, self.vocabulary, self.spread = source, vocabulary, spread

    def forward(self, input_ids, **_):
        rows = []
        for tokens in input_ids.tolist():
            before = tokens[-2] if len(tokens) > 1 else 0
            rows.append(logits(self.source, before, tokens[-1], len(tokens) - 1, self.vocabulary, self.spread))
        return CausalLMOutputWithPast(logits=torch.tensor(numpy.stack(rows))[:, None, :])


def run(source, vocabulary, spread, prefix, options):
    config = ToyConfig(vocab_size=vocabulary, num_hidden_layers=1)
    model = Toy(config, source, vocabulary, spread)
    prompt = torch.tensor([[START] + prefix])
    generation = GenerationConfig(
        do_sample=False, use_cache=False, eos_token_id=END, pad_token_id=vocabulary, bos_token_id=START,
        return_dict_in_generate=True, output_scores=True, **options)
    out = model.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=generation)
    hypotheses = []
    for i, sequence in enumerate(out.sequences.tolist()):
        tokens = sequence[1:]
        if END in tokens:
            tokens = tokens[: tokens.index(END) + 1]
        while tokens and tokens[-1] == vocabulary:  # shorter than its neighbours and without an end
            tokens.pop()
        hypothesis = {"tokens": tokens}
        if options.get("num_beams", 1) > 1:
            hypothesis["score"] = round(out.sequences_scores[i].item(), 6)
        hypotheses.append(hypothesis)
    return hypotheses


def main():
    cases = []
    base = [{"num_beams": 1}]
    for beams in (2, 3, 4, 5):
        base.append({"num_beams": beams})
    for penalty in (0.6, 1.0, 2.0, 0.0, -0.5):
        for stopping in (True, False, "never"):
            base.append({"num_beams": 4, "length_penalty": penalty, "early_stopping": stopping})
    for beams in (1, 4):
        base.append({"num_beams": beams, "no_repeat_ngram_size": 1})
        base.append({"num_beams": beams, "no_repeat_ngram_size": 2})
        base.append({"num_beams": beams, "no_repeat_ngram_size": 3, "repetition_penalty": 1.3})
        base.append({"num_beams": beams, "repetition_penalty": 1.7})
        base.append({"num_beams": beams, "repetition_penalty": 0.8})
        base.append({"num_beams": beams, "min_length": 12})
        base.append({"num_beams": beams, "max_length": 6, "forced_eos_token_id": END})
        base.append({"num_beams": beams, "max_length": 5})
        base.append({"num_beams": beams, "suppress_tokens": [PAD, 7, 11, 12, 20]})
        base.append({"num_beams": beams, "prefix": [9, 5, 4], "min_length": 7, "no_repeat_ngram_size": 2})
    base.append({"num_beams": 5, "num_return_sequences": 5})
    base.append({"num_beams": 3, "num_return_sequences": 2, "early_stopping": True, "max_length": 9})
    for beams in (1, 4):
        base.append({"num_beams": beams, "forced_bos_token_id": 7})
        base.append({"num_beams": beams, "forced_bos_token_id": 7, "prefix": [9, 5]})
        base.append({"num_beams": beams, "forced_bos_token_id": 7, "forced_eos_token_id": END, "max_length": 2})
        base.append({"num_beams": beams, "renormalize_logits": True, "suppress_tokens": [PAD, 7, 11, 12, 20], "min_length": 8})
        base.append({"num_beams": beams, "renormalize_logits": True, "repetition_penalty": 1.7, "no_repeat_ngram_size": 2})
    base.append({"num_beams": 4, "renormalize_logits": True, "repetition_penalty": 0.8, "forced_bos_token_id": 9,
                 "num_return_sequences": 4, "max_length": 7, "forced_eos_token_id": END})
    for vocabulary, spread in ((37, 5.0), (5000, 14.0)):
        for options in base:
            options = dict(options)
            options.setdefault("max_length", 30)
            prefix = options.pop("prefix", [])
            sources = range(6 if vocabulary < 100 else 3)
            outputs = [run(source, vocabulary, spread, prefix, options) for source in sources]
            cases.append({"vocabulary": vocabulary, "spread": spread, "prefix": prefix, "options": options,
                          "outputs": outputs})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    versions = {"transformers": transformers.__version__, "torch": torch.__version__}
    with open(sys.argv[1], "w") as file:
        file.write('{"versions":%s,"cases":[\n%s\n]}\n' % (json.dumps(versions), lines))


if __name__ == "__main__":
    main()
