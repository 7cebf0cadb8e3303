"""Golden values of gamana/text/models: small models, random and chosen, and the tokens `tokenizers` makes of words.

  python tools/golden/text_models.py [random models of each kind, default 6] [file]

writes tests/golden/text/models.json. Words are given to the model alone (Model.tokenize), so places are bytes of the word. For
byte-level models ("raw") the word is given in printable characters and places are counted in bytes again.
"""
import json, os, random, sys
import tokenizers
from tokenizers import Tokenizer
from tokenizers.models import BPE, Unigram, WordLevel, WordPiece

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "models.json")
LETTERS = ["a", "b", "c", "d", "é", "▁", "中", "😀"]
HOLE = "\U0001F98A"  # a character of no vocabulary


def byte_chars():
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in keep]
    return {**{b: chr(b) for b in keep}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


BYTES = byte_chars()


def printable(text):
    return "".join(BYTES[b] for b in text.encode())


def case(model, words, raw=False, text=None):
    """Tokens of each word as [id, begin, end], or null where the model fails. `text`: the model where it cannot be written."""
    results = []
    for word in words:
        shown = printable(word) if raw else word
        try:
            tokens = [[t.id, *t.offsets] for t in model.tokenize(shown)]
        except Exception:
            tokens = None
        if raw:
            place = lambda at: len(shown.encode()[:at].decode())
            tokens = [[i, place(b), place(e)] for i, b, e in tokens]
        results.append(tokens)
    written = Tokenizer(model).to_str().split('"model":')[1][:-1]
    return {"model": text or written, "written": text is None, "raw": raw, "words": words, "tokens": results}


def some_words(rng, letters, n=8, longest=12):
    words = ["".join(rng.choice(letters) for _ in range(rng.randint(1, longest))) for _ in range(n)]
    return words + ["".join(rng.choice(letters) for _ in range(rng.randint(30, 70)))]


def random_merges(rng, symbols, n, prefix=""):
    tokens, merges = list(symbols), []
    for _ in range(n):
        left, right = rng.choice(tokens), rng.choice(tokens)
        if len(left + right) > 9 or not right.startswith(prefix):
            continue
        merges.append((left, right))
        if left + right[len(prefix):] not in tokens:
            tokens.append(left + right[len(prefix):])
    return tokens, merges


def random_bpe(rng):
    letters = rng.sample(LETTERS, rng.randint(2, 6))
    options = {"fuse_unk": rng.random() < 0.5, "ignore_merges": rng.random() < 0.3}
    if rng.random() < 0.6:
        options["unk_token"] = "<unk>"
    symbols, prefix = list(letters), ""
    if rng.random() < 0.25:
        prefix = options["continuing_subword_prefix"] = rng.choice(["##", "@", ""])
        symbols += [prefix + c for c in letters if rng.random() < 0.9]
    if rng.random() < 0.25:
        options["end_of_word_suffix"] = rng.choice(["</w>", ""])
        symbols += [s + options["end_of_word_suffix"] for s in symbols if rng.random() < 0.8]
    elif not prefix:
        options["byte_fallback"] = rng.random() < 0.5
    tokens, merges = random_merges(rng, list(dict.fromkeys(symbols)), rng.randint(3, 40), prefix)
    tokens = list(dict.fromkeys(tokens + ["<unk>"] + ["".join(rng.choices(letters, k=3))]))
    if options.get("byte_fallback"):
        wanted = {b for c in LETTERS[:7] + [HOLE] for b in c.encode()}
        tokens += [f"<0x{b:02X}>" for b in sorted(wanted) if rng.random() < 0.93]
    rng.shuffle(tokens)
    ids = rng.sample(range(len(tokens) + rng.choice([0, 5])), len(tokens))
    return case(BPE(dict(zip(tokens, ids)), merges, **options), some_words(rng, letters * 3 + LETTERS + [HOLE]))


def byte_level_bpe(rng, ignore_merges):
    letters = [BYTES[b] for b in "abc d".encode() + "é中".encode()]
    tokens, merges = random_merges(rng, letters, 40)
    tokens = [BYTES[b] for b in range(256)] + [t for t in tokens if len(t) > 1] + ["<|end|>", printable("abcdabcd")]
    tokens = list(dict.fromkeys(tokens))
    words = some_words(rng, ["a", "b", "c", " d", "é", "中", "x"]) + ["abcdabcd", " abcdabcd", "<|end|>", "\n\0"]
    return case(BPE({t: i for i, t in enumerate(tokens)}, merges, ignore_merges=ignore_merges), words, raw=True)


def random_wordpiece(rng):
    letters = rng.sample(LETTERS, rng.randint(2, 6))
    prefix = rng.choice(["##", "##", "_", ""])
    tokens = [rng.choice(["", prefix]) + "".join(rng.choices(letters, k=rng.randint(1, 4))) for _ in range(30)]
    tokens = list(dict.fromkeys(tokens + ["[UNK]"] * (rng.random() < 0.8) + [prefix + c for c in letters[:-1]] + letters))
    return case(WordPiece({t: 2 * i for i, t in enumerate(tokens)}, unk_token="[UNK]", continuing_subword_prefix=prefix,
                          max_input_chars_per_word=rng.choice([100, 100, 7])),
                some_words(rng, letters * 3 + ["#", HOLE]))


def random_unigram(rng):
    letters = rng.sample(LETTERS, rng.randint(2, 6))
    pieces = [("<unk>", 0.0)] + [(c, -rng.random() * 9) for c in letters[:-1]]
    for _ in range(25):
        pieces.append(("".join(rng.choices(letters, k=rng.randint(2, 5))), rng.choice([-2.0, -4.0, -rng.random() * 9])))
    if rng.random() < 0.5:
        wanted = sorted({b for c in LETTERS[:7] + [HOLE] for b in c.encode()})
        pieces += [(f"<0x{b:02X}>", -9.5) for b in wanted if rng.random() < 0.93]
    unk = None if rng.random() < 0.2 else 0
    return case(Unigram(pieces, unk, rng.random() < 0.6), some_words(rng, letters * 4 + [HOLE, "<unk>"]))


def chosen():
    yield case(BPE({"a": 0, "aa": 1, "aaa": 2, "aaaa": 3}, [("a", "a"), ("aa", "a")]), ["a" * n for n in range(1, 9)] + ["a" * 99])
    yield case(BPE({"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4}, [("a", "b"), ("b", "c"), ("a", "b")]), ["abc", "abcabc"])
    # One id for two tokens: a pair that waits is taken for another one.
    for seed in range(6):
        rng = random.Random(seed)
        tokens, merges = random_merges(rng, ["a", "b", "c", "d"], 25)
        ids = {t: i if i < 4 else 4 + i % 5 for i, t in enumerate(tokens)}
        yield case(BPE(ids, merges), some_words(rng, ["a", "b", "c", "d"], 6, 20),
                   text=json.dumps({"type": "BPE", "vocab": ids, "merges": merges}))
    yield case(BPE({"a": 0, "b": 1}, [("a", "b")][:0], unk_token="[U]"), ["ab", "axb"])
    yield case(BPE({"ab": 0, "a": 1, "b": 2}, [("a", "b")], dropout=1.0, ignore_merges=True), ["ab", "abab", "x"])
    yield case(BPE({"ab": 0, "a": 1, "b": 2}, [("a", "b")], dropout=0.0), ["ab", "abab"])
    yield case(BPE({"a\"\\\u0001\u001f\u007f\u2028\b\f\n\r\t/": 3}, [], dropout=1e-7), ["a"])
    yield case(BPE({"a": 0}, [], dropout=1.5e-6), ["a"])
    yield case(BPE({}, []), ["a"])
    yield case(WordPiece({"a": 0, "##": 3, "##b": 4, "[UNK]": 1}, unk_token="[UNK]"), ["##b", "ab", "a##b", "##", "abc"])
    yield case(WordPiece({"a": 0, "[UNK]": 1}, unk_token="[UNK]", max_input_chars_per_word=0), ["a"])
    yield case(WordLevel({"a": 5, "b c": 1, "<unk>": 3}, unk_token="<unk>"), ["a", "b c", "x", "<unk>"])
    yield case(WordLevel({"a": 5}, unk_token="<unk>"), ["a", "x"])
    yield case(Unigram([("a", -1.0), ("b", -2.0)], 0, False), ["aabxa", "x", "ax", "bxxb"])
    yield case(Unigram([("<unk>", 20.0), ("xyz", 21.0), ("a", 30.0)], 0, True), ["axyza", "xyz", "xyzx", "xxyz"])
    yield case(Unigram([("<unk>", 0.0), ("a", -1.0), ("b", -2.0), ("a", -7.0), ("ab", -4.0), ("", -1.0)], 0, False), ["ab", "ba"])
    yield case(Unigram([("xb", 1.0), ("x", -1.0), ("yb", 3.0)], None, False), ["xb", "xx", "yb", "xyb"])
    yield case(Unigram([], None, False), ["a"])
    numbers = [1e-6, 9.99e-6, 1e-5, 1.25e-5, -0.0001234, 1e15, 9.9e15, 1e16, 123456.789, -12.345678901234567, 1 / 3, 100.0,
               1.2345678901234568e17, 5e-324, -0.0, 1.5e300]
    yield case(Unigram([(chr(97 + i), x) for i, x in enumerate(numbers)], 0, False), ["abc"])


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    rng = random.Random(7)
    cases = list(chosen())
    for i in range(count):
        cases += [random_bpe(rng), random_bpe(rng), random_wordpiece(rng), random_unigram(rng)]
        if i % 4 == 0:
            cases += [byte_level_bpe(rng, False), byte_level_bpe(rng, True)]
    with open(sys.argv[2] if len(sys.argv) > 2 else OUT, "w", encoding="utf-8") as f:
        lines = ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases)
        f.write('{"tokenizers":"%s","cases":[\n%s\n]}\n' % (tokenizers.__version__, lines))


main()
