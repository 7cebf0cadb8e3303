#!/usr/bin/env python3
"""Scores of random labels and tags, for tests/metric/classification_test.cpp.

usage: classification.py [tests/golden/metric/classification.json]

Needs scikit-learn, scipy and seqeval; the versions that made the committed file stand inside.
"""
import importlib.metadata
import json
import math
import random
import sys
import warnings

import scipy.stats
from seqeval.metrics import accuracy_score as tag_accuracy
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support as entity_scores
from sklearn import metrics

warnings.filterwarnings("ignore")


def four(scores):
    return [float(x) if x is not None else None for x in scores]


def labels(rng, count, kinds, skill):
    right = [rng.randrange(kinds) for _ in range(count)]
    predicted = [r if rng.random() < skill else rng.randrange(-1, kinds) for r in right]
    case = {"right": right, "predicted": predicted, "labels": sorted(set(right) | set(predicted))}
    case["confusion"] = metrics.confusion_matrix(right, predicted).tolist()
    case["accuracy"] = metrics.accuracy_score(right, predicted)
    case["matthews"] = float(metrics.matthews_corrcoef(right, predicted))
    for average in ("micro", "macro", "weighted"):
        case[average] = four(metrics.precision_recall_fscore_support(right, predicted, average=average, zero_division=0)[:3])
    each = metrics.precision_recall_fscore_support(right, predicted, average=None, zero_division=0)
    case["each"] = [[float(column[i]) for column in each] for i in range(len(case["labels"]))]
    return case


def numbers(rng, count, kinds):
    draw = (lambda: rng.gauss(0, 1)) if kinds == 0 else (lambda: float(rng.randrange(kinds)))
    a = [draw() for _ in range(count)]
    b = [0.5 * x + draw() for x in a]
    value = lambda x: None if math.isnan(x) else float(x)
    return {"a": a, "b": b, "pearson": value(scipy.stats.pearsonr(a, b)[0]), "spearman": value(scipy.stats.spearmanr(a, b)[0])}


def tags(rng, sentences, prefixes):
    def sentence(length):
        return [rng.choice(prefixes) + rng.choice(["", "-PER", "-LOC", "-A-B"]) if rng.random() < 0.7 else "O"
                for _ in range(length)]

    right = [sentence(rng.randrange(0, 9)) for _ in range(sentences)] + [["B-PER", "I-PER", "O", "I-LOC"]]
    predicted = [[t if rng.random() < 0.7 else p for t, p in zip(s, sentence(len(s)))] for s in right]
    case = {"right": right, "predicted": predicted, "accuracy": float(tag_accuracy(right, predicted))}
    case["entities"] = [get_entities(s) for s in right]
    for average in ("micro", "macro", "weighted"):
        case[average] = four(entity_scores(right, predicted, average=average, zero_division=0)[:3])
    kinds = sorted({e[0] for s in right + predicted for e in get_entities(s)})
    each = entity_scores(right, predicted, average=None, zero_division=0)
    case["each"] = {kind: [float(column[i]) for column in each] for i, kind in enumerate(kinds)}
    return case


def main():
    rng = random.Random(7)
    out = {"versions": {p: importlib.metadata.version(p) for p in ("scikit-learn", "scipy", "seqeval")}}
    out["labels"] = [labels(rng, n, k, s) for n, k, s in ((1, 1, 1), (5, 2, 0.8), (40, 2, 0.7), (40, 5, 0.5), (30, 9, 0), (6, 1, 1))]
    out["numbers"] = [numbers(rng, n, k) for n, k in ((2, 0), (10, 0), (30, 4), (30, 2), (8, 1))]
    out["tags"] = [tags(rng, 12, p) for p in (["B", "I"], ["B", "I", "O"], ["B", "I", "E", "S"], ["I"], ["X", ".", "é", "E"])]
    with open(sys.argv[1] if len(sys.argv) > 1 else "tests/golden/metric/classification.json", "w") as file:
        json.dump(out, file, ensure_ascii=False)
        file.write("\n")


main()
