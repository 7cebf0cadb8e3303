"""Golden values of question answering: features and answers of transformers' examples/pytorch/question-answering.

    python tools/golden/answers.py tests/golden/answers.json

`features` is prepare_train_features of run_qa.py without padding and `answers` is postprocess_qa_predictions of utils_qa.py, both
for one example. Logits are drawn at random. Made with the versions that stand inside.
"""
import json
import random
import sys

import numpy as np
import tokenizers
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

LENGTH, STRIDE, N_BEST, MAX_ANSWER = 24, 6, 6, 5
CONTEXT = "Ada Lovelace lived in London. Émile lived in  Zürich, and Ada in a small café in London with Émile; in a small café lived 日本 too."
QUESTIONS = [("Where did Ada live?", CONTEXT, "London", 22), ("Where did Émile live?", CONTEXT, "Zürich", 46), ("  Who?", CONTEXT, "日本", 122),
             ("Who lived in London?", CONTEXT, "Ada Lovelace", 0), ("Who?", "Ada lived.", "Ada", 0), ("Where?", CONTEXT, None, None),
             ("Who lived in a small café?", CONTEXT, "Émile; in a small café", 93), ("Where?", "", None, None)]
WORDS = ["ada", "love", "##lace", "li", "##ved", "lived", "live", "in", "lon", "##don", ".", ",", ";", "?", "a", "small", "cafe", "with", "where", "did", "who",
         "em", "##ile", "zu", "##rich", "and", "too"]


def tokenizer():
    vocab = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + WORDS)}
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
                                                     special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.decoder = decoders.WordPiece()
    return t


def features(fast, question, context, answer, start_char):
    inputs = fast([question.lstrip()], [context], truncation="only_second", max_length=LENGTH, stride=STRIDE, return_overflowing_tokens=True,
                  return_offsets_mapping=True)
    out = []
    for i, ids in enumerate(inputs["input_ids"]):
        offsets, sequences = inputs["offset_mapping"][i], inputs.sequence_ids(i)
        cls_index = ids.index(fast.cls_token_id)
        first = last = cls_index
        context_tokens = [k for k, s in enumerate(sequences) if s == 1]
        if answer is not None and context_tokens:
            end_char = start_char + len(answer)
            begin, end = context_tokens[0], context_tokens[-1]
            if offsets[begin][0] <= start_char and offsets[end][1] >= end_char:
                while begin <= context_tokens[-1] and offsets[begin][0] <= start_char:
                    begin += 1
                while end >= context_tokens[0] and offsets[end][1] >= end_char:
                    end -= 1
                first, last = begin - 1, end + 1
        out.append({"ids": ids, "segments": inputs["token_type_ids"][i], "answer": [first, last],
                    "offsets": [o if sequences[k] == 1 else None for k, o in enumerate(offsets)]})
    return out


def answers(context, windows, logits, negative, threshold):
    null, found = None, []
    for window, both in zip(windows, logits):
        starts, ends = np.array(both)[:, 0], np.array(both)[:, 1]
        score = starts[0] + ends[0]
        if null is None or null["score"] > score:
            null = {"offsets": (0, 0), "score": score, "start": starts[0], "end": ends[0]}
        for first in np.argsort(starts)[-1 : -N_BEST - 1 : -1].tolist():
            for last in np.argsort(ends)[-1 : -N_BEST - 1 : -1].tolist():
                offsets = window["offsets"]
                if offsets[first] is None or offsets[last] is None or last < first or last - first + 1 > MAX_ANSWER:
                    continue
                found.append({"offsets": (offsets[first][0], offsets[last][1]), "score": starts[first] + ends[last], "start": starts[first],
                              "end": ends[last]})
    if negative:
        found.append(null)
    best = sorted(found, key=lambda x: x["score"], reverse=True)[:N_BEST]
    if negative and not any(p["offsets"] == (0, 0) for p in best):
        best.append(null)
    for p in best:
        p["text"] = context[p["offsets"][0] : p["offsets"][1]]
    if not best:
        return {"best": [], "answer": ""}
    scores = np.array([p["score"] for p in best])
    exp = np.exp(scores - np.max(scores))
    listed = [{"text": p["text"], "start": p["offsets"][0], "end": p["offsets"][1], "probability": float(x)} for p, x in zip(best, exp / exp.sum())]
    answer = best[0]["text"]
    if negative:
        some = next((p for p in best if p["text"]), None)
        answer = "" if some is None or null["score"] - some["start"] - some["end"] > threshold else some["text"]
    return {"best": listed, "answer": answer}


def main():
    rng = random.Random(3)
    raw = tokenizer()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
                                                model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    out = {"made_with": {m.__name__: m.__version__ for m in (transformers, tokenizers)}, "tokenizer": json.loads(raw.to_str()), "length": LENGTH,
           "stride": STRIDE, "n_best": N_BEST, "max_answer": MAX_ANSWER, "thresholds": [-14.0, -10.0, -7.0, 0.0], "cases": []}
    for question, context, answer, start in QUESTIONS:
        if answer is not None:
            assert context[start : start + len(answer)] == answer, (context[start:], answer)
        windows = features(fast, question, context, answer, start)
        logits = [[[round(rng.gauss(0, 2), 3), round(rng.gauss(0, 2), 3)] for _ in w["ids"]] for w in windows]
        case = {"question": question, "context": context, "answer": answer, "start": start, "windows": windows, "logits": logits,
                "plain": answers(context, windows, logits, False, 0)}
        case["negative"] = [answers(context, windows, logits, True, t) for t in out["thresholds"]]
        out["cases"].append(case)
        print(len(windows), "windows,", case["plain"]["answer"], [n["answer"] for n in case["negative"]])
    with open(sys.argv[1], "w") as file:
        json.dump(out, file, ensure_ascii=False)
        file.write("\n")


main()
