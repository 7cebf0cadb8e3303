"""Random tokenizer.json files: families as they are found, changed in places, or anything at all."""
import copy
import json

from tokenizers import Tokenizer

import models
import stages
from texts import random_text, with_tokens

META = {"replacement": "▁", "prepend_scheme": "always", "split": True}


def byte_level(add=False, trim=True, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": add, "trim_offsets": trim, "use_regex": regex}


def template(single, pair):
    def pieces(text):
        return [{"Sequence": {"id": p[1], "type_id": int(p[3:] or 0)}} if p[0] == "$" else {"SpecialToken": {"id": p, "type_id": 0}} for p in text.split()]
    special = {p for p in (single + " " + pair).split() if p[0] != "$"}
    return {"type": "TemplateProcessing", "single": pieces(single), "pair": pieces(pair),
            "special_tokens": {p: {"id": p, "ids": [i], "tokens": [p]} for i, p in enumerate(sorted(special))}}


def bert(uncased):
    return {"normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": uncased},
            "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]"),
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True}, "model": "WordPiece"}


def split_then_bytes(regex):
    return {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}, byte_level(regex=False)]}


UNDERLINE = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
LLAMA_DECODER = {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                                                  {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}


def families():
    squeeze = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}
    return [
        {"pre_tokenizer": byte_level(), "post_processor": byte_level(True, False), "decoder": byte_level(True, True), "model": "BPE"},  # GPT-2
        {"pre_tokenizer": byte_level(), "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": False},
         "decoder": byte_level(True, True), "model": "BPE"},
        {"pre_tokenizer": split_then_bytes(stages.CL100K), "post_processor": {"type": "Sequence", "processors": [byte_level(True, False), template("<s> $A", "<s> $A <s>:1 $B:1".replace("<s>:1", "<s>"))]},
         "decoder": byte_level(True, True), "model": "BPE"},  # Llama 3
        {"normalizer": {"type": "NFC"}, "pre_tokenizer": split_then_bytes(stages.REGEXES[2]), "post_processor": byte_level(False, False), "decoder": byte_level(), "model": "BPE"},  # Qwen 2
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, UNDERLINE]}, "post_processor": template("<s> $A", "<s> $A <s> $B:1"),
         "decoder": LLAMA_DECODER, "model": "BPE"},  # Llama 2
        {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}, "decoder": LLAMA_DECODER, "model": "BPE"},
        {"normalizer": UNDERLINE, "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
         "decoder": {"type": "Sequence", "decoders": LLAMA_DECODER["decoders"][:3]}, "model": "BPE"},  # Gemma
        bert(True), bert(True), bert(False),
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled"}, squeeze]}, "pre_tokenizer": {"type": "Metaspace", **META},
         "post_processor": template("$A </s>", "$A </s> $B </s>"), "decoder": {"type": "Metaspace", **META}, "model": "Unigram"},  # T5
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled"}, {"type": "Strip", "strip_left": False, "strip_right": True}, squeeze]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", **META}]},
         "post_processor": template("<s> $A </s>", "<s> $A </s> </s> $B </s>"), "decoder": {"type": "Metaspace", **META}, "model": "Unigram"},  # XLM-R
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "``"}, "content": "\""}, {"type": "NFKD"}, {"type": "StripAccents"},
                                                            {"type": "Lowercase"}, {"type": "Precompiled"}, squeeze]},
         "pre_tokenizer": {"type": "Metaspace", **META}, "decoder": {"type": "Metaspace", **META}, "model": "Unigram"},  # ALBERT
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": stages.REGEXES[4]}, "behavior": "Removed", "invert": True}, byte_level()]},
         "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": False, "add_prefix_space": False},
         "decoder": byte_level(), "model": "BPE"},  # CLIP
        {"normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "decoder": None, "model": "WordLevel"},
    ]


FAMILIES = families()
STAGES = {"normalizer": stages.normalizer, "pre_tokenizer": stages.pre_tokenizer, "post_processor": stages.post_processor, "decoder": stages.decoder}


def skeleton(rng):
    """The stages; "model" is a kind or None for any."""
    if rng.random() < 0.5:
        config = copy.deepcopy(rng.choice(FAMILIES))
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            stage = rng.choice(list(STAGES))
            old, new = config.get(stage), STAGES[stage](rng)
            if old and rng.random() < 0.5:  # beside the old one
                key = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors", "decoder": "decoders"}[stage]
                parts = [old, new]
                rng.shuffle(parts)
                new = {"type": "Sequence", key: parts}
            config[stage] = new
        if rng.random() < 0.1:
            config["model"] = None
    else:
        config = {stage: draw(rng) if rng.random() < 0.7 else None for stage, draw in STAGES.items()}
        config["model"] = None
    fill_charsmaps(rng, config)
    return config


def fill_charsmaps(rng, node):
    if isinstance(node, dict):
        if node.get("type") == "Precompiled" and "precompiled_charsmap" not in node:
            node["precompiled_charsmap"] = stages.charsmap(rng)
        for child in node.values():
            fill_charsmaps(rng, child)
    elif isinstance(node, list):
        for child in node:
            fill_charsmaps(rng, child)


def pieces_of(config, texts):
    """What the model will see, or the texts where the peer does not take the stages."""
    bare = {"version": "1.0", "added_tokens": [], "normalizer": config.get("normalizer"), "pre_tokenizer": config.get("pre_tokenizer"),
            "model": {"type": "WordLevel", "vocab": {}, "unk_token": ""}}
    try:
        tokenizer = Tokenizer.from_str(json.dumps(bare))
        pieces = []
        for text in texts:
            if tokenizer.normalizer:
                text = tokenizer.normalizer.normalize_str(text)
            pieces += [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)] if tokenizer.pre_tokenizer else [text]
        return pieces
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return texts


def damage(rng, config):
    """A file that may be refused: a key missing, of another type or unknown."""
    node = config
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = rng.choice(keys)
        child = node[key]
        if isinstance(child, (dict, list)) and child and rng.random() < 0.75:
            node = child
            continue
        change = rng.random()
        if change < 0.35:
            del node[key]
        elif change < 0.85:
            node[key] = rng.choice([None, True, 0, -1, 1.5, "", "x", [], {}, [1], {"a": 1}, 1 << 40, "Isolated", ["a", 1]])
        elif isinstance(node, dict):
            node[rng.choice(["type", "extra", "vocab", "content", "add_prefix_space"])] = rng.choice([None, "ByteLevel", "Sequence", 1, "x", True])
        return


def case(rng, without=(), kinds=()):
    """(config, requests): one file, several texts. `without`: keys that are null; `kinds`: of models, any where there is none."""
    config = {**skeleton(rng), **dict.fromkeys(set(without) & set(STAGES))}
    if kinds:
        config["model"] = rng.choice(kinds)
    texts = [random_text(rng) for _ in range(12)]
    kind = config.pop("model")
    pieces = pieces_of(config, texts[:6])
    model = models.model(rng, pieces, kind)
    vocabulary = [entry[0] for entry in model["vocab"]] if model["type"] == "Unigram" else list(model["vocab"])
    tokens = [] if "added_tokens" in without else models.added_tokens(rng, texts, vocabulary)
    config = {"version": "1.0", "truncation": stages.truncation(rng) if rng.random() < 0.15 and "truncation" not in without else None,
              "padding": stages.padding(rng) if rng.random() < 0.15 and "padding" not in without else None, "added_tokens": tokens,
              "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None, **config, "model": model}
    contents = [token["content"] for token in tokens if token["content"]] or (["<s>"] if rng.random() < 0.2 else [])
    if contents:
        texts = [with_tokens(rng, text, contents) if rng.random() < 0.5 else text for text in texts]
    if rng.random() < 0.04:
        damage(rng, config)
    return config, requests(rng, config, texts, vocabulary)


def part_of(rng, text, longest=12):
    a = rng.randint(0, max(0, len(text) - longest))
    return text[a:a + longest]


def requests(rng, config, texts, vocabulary):
    out = []
    plain = not config.get("truncation") and not config.get("padding")
    for text in texts:
        add = rng.random() < 0.7
        out.append(["encode", text, None, add, False])
        if plain:
            out.append(["ids", text, add])
    for _ in range(3):
        a, b = rng.choice(texts), rng.choice(texts)
        if config.get("truncation"):  # the windows of a pair are those of one times those of the other, and have windows themselves
            a, b = part_of(rng, a), part_of(rng, b)
        out.append(["encode", a, b, rng.random() < 0.7, False])
    for _ in range(2):
        words = [[word for text in rng.sample(texts, rng.randint(1, 3)) for word in text.split(" ")[:rng.randint(1, 8)]] for _ in range(2)]
        if config.get("truncation"):
            words = [[part_of(rng, word, 3) for word in side[:5]] for side in words]
        out.append(["encode", words[0], words[1] if rng.random() < 0.4 else None, rng.random() < 0.7, True])
    size = len(vocabulary) + 4
    for length in 1, rng.randint(0, 4), rng.randint(5, 20), rng.randint(5, 40):
        out.append(["decode", [rng.randrange(size) for _ in range(length)], boolean(rng)])
    out.append(["json"])
    return out


boolean = stages.boolean
