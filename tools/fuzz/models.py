"""Random models whose vocabularies come from the pieces that they will be asked about."""
from stages import boolean, short_string
from texts import atom

BYTES = ["<0x%02X>" % b for b in range(256)]


def model(rng, pieces, kind=None):
    pieces = [piece for piece in pieces if piece] or ["a"]
    kind = kind or rng.choice(["BPE", "BPE", "BPE", "WordPiece", "WordPiece", "Unigram", "Unigram", "WordLevel"])
    return {"BPE": bpe, "WordPiece": wordpiece, "Unigram": unigram, "WordLevel": wordlevel}[kind](rng, pieces)


def ids_of(rng, tokens):
    """token → id: in random order, sometimes with holes."""
    tokens = list(dict.fromkeys(tokens))
    if boolean(rng):
        rng.shuffle(tokens)
    step = 3 if rng.random() < 0.05 else 1
    return {token: i * step for i, token in enumerate(tokens)}


def some(rng, tokens, keep):
    return [token for token in tokens if rng.random() < keep]


def substrings(rng, pieces, count, longest=8):
    """Parts of pieces as (text, at its begin, at its end)."""
    parts = []
    for _ in range(count):
        piece = rng.choice(pieces)
        a = 0 if rng.random() < 0.4 else rng.randrange(len(piece))
        b = min(len(piece), a + rng.randint(1, longest)) if rng.random() < 0.85 else len(piece)
        parts.append((piece[a:b], a == 0, b == len(piece)))
    return parts


def extras(rng):
    tokens = ["[CLS]", "[SEP]", "<s>", "</s>", "[PAD]", "<unk>", "[UNK]"][:rng.choice([0, 3, 7])]
    tokens += [short_string(rng) for _ in range(rng.choice([0, 0, 3]))]
    return tokens + some(rng, BYTES, rng.choice([0.0, 0.0, 0.0, 0.05, 1.0]) if rng.random() < 0.5 else 0.0)


def bpe(rng, pieces):
    prefix = rng.choice(["", None, None, None, None, "##", "@", "é"])
    suffix = rng.choice(["", None, None, None, None, "</w>", "_"])
    unknown = rng.choice([None, "<unk>", "[UNK]"])
    keep = 1.0 if rng.random() < 0.6 else rng.uniform(0.5, 1)

    def symbols(piece, begins, ends):
        out = [c if i == 0 and begins else (prefix or "") + c for i, c in enumerate(piece)]
        return out[:-1] + [out[-1] + (suffix or "")] if ends else out

    letters = {symbol for piece in pieces for symbol in symbols(piece, True, True)}
    vocab, merges = dict.fromkeys(sorted(letters) if keep == 1.0 else some(rng, sorted(letters), keep)), {}

    def build(parts):
        if len(parts) == 1:
            vocab[parts[0]] = None
            return parts[0]
        k = rng.randrange(1, len(parts))
        left, right = build(parts[:k]), build(parts[k:])
        whole = left + right[len((prefix or "").encode()):] if len((prefix or "")) == len((prefix or "").encode()) else left + right[len(prefix):]
        vocab[whole] = None
        merges[left, right] = None
        return whole

    for part in substrings(rng, pieces, rng.choice([0, 5, 20, 60])):
        build(symbols(*part))
    merges = list(merges)
    if rng.random() < 0.7:
        rng.shuffle(merges)
    merges = merges[:rng.choice([len(merges)] * 3 + [len(merges) // 2])]
    if merges and rng.random() < 0.03:  # twice, or of what is no token
        merges.append(rng.choice([merges[0], ("zq", "y")]))
    tokens = list(vocab) + extras(rng) + ([unknown] if unknown and rng.random() < 0.97 else [])
    if rng.random() < 0.1:
        tokens += [piece + (suffix or "") for piece in pieces[:5]]
    it = {"type": "BPE", "dropout": rng.choice([None] * 12 + [0.0, 0, 1.0, 1.5, -0.1]), "unk_token": unknown,
          "continuing_subword_prefix": prefix, "end_of_word_suffix": suffix, "fuse_unk": boolean(rng), "byte_fallback": rng.random() < 0.3,
          "ignore_merges": rng.random() < 0.25, "vocab": ids_of(rng, tokens)}
    old = all(" " not in part for pair in merges for part in pair) and boolean(rng)
    it["merges"] = [" ".join(pair) for pair in merges] if old else [list(pair) for pair in merges]
    return it


def wordpiece(rng, pieces):
    prefix = rng.choice(["##", "##", "##", "", "é", "@@"])
    unknown = rng.choice(["[UNK]", "[UNK]", "<unk>", ""])
    letters = sorted({c for piece in pieces for c in piece})
    tokens = some(rng, letters, rng.choice([1.0, 0.9])) + some(rng, [prefix + c for c in letters], rng.choice([1.0, 0.9]))
    tokens += [part if begins else prefix + part for part, begins, _ in substrings(rng, pieces, rng.choice([0, 10, 40]))]
    tokens += extras(rng) + [unknown] * (rng.random() < 0.95)
    return {"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": prefix,
            "max_input_chars_per_word": rng.choice([100, 100, 100, 5, 1, 0, 1000]), "vocab": ids_of(rng, tokens)}


def wordlevel(rng, pieces):
    unknown = rng.choice(["<unk>", "[UNK]", ""])
    tokens = some(rng, pieces, 0.7) + extras(rng) + [unknown] * (rng.random() < 0.9)
    return {"type": "WordLevel", "vocab": ids_of(rng, tokens), "unk_token": unknown}


def unigram(rng, pieces):
    letters = sorted({c for piece in pieces for c in piece})
    tokens = ["<unk>"] + some(rng, letters, rng.choice([1.0, 0.95, 0.8, 0.3]))
    tokens += [part for part, _, _ in substrings(rng, pieces, rng.choice([0, 10, 40]))] + extras(rng)
    if rng.random() < 0.9:
        tokens = list(dict.fromkeys(tokens))
    ties = rng.random() < 0.3
    score = (lambda: float(-rng.randint(1, 4))) if ties else (lambda: rng.choice([-rng.random() * 12, -rng.random() * 12, 0.0]))
    if rng.random() < 0.05:
        score = lambda: rng.choice([1.5, -1e30, -1e308, 3, -0.0, 1e-320])
    it = {"type": "Unigram", "unk_id": rng.choice([0] * 12 + [None, 1, len(tokens) - 1, len(tokens)]),
          "vocab": [[token, score()] for token in tokens], "byte_fallback": rng.random() < 0.3}
    if rng.random() < 0.1:
        del it["byte_fallback"]
    return it


def added_tokens(rng, texts, vocabulary):
    """Contents from texts and from the vocabulary, with every flag."""
    tokens, at = [], len(vocabulary)
    for _ in range(rng.choice([0, 0, 1, 2, 3, 4, 8])):
        kind = rng.random()
        if kind < 0.25:
            content = rng.choice(["<s>", "</s>", "[CLS]", "[SEP]", "[MASK]", "<|endoftext|>", "<pad>", "<unk>", "[UNK]", " ", "  ", "\n", "a", "", "ab", "é", "É", "İ"])
        elif kind < 0.4 and vocabulary:
            content = rng.choice(vocabulary)
        elif kind < 0.5:
            content = "".join(atom(rng) for _ in range(rng.randint(1, 3)))
        else:
            text = rng.choice(texts)
            a = rng.randrange(len(text) + 1)
            content = text[a:a + rng.choice([1, 2, 2, 3, 5, 9])]
        if rng.random() < 0.1:
            content = rng.choice([" ", "\t", "\u00a0"]) + content
        token = {"id": at if rng.random() < 0.9 else rng.randint(0, at + 5), "content": content}
        for flag in "single_word", "lstrip", "rstrip", "normalized", "special":
            token[flag] = rng.random() < 0.35
        if content in vocabulary and rng.random() < 0.8:
            token["id"] = vocabulary.index(content)
        at = max(at, token["id"] + 1)
        tokens.append(token)
    if rng.random() < 0.8:
        tokens.sort(key=lambda token: token["id"])
    return tokens
