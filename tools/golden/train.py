"""Golden values of gamana/text/train: vocabularies that tokenizers' trainers make of small texts.

  python tools/golden/train.py        writes tests/golden/text/train.json (needs tokenizers, sentencepiece)

Where tokenizers numbers characters with a prefix or suffix in the order of a hash map, they are given as special tokens, so
that ids do not change from run to run. Of SentencePiece the file has what its unigram model costs: bits are natural ones.
"""
import collections, json, os, random, tempfile
import sentencepiece, tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "train.json")
STEMS = ["run", "sing", "walk", "street", "water", "child", "play", "bicycl", "woman", "light", "straß", "läuf", "gamana",
         "ಗಮನ", "ನೀರು", "вода", "улиц", "水", "街道", "犬", "😀", "do", "the", "a", "in", "re", "un", "over"]
ENDS = ["", "", "", "s", "ing", "ed", "er", "e", "n't", "ಗಳು", "ами", "ness", "less", "ly"]


def texts(seed, n):
    rng = random.Random(seed)
    word = lambda: "".join(rng.choice(STEMS[: rng.randint(1, len(STEMS))]) for _ in range(rng.choice([1, 1, 1, 2]))) + rng.choice(ENDS)
    return [" ".join(word() for _ in range(rng.randint(3, 9))) for _ in range(n)]


def toys(seed):  # few letters, so that one token comes from several pairs
    rng = random.Random(seed)
    letters = "abcd"[: 1 + seed % 4]
    return [" ".join("".join(rng.choice(letters) for _ in range(rng.randint(1, 14))) for _ in range(20)) for _ in range(2)]


def counted(lines, pre):
    return dict(collections.Counter(w for l in lines for w, _ in pre.pre_tokenize_str(l)))


def trained(kind, words, options):
    model, trainer = {"bpe": (models.BPE, trainers.BpeTrainer), "wordpiece": (models.WordPiece, trainers.WordPieceTrainer),
                      "wordlevel": (models.WordLevel, trainers.WordLevelTrainer)}[kind]
    kept = {k: v for k, v in options.items() if k != "initial_alphabet"}
    if options.get("initial_alphabet") == "bytes":
        kept["initial_alphabet"] = pre_tokenizers.ByteLevel.alphabet()
    elif "initial_alphabet" in options:
        kept["initial_alphabet"] = list(options["initial_alphabet"])
    tokenizer = Tokenizer(model())
    tokenizer.pre_tokenizer = pre_tokenizers.CharDelimiterSplit("\n")
    tokenizer.train_from_iterator((w for w, c in words.items() for _ in range(c)), trainer(show_progress=False, **kept))
    made = json.loads(tokenizer.to_str())["model"]
    return sorted(made["vocab"].items(), key=lambda v: v[1]), made.get("merges", [])


def marked(words, prefix, suffix):
    """Characters with prefix or suffix, by their bytes."""
    found = {(prefix if i else "") + c + (suffix if i == len(w) - 1 else "") for w in words for i, c in enumerate(w)}
    return sorted((t for t in found if len(t) > 1), key=lambda t: t.encode())


def cases():
    white, byte = pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain, level = counted(texts(1, 30), white), counted(texts(2, 30), byte)
    yield "bpe", plain, {"vocab_size": 150}
    yield "bpe", plain, {"vocab_size": 1000, "min_frequency": 3, "special_tokens": ["<unk>", "the", "<unk>", "</s>"]}
    yield "bpe", plain, {"vocab_size": 120, "limit_alphabet": 20, "initial_alphabet": "éxz"}
    yield "bpe", plain, {"vocab_size": 200, "max_token_length": 5}
    yield "bpe", level, {"vocab_size": 300, "initial_alphabet": "bytes", "special_tokens": ["<|endoftext|>"]}
    yield "bpe", plain, {"vocab_size": 200, "end_of_word_suffix": "</w>", "special_tokens": marked(plain, "", "</w>")}
    yield "bpe", plain, {"vocab_size": 200, "continuing_subword_prefix": "##", "special_tokens": marked(plain, "##", "")}
    yield "wordpiece", plain, {"vocab_size": 200, "special_tokens": ["[UNK]", "[PAD]"] + marked(plain, "##", "")}
    yield "wordlevel", plain, {"vocab_size": 40, "min_frequency": 2, "special_tokens": ["<unk>", "thes"]}
    for seed in range(12):
        yield "bpe", counted(toys(seed), white), {"vocab_size": 60} | ({"max_token_length": seed} if seed > 8 else {})


def sentencepiece_cost(lines, vocab_size):
    """Natural logarithm of the likelihood of the best splits, and their pieces, both by word."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/text", "w") as f:
            f.write("\n".join(lines) + "\n")
        sentencepiece.SentencePieceTrainer.train(
            input=f"{folder}/text", model_prefix=f"{folder}/m", vocab_size=vocab_size + 2, normalization_rule_name="identity",
            character_coverage=1.0, split_by_unicode_script=False, split_by_number=False, minloglevel=2)
        sp = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/m.model")
    words = counted(lines, pre_tokenizers.Metaspace())
    ids = {w: sp.encode(w[1:]) for w in words}
    total = sum(words.values())
    return {"words": words, "vocab_size": vocab_size, "pieces_per_word": sum(c * len(ids[w]) for w, c in words.items()) / total,
            "loss_per_word": -sum(c * sum(map(sp.get_score, ids[w])) for w, c in words.items()) / total}


def main():
    out = {"versions": {"tokenizers": tokenizers.__version__, "sentencepiece": sentencepiece.__version__},
           "command": "python tools/golden/train.py", "cases": []}
    for kind, words, options in cases():
        vocabulary, merges = trained(kind, words, options)
        out["cases"].append({"kind": kind, "words": words, "options": options, "vocabulary": vocabulary, "merges": merges})
    out["unigram"] = sentencepiece_cost(texts(3, 100), 180)
    with open(OUT, "w") as f:
        json.dump(out, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")


main()
