"""Texts that make careless code quadratic: one letter, one word, marks, spaces… of 10 MB through tokenizers of every kind.

    python tools/fuzz/long_texts.py --program build/release/tools/fuzz/tokenizer_peer [--megabytes 10]

Prints the slowest ones, and each that takes more than 2.6 times as long for twice the text; exit status 1 where there is one, or a
crash. Texts that the peer's pattern engine gives up on are refused, which is fine.
"""
import argparse
import copy
import json
import os
import random
import sys
import time

os.environ["RUST_BACKTRACE"] = "0"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import configs
import models
import ours as wire
import stages
from texts import SENTENCES

UNITS = {"one letter": "a", "word": None, "marks": "a\u0301\u0316", "only marks": "\u0301", "spaces": " ", "line ends": "\r\n", "tabs and spaces": "\t ", "digits": "7", "full stops": ".",
         "Han": "漢", "Hangul": "\u1100\u1161\u11a8", "families": "👩‍👩‍👧‍👦", "flags": "🇫🇷", "▁": "▁", "tokens": "<s>", "half tokens": "<", "apostrophes": "'", "ab": "ab", "sentences": " ".join(SENTENCES),
         "NUL": "\0", "a line end": "aaaaaaa\n", "Arabic": "ﷺ", "letters and spaces": "a "}


def text_of(name, size):
    unit = UNITS[name]
    if unit is None:
        rng = random.Random(1)
        return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=size))
    return unit * (size // len(unit.encode()))


def files():
    rng = random.Random(5)
    pieces = ["a" * n for n in (1, 2, 4, 8, 16)] + ["ab", "▁a", "▁▁", "  ", "\u0301", "漢", "👩", "▁the", "the", "7", "77", ".", "''"]
    skeletons = [("family %d" % i, copy.deepcopy(family)) for i, family in enumerate(configs.FAMILIES)]
    for name in "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel":
        skeletons.append((name, {"normalizer": {"type": name}, "model": "WordLevel"}))
    for left, right in (True, False), (False, True):
        skeletons.append(("Strip", {"normalizer": {"type": "Strip", "strip_left": left, "strip_right": right}, "model": "BPE"}))
    for name in "BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts":
        skeletons.append((name, {"pre_tokenizer": {"type": name}, "model": rng.choice(["BPE", "Unigram", "WordPiece"])}))
    for behavior in stages.BEHAVIORS:
        split = {"type": "Split", "pattern": {"Regex": r"\s+|a"}, "behavior": behavior, "invert": False}
        skeletons.append((behavior, {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, {"type": "Digits", "individual_digits": True}]}, "model": "Unigram"}))
    for kind in "BPE", "Unigram", "WordPiece", "WordLevel":
        skeletons.append((kind + " alone", {"model": kind}))
    for name, config in skeletons:
        configs.fill_charsmaps(rng, config)
        model = models.model(rng, pieces, config.pop("model"))
        model["dropout"] = None
        tokens = [{"id": len(model["vocab"]), "content": "<s>", "single_word": False, "lstrip": True, "rstrip": True, "normalized": rng.random() < 0.5, "special": True}]
        if model["type"] != "BPE":
            del model["dropout"]
        yield name, json.dumps({"version": "1.0", "added_tokens": tokens, "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None,
                                **config, "model": model}, ensure_ascii=False)


def seconds(program, text):
    begin = time.perf_counter()
    status, _ = program.ask([wire.encode(text)])[0]
    return time.perf_counter() - begin, status


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/tools/fuzz/tokenizer_peer")
    parser.add_argument("--megabytes", type=float, default=10)
    arguments = parser.parse_args()
    size = int(arguments.megabytes * 1e6)
    results, faults = [], 0
    with wire.Ours(arguments.program, 60) as program:
        for name, config in files():
            status, message = program.ask([wire.load(config)])[0]
            if status:
                print(name, message.decode())
                faults += 1
                continue
            for unit in UNITS:
                try:
                    half, _ = seconds(program, text_of(unit, size // 2))
                    whole, refused = seconds(program, text_of(unit, size))
                    if whole > 2.6 * half and whole > 1:
                        faults += 1
                        print("%-18s %-18s %.2f s, %.2f s for twice the text" % (name, unit, half, whole), flush=True)
                    results.append((whole, name, unit, " refused" * refused))
                except wire.Crash as crash:
                    faults += 1
                    print("%-18s %-18s %s" % (name, unit, crash), flush=True)
                    program.ask([wire.load(config)])
    for result in sorted(results, reverse=True)[:15]:
        print("%7.2f s  %-18s %s%s" % result)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
