"""A frozen part of tools/fuzz: files, requests and the answers of `tokenizers`.

    python tools/golden/frozen.py        writes tests/golden/text/frozen.jsonl.gz

The first line has the versions. Cases are drawn until each feature (a stage with the value of an option, a flag of an added
token…) was seen a few times; one that shows nothing new is left out.
"""
import gzip
import json
import os
import platform
import random
import sys
from collections import Counter
from pathlib import Path

os.environ["RUST_BACKTRACE"] = "0"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "fuzz"))

import tokenizers

import configs
from compare import OK, PANIC, peer_answers, readable
from known import name_of

LIMIT = 390_000  # bytes of the file
WANTED = 6       # times that each feature is to be seen
KINDS = ["encode: ids", "encode: offsets", "decode", "load: only gamana refuses", "load: only the peer refuses"]  # known.py's are left out
TABLE = 2000     # longest string of a case: no whole normalisation tables
LINE = 12_000    # characters of a case


NAMES = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}


def made(texts, tokens, **parts):
    """A file with the added tokens, and requests."""
    config = {"version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None,
              "model": {"type": "WordLevel", "vocab": {"a": 0, "<u>": 1, "x": 3}, "unk_token": "<u>"}, **parts,
              "added_tokens": [{"id": 0, **NAMES, **token} for token in tokens]}
    return config, [["encode", text, None, True, False] for text in texts] + [["decode", [0, 1, 2, 3, 4, 5], False]]


BLANK = [{"content": "X"}, {"content": "  ", "normalized": True, "rstrip": True, "single_word": True}]
# What chance has not drawn: an added token whose normalised text is empty, right behind others; several with one id.
MADE = [
    made(["X  a", "aX", "X", "XX a X ", "a  X"], BLANK, normalizer={"type": "Strip", "strip_left": True, "strip_right": True}),
    made(["X  a", "aX", "X"], [*BLANK[:1], {**BLANK[1], "lstrip": True, "single_word": False}], normalizer={"type": "Strip", "strip_left": True, "strip_right": True}),
    *(made(["x", "y", "xyz"], [{"content": content, "lstrip": i == 2} for i, content in enumerate(contents)]) for contents in ("xyz", "yxy", "yyx", "xyx"))]


def features(node, kind=""):
    """Stages with the values of their options, and what follows what."""
    if isinstance(node, list):
        for child in node:
            yield from features(child, kind)
    elif isinstance(node, dict):
        kind = str(node.get("type", kind))
        yield kind
        for key, value in node.items():
            if isinstance(value, (bool, int, type(None))) or key in ("behavior", "prepend_scheme", "direction", "strategy", "Regex", "continuing_subword_prefix"):
                if key not in ("id", "ids") and not (key == "vocab"):
                    yield (kind, key, str(value))
            elif key != "vocab":
                yield from features(value, kind or key)


def too_large(node):
    if isinstance(node, str):
        return len(node) > TABLE
    if isinstance(node, dict):
        return any(map(too_large, node.values()))
    return isinstance(node, list) and any(map(too_large, node))


def expected(request, answer):
    status, value = answer
    if status != OK:
        return {"error": True}
    if request[0] == "encode":
        return readable(value)[0]
    return value.decode()


def case(seed):
    """(config, features, [[request, answer]]), or None; the first ones are MADE."""
    rng = random.Random(seed)
    config, requests = MADE[seed] if seed < len(MADE) else configs.case(rng)
    if too_large(config):
        return None
    requests = [request for request in requests if request[0] in ("encode", "decode")]
    rng.shuffle(requests)
    requests = requests[:5]
    answers = peer_answers(config, requests)
    if any(status == PANIC for status, _ in answers) or any(
            name_of(kind, config, request, answers[0], None) for kind in KINDS for request in requests):
        return None
    seen = set(features(config))
    if answers[0][0] != OK:
        return config, {("refused", feature) for feature in list(seen)[:1]}, None
    return config, seen, [[request, expected(request, answer)] for request, answer in zip(requests, answers[1:])]


def main():
    counts, lines = Counter(), []
    head = {"tokenizers": tokenizers.__version__, "python": platform.python_version()}
    for seed in range(20000):
        drawn = case(seed)
        if not drawn or not (seed < len(MADE) or any(counts[feature] < WANTED for feature in drawn[1])):
            continue
        line = json.dumps({"seed": seed, "file": drawn[0], "answers": drawn[2]}, ensure_ascii=False, separators=(",", ":"))
        if len(line) > LINE:
            continue
        counts.update(drawn[1])
        lines.append(line)
        if len(lines) % 25 == 0 and len(packed(head, lines)) > LIMIT:
            break
    while len(packed(head, lines)) > LIMIT:
        lines.pop()
    (ROOT / "tests/golden/text/frozen.jsonl.gz").write_bytes(packed(head, lines))
    print("%d files, %d features" % (len(lines), len(counts)))


def packed(head, lines):
    return gzip.compress("\n".join([json.dumps(head)] + lines).encode() + b"\n", mtime=0)


if __name__ == "__main__":
    main()
