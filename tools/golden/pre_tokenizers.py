"""Golden values of gamana/text/pre_tokenizers: what `tokenizers` makes of texts with many settings, and which it refuses.

  python tools/golden/pre_tokenizers.py        writes tests/golden/text/pre_tokenizers.json (needs tokenizers)
"""
import json, os
import tokenizers
from tokenizers import Tokenizer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "pre_tokenizers.json")
TEXTS = [
    "Hey friend!     How are you?!?", "the-final--countdown-", "-a", "  Two  spaces, \t\n and\r\n\r\nlines \n ", "x",
    "I'll say 'tis DON'T we'Ve it\u2019s 'ſ", "1234567 8² Ⅷ½ ٣٤", "Été e\u0301te\u0301 ÀB", "▁a ▁▁b▁", "ǅungla helloWorld HTTPServer",
    "どこで生れ。Yes カタカナー 漢字 한국어", "Apples are りんご 林檎", "😀👍🏽 a😀b \U0001F468\u200D\U0001F469", "a\u00A0b\u0085c\u2028d\u3000e\u200Bf\u00ADg",
    "snake_case $5+$6=^11` <a|b>~ ¿«»… \u00B6\u00B7", "a\0b\x01\x7f", "\u0301\u0301 \u0301a", "   ", "\n", "aaa--aaab.--\n",
]
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


def split(kind, pattern, behavior, invert=False):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def metaspace(**settings):
    return {"type": "Metaspace", "replacement": "▁", **settings}


ACCEPTED = [
    {"type": "BertPreTokenizer"}, {"type": "Whitespace"}, {"type": "WhitespaceSplit", "more": 1}, {"type": "UnicodeScripts"},
    {"type": "Punctuation"}, *({"type": "Punctuation", "behavior": b} for b in BEHAVIORS),
    {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
    {"type": "CharDelimiterSplit", "delimiter": "-"}, {"type": "CharDelimiterSplit", "delimiter": "あ"},
    {"type": "FixedLength"}, {"type": "FixedLength", "length": 2},
    *(split("String", "-", b, i) for b in BEHAVIORS for i in (False, True)),
    *(split("Regex", r"\w+|[^\w\s]+", b, i) for b in BEHAVIORS for i in (False, True)),
    *(split("Regex", "a|(?=b)", b) for b in BEHAVIORS), split("String", "", "Isolated"), split("String", "aa", "Isolated"),
    split("Regex", r"(?<=\s)\S|\p{Lu}", "MergedWithNext"),
    *(split("Regex", CL100K, b, i) for b in BEHAVIORS for i in (False, True)),
    *({**BYTES, "add_prefix_space": p, "use_regex": r} for p in (False, True) for r in (False, True)),
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False},
    metaspace(), metaspace(add_prefix_space=True, str_rep="x"), metaspace(add_prefix_space=None, split=None, str_rep=None),
    metaspace(prepend_scheme="never"), metaspace(prepend_scheme="never", add_prefix_space=False), metaspace(split=False),
    metaspace(prepend_scheme="first", split=False), {"type": "Metaspace", "replacement": "a", "prepend_scheme": "always"},
    sequence(split("Regex", CL100K, "Isolated"), BYTES), sequence({"type": "WhitespaceSplit"}, metaspace()),
    sequence({"type": "WhitespaceSplit"}, metaspace(prepend_scheme="first")),
    sequence({"type": "Digits", "individual_digits": True}, sequence({**BYTES, "add_prefix_space": True}, BYTES)),
    sequence({"type": "Punctuation"}, {"type": "UnicodeScripts"}, {"type": "FixedLength", "length": 3}),
]
REFUSED = [
    {}, [], "Whitespace", 3, {"type": "Foo"}, {"type": None}, {"type": 3}, {"delimiter": "-"}, {"pretokenizers": []},
    {"type": "Punctuation", "behavior": "removed"}, {"type": "Punctuation", "behavior": None},
    {"type": "Digits"}, {"type": "Digits", "individual_digits": 1}, {"type": "Digits", "individual_digits": None},
    {"type": "CharDelimiterSplit"}, {"type": "CharDelimiterSplit", "delimiter": "ab"}, {"type": "CharDelimiterSplit", "delimiter": ""},
    {"type": "Delimiter", "delimiter": "-"},
    {"type": "FixedLength", "length": -1}, {"type": "FixedLength", "length": 2.0}, {"type": "FixedLength", "length": None},
    {"type": "Split", "pattern": {"String": "a"}, "behavior": "Isolated"}, split("Regex", "(", "Isolated"),
    {"type": "Split", "pattern": "a", "behavior": "Isolated", "invert": False}, split("Foo", "a", "Isolated"),
    {"type": "Split", "pattern": {"String": "a", "Regex": "a"}, "behavior": "Isolated", "invert": False},
    split("String", 3, "Isolated"), split("String", "a", "isolated"), split("String", "a", "Isolated", None),
    {"type": "ByteLevel"}, {"type": "ByteLevel", "add_prefix_space": True}, {**BYTES, "use_regex": None},
    {"type": "ByteLevel", "trim_offsets": True}, {"type": "Metaspace"}, {"type": "Metaspace", "replacement": "▁▁"},
    metaspace(prepend_scheme="First"), metaspace(prepend_scheme=None), metaspace(add_prefix_space=False),
    metaspace(add_prefix_space=False, prepend_scheme="first"), metaspace(add_prefix_space=3), metaspace(str_rep=3),
    metaspace(split="yes"), {"type": "Sequence"}, {"type": "Sequence", "pretokenizers": None}, sequence(None), sequence({"type": "Foo"}),
]


def tokenizer(config):
    model = {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}
    return Tokenizer.from_str(json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
                                          "normalizer": None, "pre_tokenizer": config, "post_processor": None,
                                          "decoder": None, "model": model}))


def refused(config):
    try:
        tokenizer(config)
    except Exception:
        return True
    return False


def pieces(config, text):  # offsets in bytes
    found = tokenizer(config).pre_tokenizer.pre_tokenize_str(text)
    return [[piece, len(text[:begin].encode()), len(text[:end].encode())] for piece, (begin, end) in found]


assert all(refused(c) for c in REFUSED)
golden = {"tokenizers": tokenizers.__version__, "texts": TEXTS, "refused": REFUSED,
          "accepted": [{"config": c, "pieces": [pieces(c, t) for t in TEXTS]} for c in ACCEPTED]}
with open(OUT, "w", encoding="utf-8") as file:
    json.dump(golden, file, ensure_ascii=False, separators=(",", ":"))
    file.write("\n")
