"""Golden values of tagged texts: what transformers' token-classification pipeline makes of logits.

    python tools/golden/tags.py tests/golden/tags.json

Logits are drawn at random, so that tokens of a word disagree; the tokenizers are small ones. Made with the versions that
stand inside.
"""
import json
import random
import sys
import warnings

import tokenizers
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.pipelines.token_classification import AggregationStrategy, TokenClassificationPipeline

warnings.filterwarnings("ignore")
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC-a-b"]
TEXTS = ["Ada Lovelace lived in London.", "Émile naïve  café in Zürich, ok", "日本 ok", "", "a London b c Ada ada 😀 lo",
         "Londonlondon", "in in in Ada Ada lived lived in London London a b c a b c Lovelace lace love in Ada in b c London"]
WORDS = ["ada", "love", "##lace", "##d", "li", "##ved", "in", "lon", "##don", ".", ",", "a", "b", "c", "##e", "em", "##ile", "na", "##ive",
         "cafe", "zu", "##rich", "ok", "##lon", "lace"]
MOST = 16  # tokens of an input


def word_piece():
    vocab = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + WORDS)}
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.decoder = decoders.WordPiece()
    return t, {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}


def byte_bpe():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {w: i for i, w in enumerate(["<s>", "</s>", "<pad>"] + alphabet)}
    merges = [("L", "o"), ("Lo", "n"), ("d", "o"), ("do", "n"), ("Ġ", "Lon"), ("i", "n"), ("Ġ", "in"), ("A", "d"), ("Ad", "a"), ("Ġ", "l")]
    for a, b in merges:
        vocab[a + b] = len(vocab)
    t = Tokenizer(models.BPE(vocab, merges))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    t.decoder = decoders.ByteLevel()
    return t, {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}


def windows_of(pipe, rng, text, stride):
    more = {} if stride is None else {"tokenizer_params": {"return_overflowing_tokens": True, "padding": True, "stride": stride}}
    outputs, logits = [], []
    for inputs in pipe.preprocess(text, is_split_into_words=False, **more):
        size = inputs["input_ids"].shape[1]
        drawn = [[round(rng.gauss(0, 2), 3) for _ in LABELS] for _ in range(size)]
        outputs.append(dict(inputs, logits=torch.tensor([drawn])))
        logits.append(drawn[: int(inputs["attention_mask"].sum())])
    return outputs, logits


def spans_of(pipe, outputs, strategy):
    found = pipe.postprocess([dict(o) for o in outputs], aggregation_strategy=AggregationStrategy(strategy))
    return [{k: float(v) if k == "score" else v for k, v in span.items()} for span in found]


def main():
    rng = random.Random(5)
    config = transformers.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=300,
                                     id2label=dict(enumerate(LABELS)))
    model = transformers.BertForTokenClassification(config)
    out = {"made_with": {m.__name__: m.__version__ for m in (torch, transformers, tokenizers)}, "labels": LABELS, "length": MOST, "tokenizers": []}
    for tokenizer, tokens in (word_piece(), byte_bpe()):
        fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=MOST, **tokens)
        pipe = TokenClassificationPipeline(model=model, tokenizer=fast)
        cases = []
        for text in TEXTS:
            for stride in (None, 3):
                outputs, logits = windows_of(pipe, rng, text, stride)
                if stride is not None and len(logits) == 1:
                    continue
                strategies = ["simple", "first", "average", "max"] + (["none"] if stride is None else [])
                cases.append({"text": text, "stride": stride, "logits": logits, "spans": {s: spans_of(pipe, outputs, s) for s in strategies}})
        out["tokenizers"].append({"json": json.loads(tokenizer.to_str()), "cases": cases})
        print(len(cases), "cases")
    with open(sys.argv[1], "w") as file:
        json.dump(out, file, ensure_ascii=False)
        file.write("\n")


main()
