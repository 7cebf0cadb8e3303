"""Golden values of gamana/text/post: what tokenizers makes of truncation, special tokens, padding, and of its decoders.

  python tools/golden/post.py [FILE [CASES [SEED]]]        writes tests/golden/text/post.json (needs tokenizers)
"""
import json, os, random, sys
import tokenizers
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "post.json")
WORDS = ["a", "Ġb", "ĠĠc", "dĠ", "Ġ", " e", "\u3000f\u00a0", "ಗĠ", "ĠhĠĠ", "i", "j", "[C]", "[S]", "[PAD]"]
VOCABULARY = {word: i for i, word in enumerate(WORDS)}


def file(**parts):
    return json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                       "pre_tokenizer": None, "post_processor": None, "decoder": None,
                       "model": {"type": "WordLevel", "vocab": VOCABULARY, "unk_token": "a"}, **parts})


def sequence(name, type_id): return {"Sequence": {"id": name, "type_id": type_id}}
def special(name, type_id): return {"SpecialToken": {"id": name, "type_id": type_id}}


SPECIAL = {"C": {"id": "C", "ids": [11], "tokens": ["[C]"]}, "S": {"id": "S", "ids": [12, 3], "tokens": ["[SEP]", "x"]}}


def template(single, pair): return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": SPECIAL}


BERT = {"type": "BertProcessing", "sep": ["[S]", 12], "cls": ["[C]", 11]}
PROCESSORS = [
    None, BERT, {**BERT, "type": "RobertaProcessing", "trim_offsets": True, "add_prefix_space": True},
    {**BERT, "type": "RobertaProcessing", "trim_offsets": True, "add_prefix_space": False},
    {**BERT, "type": "RobertaProcessing", "trim_offsets": False, "add_prefix_space": False},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False},
    template([special("C", 0), sequence("A", 0), special("S", 0)],
             [special("C", 0), sequence("A", 0), special("S", 0), sequence("B", 1), special("S", 1)]),
    template([special("C", 3), sequence("A", 2)], [sequence("B", 0), sequence("A", 4), special("C", 1)]),
    template([sequence("A", 2), sequence("A", 1)], [special("C", 3), sequence("B", 0), sequence("B", 4), sequence("A", 1)]),
    template([], [special("C", 3)])]
PROCESSORS += [{"type": "Sequence", "processors": [PROCESSORS[i] for i in some]} for some in
               ([], [5, 8], [8, 5], [1, 8], [8, 1], [2, 2], [6, 1])]


def record(encoding):
    return {"ids": encoding.ids, "types": encoding.type_ids, "tokens": encoding.tokens, "offsets": encoding.offsets,
            "words": [-1 if w is None else w for w in encoding.word_ids], "special": encoding.special_tokens_mask,
            "attention": encoding.attention_mask,
            "sequences": [-1 if s is None else s for s in encoding.sequence_ids],
            "overflowing": [record(window) for window in encoding.overflowing]}


def words(rng): return [rng.choice(WORDS[:11]) for _ in range(rng.choice([0, 1, 1, 2, 3, 4, 5, 7]))]


def processing(rng):
    case = {"first": words(rng), "second": words(rng) if rng.random() < 0.5 else None, "special": rng.random() < 0.8,
            "processor": rng.choice(PROCESSORS), "truncation": None, "padding": None}
    if rng.random() < 0.7:
        case["truncation"] = {"direction": rng.choice(["Left", "Right"]), "max_length": rng.randint(0, 9),
                              "strategy": rng.choice(["LongestFirst", "LongestFirst", "OnlyFirst", "OnlySecond"]),
                              "stride": rng.choice([0, 0, 0, 1, 1, 2, 3])}
    if rng.random() < 0.4:
        case["padding"] = {"strategy": rng.choice(["BatchLongest", {"Fixed": rng.randint(0, 12)}]),
                           "direction": rng.choice(["Left", "Right"]), "pad_to_multiple_of": rng.choice([None, 0, 3]),
                           "pad_id": rng.choice([13, 2]), "pad_type_id": 5, "pad_token": "[PAD]"}
    plain = Tokenizer.from_str(file())
    empty = lambda text: {"words": text, **record(plain.encode(text, is_pretokenized=True))}
    try:
        tokenizer = Tokenizer.from_str(file(post_processor=case["processor"], truncation=case["truncation"], padding=case["padding"]))
        case["result"] = record(tokenizer.encode(case["first"], case["second"], is_pretokenized=True, add_special_tokens=case["special"]))
    except BaseException:  # panics are no Exception
        case["result"] = None
    case["first"] = empty(case["first"])
    case["second"] = case["second"] and empty(case["second"]) if case["second"] != [] else empty([])
    return case


TOKENS = ["a", "b", "ab", ".", ",", "'", "n't", "'s", "do", "not", "##b", "##", "##.", "▁", "▁a", "▁▁a▁b", "▁.", "a</w>", "</w>", "b</w>c</w>",
          "Ġa", "Ġ", "ĠĠa", "âĤ", "¬", "ð", "Ł", "ĺ", "Ģ", "Ã", "€", "é", " ", "  ", " a ", "ಗ", "x y", "<0x61>", "<0xE2>", "<0x82>",
          "<0xAC>", "<0xe0>", "<0xB2>", "<0x97>", "<0xFF>", "<0x20>", "<0x+5>", "<0x0G>", "<pad>", "|", "| .", "<s>", "", "aa", "aaa",
          "\u3000", " '", " do not "]
REPLACE = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
FALLBACK, FUSE, STRIP = {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}
LEVEL = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
DECODERS = [
    None, LEVEL, REPLACE, FALLBACK, FUSE, STRIP, METASPACE, {**METASPACE, "prepend_scheme": "never"}, {**METASPACE, "prepend_scheme": "first"},
    {"type": "Metaspace", "replacement": "a", "add_prefix_space": True}, {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": False}, {"type": "WordPiece", "prefix": "", "cleanup": True},
    {"type": "BPEDecoder", "suffix": "</w>"}, {"suffix": ""}, {**STRIP, "start": 2}, {**STRIP, "content": "a", "start": 1},
    {"type": "Replace", "pattern": {"String": ""}, "content": "-"}, {"type": "Replace", "pattern": {"String": "aa"}, "content": "$1b"},
    {"type": "Replace", "pattern": {"Regex": "(a*)"}, "content": "$1-"}, {"type": "Replace", "pattern": {"Regex": "\\s+|▁$"}, "content": "_"},
    {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
    {"type": "CTC", "pad_token": "a", "word_delimiter_token": "", "cleanup": True},
    {"type": "CTC", "pad_token": "", "word_delimiter_token": "|", "cleanup": False}]
DECODERS += [{"type": "Sequence", "decoders": chain} for chain in (
    [], [REPLACE, FALLBACK, FUSE, STRIP], [REPLACE, FALLBACK, FUSE], [FALLBACK, METASPACE], [METASPACE, FALLBACK], [REPLACE, LEVEL],
    [FUSE, {**STRIP, "start": 3}], [FUSE, {**STRIP, "start": 1, "stop": 1}], [FUSE, REPLACE], [FUSE, LEVEL], [LEVEL, STRIP], [FALLBACK, STRIP],
    [{"suffix": "</w>"}, FALLBACK], [FALLBACK, {"suffix": "</w>"}], [{"type": "Sequence", "decoders": [REPLACE, FALLBACK]}, FUSE],
    [FALLBACK, {"type": "Replace", "pattern": {"String": "a"}, "content": "\u2581"}, METASPACE], [STRIP, REPLACE, {**STRIP, "start": 0, "stop": 1}])]
CTC = {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True}
WHOLE = [{"type": "Sequence", "decoders": chain} for chain in (  # repeated tokens, and both ends of a fused text
    [CTC], [CTC, FUSE, {**STRIP, "stop": 2}], [CTC, FALLBACK], [CTC, METASPACE], [CTC, LEVEL], [CTC, REPLACE, FUSE], [CTC, CTC], [REPLACE, CTC], [FUSE, CTC],
    [FUSE, {**STRIP, "start": 0, "stop": 1}], [REPLACE, FALLBACK, FUSE, {**STRIP, "start": 1, "stop": 3}], [LEVEL, {**STRIP, "start": 2, "stop": 2}],
    [FUSE, {**STRIP, "content": "a", "start": 2, "stop": 2}, STRIP], [FUSE, STRIP, REPLACE])]
SPECIAL_IDS = [48, 51]


def decoding(rng, decoders):
    decoder = rng.choice(decoders)
    part = rng.sample(range(len(TOKENS)), rng.randint(1, 8)) if rng.random() < 0.7 else range(len(TOKENS))
    ids = [rng.choice(part) for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 20]))]
    if rng.random() < 0.2:
        ids.insert(rng.randint(0, len(ids)), 999)
    skip = rng.random() < 0.5
    tokenizer = Tokenizer.from_str(json.dumps({**json.loads(file(decoder=decoder)),
        "model": {"type": "WordLevel", "vocab": {t: i for i, t in enumerate(TOKENS)}, "unk_token": "a"},
        "added_tokens": [{"id": i, "content": TOKENS[i], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                          "special": True} for i in SPECIAL_IDS]}))
    try:
        text = tokenizer.decode(ids, skip_special_tokens=skip)
    except BaseException:  # Strip of both ends of too short a text
        return decoding(rng, decoders)
    return {"decoder": decoder, "ids": ids, "skip": skip, "text": text}


def templates():
    rows = []
    for single, pair in [("$A", "$A $B"), ("$A [C]", "$A $B"), ("$A", "$A"), ("$A", "$B $B"), ("$A:1:2", "$A $B"), ("$C", "$A $B"), ("$A  $A", "$A $B"),
                         ("", "$A $B"), ("$7 $:3 $b:2", "$A $B:1"), ("$A:x", "$A $B"), ("x:3:", "$A $B"), ("$+3", "$A $B"), ("$-3", "$A $B"),
                         ("$A:", "$A $B"), ("[S]:1 $a", "[S] $0 [S] $B:1 [S]:1"), ("[S]:4294967296", "$A $B")]:
        try:
            tokenizer = Tokenizer.from_str(file())
            tokenizer.post_processor = TemplateProcessing(single=single, pair=pair, special_tokens=[("[S]", 3), ("", 2)])
            result = json.loads(tokenizer.to_str())["post_processor"]
        except BaseException:
            result = None
        rows.append({"single": single, "pair": pair, "result": result})
    return rows


path, cases, seed = (sys.argv[1:] + [OUT, "100", "1"][len(sys.argv) - 1:])[:3]
rng = random.Random(int(seed))
with open(path, "w") as f:
    json.dump({"versions": {"tokenizers": tokenizers.__version__}, "words": WORDS, "tokens": TOKENS, "special_ids": SPECIAL_IDS,
               "templates": templates(), "processing": [processing(rng) for _ in range(int(cases))],
               "decoding": [decoding(rng, DECODERS) for _ in range(4 * int(cases))] + [decoding(rng, WHOLE) for _ in range(int(cases))]}, f, ensure_ascii=False, separators=(",", ":"))
    f.write("\n")
