"""Random stages of a tokenizer.json: normalizers, pre-tokenizers, post-processors, decoders, and what stands around them."""
import base64
import io
import random
import tempfile

from texts import SPACES, any_character, atom

BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
REGEXES = [
    GPT2, CL100K, CL100K.replace("{1,3}", ""),
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", r"\s+", r" {2,}", r"\s", r"\p{L}+", r"\p{N}", r"\d{1,3}(?=(?:\d{3})*\b)", r"[0-9]", r".", r"\w+", r"\W",
    r"[aeiou]", r"(a)(b)?", r"(?i)the|E", r"\X", r"\R", r"^", r"$", r"\b", r"", r"a*", r"a|", r"(?=o)", r"(?<=o)", r"(?<!\s)\s", r"[^\S ]+", r"[[:punct:]]+", r"[\p{P}\p{S}]",
    r"\p{Han}|\p{Hiragana}+", r"\p{Lu}", r"^\s+|\s+$", r"\A.", r".\z", r"\n", r"[\r\n]", r"(.)\1", r"\h+", r"e+?", r"(?:a|b)++", r"[^\s]+", r"\p{M}+", r"\p{Cc}", r"\p{Cn}",
    r"(?m:.+)", r"\s+(?!\S)", r"\S+", r"x{0}", r"[a-z&&[^e]]", r"\K", r"t\Kh", r"[À-ÿ]", r"é|ß", r"👍", r"\u0061", r"\x{61}", r"\p{Greek}", r"\p{^L}", r"\P{L}",
    "(", "[", "*a", r"\p{Foo}", r"a{2", r"(?<n>a)\k<n>", r"[]", "(?x: a b )", r"\Ga", r"(?~ab)", r"\p{Emoji}", r"\p{InBasicLatin}", r"\p{Script=Latin}", r"[\w-]+", r"\d+",
]


def short_string(rng):
    kind = rng.random()
    if kind < 0.1:
        return ""
    if kind < 0.6:
        return rng.choice(" ▁aeoxth##Ġ-.'")
    return "".join(atom(rng) for _ in range(rng.randint(1, 3)))


def pattern(rng):
    return {"Regex": rng.choice(REGEXES)} if rng.random() < 0.65 else {"String": short_string(rng)}


def boolean(rng):
    return rng.random() < 0.5


def sequence(rng, key, draw, depth):
    length = rng.choice([0, 1, 2, 2, 3, 3, 4])
    return {"type": "Sequence", key: [draw(rng, depth + 1) for _ in range(length)]}


def normalizer(rng, depth=0):
    if rng.random() < (0.3 if depth == 0 else 0.05) and depth < 3:
        return sequence(rng, "normalizers", normalizer, depth)
    kind = rng.choice(["BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Nmt", "Prepend", "Replace", "Replace", "Replace",
                       "Precompiled", "ByteLevel"])
    it = {"type": kind}
    if kind == "BertNormalizer":
        it.update(clean_text=boolean(rng), handle_chinese_chars=boolean(rng), strip_accents=rng.choice([None, True, False]), lowercase=boolean(rng))
    elif kind == "Strip":
        it.update(strip_left=boolean(rng), strip_right=boolean(rng))
    elif kind == "Prepend":
        it["prepend"] = short_string(rng)
    elif kind == "Replace":
        it.update(pattern=pattern(rng), content=short_string(rng))
    elif kind == "Precompiled":
        it["precompiled_charsmap"] = charsmap(rng)
    return it


def pre_tokenizer(rng, depth=0):
    if rng.random() < (0.3 if depth == 0 else 0.05) and depth < 3:
        return sequence(rng, "pretokenizers", pre_tokenizer, depth)
    kind = rng.choice(["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits", "CharDelimiterSplit", "UnicodeScripts", "FixedLength",
                       "Split", "Split", "Split", "ByteLevel", "ByteLevel", "Metaspace", "Metaspace"])
    it = {"type": kind}
    if kind == "Punctuation":
        it["behavior"] = rng.choice(BEHAVIORS)
    elif kind == "Digits":
        it["individual_digits"] = boolean(rng)
    elif kind == "CharDelimiterSplit":
        it["delimiter"] = (short_string(rng) or "e")[:1] if rng.random() < 0.95 else short_string(rng)
    elif kind == "FixedLength":
        it["length"] = rng.choice([1, 1, 2, 3, 5, 100]) if rng.random() < 0.98 else 0
    elif kind == "Split":
        it.update(pattern=pattern(rng), behavior=rng.choice(BEHAVIORS), invert=rng.random() < 0.3)
    elif kind == "ByteLevel":
        it.update(byte_level(rng))
    elif kind == "Metaspace":
        it.update(metaspace(rng))
    return it


def byte_level(rng):
    return {"type": "ByteLevel", "add_prefix_space": boolean(rng), "trim_offsets": boolean(rng), "use_regex": rng.random() < 0.7}


def metaspace(rng):
    replacement = rng.choice("▁▁▁▁_ xé") if rng.random() < 0.97 else short_string(rng)
    it = {"type": "Metaspace", "replacement": replacement, "prepend_scheme": rng.choice(["always", "never", "first"]), "split": boolean(rng)}
    if rng.random() < 0.15:
        it["add_prefix_space"] = boolean(rng)
    if rng.random() < 0.1:
        del it["prepend_scheme"]
    if rng.random() < 0.1:
        it["str_rep"] = "▁"
    return it


def post_processor(rng, depth=0):
    if rng.random() < (0.25 if depth == 0 else 0.05) and depth < 3:
        return sequence(rng, "processors", post_processor, depth)
    kind = rng.choice(["TemplateProcessing", "TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel"])
    it = {"type": kind}
    if kind == "ByteLevel":
        return byte_level(rng)
    if kind == "TemplateProcessing":
        return template(rng)
    it.update(sep=["[SEP]", rng.randint(0, 40)], cls=["[CLS]", rng.randint(0, 40)])
    if kind == "RobertaProcessing":
        it.update(trim_offsets=boolean(rng), add_prefix_space=boolean(rng))
    return it


def template(rng):
    names = rng.sample(["[CLS]", "[SEP]", "<s>", "</s>", "é", "A"], rng.randint(1, 3))

    def pieces(sequences):
        order = [{"Sequence": {"id": name, "type_id": rng.choice([0, 0, 1, 2])}} for name in sequences]
        for _ in range(rng.randint(0, 4)):
            order.insert(rng.randint(0, len(order)), {"SpecialToken": {"id": rng.choice(names), "type_id": rng.choice([0, 0, 1, 3])}})
        return order

    special = {}
    for name in names if rng.random() < 0.97 else names[1:]:
        n = rng.choice([1, 1, 1, 2, 3])
        ids = [rng.randint(0, 60) for _ in range(n)]
        special[name] = {"id": name, "ids": ids, "tokens": [name + str(i) * (n > 1) for i in range(n)]}
    single = rng.choice([["A"]] * 12 + [[], ["A", "A"], ["B"]])
    pair = rng.choice([["A", "B"], ["A", "B"], ["A", "B"], ["A", "B"], ["B", "A"], ["A"], ["A", "B", "A"]])
    return {"type": "TemplateProcessing", "single": pieces(single), "pair": pieces(pair), "special_tokens": special}


def decoder(rng, depth=0):
    if rng.random() < (0.4 if depth == 0 else 0.05) and depth < 3:
        return sequence(rng, "decoders", decoder, depth)
    kind = rng.choice(["ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "ByteFallback", "Fuse", "Strip", "Replace", "CTC"])
    it = {"type": kind}
    if kind == "ByteLevel":
        return byte_level(rng)
    if kind == "WordPiece":
        it.update(prefix=rng.choice(["##", "##", short_string(rng)]), cleanup=boolean(rng))
    elif kind == "Metaspace":
        it.update(metaspace(rng))
    elif kind == "BPEDecoder":
        it["suffix"] = rng.choice(["</w>", "</w>", short_string(rng)])
    elif kind == "Strip":
        it.update(content=(short_string(rng) or " ")[:1], start=rng.randint(0, 3), stop=rng.randint(0, 3))
    elif kind == "Replace":
        it.update(pattern=pattern(rng), content=short_string(rng))
    elif kind == "CTC":
        it.update(pad_token=rng.choice(["<pad>", "a", short_string(rng)]), word_delimiter_token=rng.choice(["|", "e", short_string(rng)]), cleanup=boolean(rng))
    return it


def truncation(rng):
    length = rng.choice([0, 1, 2, 3, 4, 5, 8, 20, 100])
    stride = rng.choice([0, 0, 1, 2, 3, 10])
    if stride >= length - 4 and rng.random() < 0.9:
        stride = 0
    return {"direction": rng.choice(["Right", "Left"]), "max_length": length, "strategy": rng.choice(["LongestFirst", "LongestFirst", "OnlyFirst", "OnlySecond"]),
            "stride": stride}


def padding(rng):
    return {"strategy": rng.choice(["BatchLongest", {"Fixed": rng.choice([0, 1, 5, 20, 50])}]), "direction": rng.choice(["Right", "Left"]),
            "pad_to_multiple_of": rng.choice([None, None, 0, 1, 4, 7]), "pad_id": rng.randint(0, 50), "pad_type_id": rng.choice([0, 0, 3]),
            "pad_token": rng.choice(["[PAD]", short_string(rng)])}


CHARSMAPS = []


def charsmap(rng):
    """Base64 of a SentencePiece normalisation table: its own ones, small ones of random rules, or a damaged one."""
    if not CHARSMAPS:
        CHARSMAPS.extend(make_charsmaps(random.Random(0)))  # the same ones whatever the seed
    text = rng.choice(CHARSMAPS if rng.random() < 0.1 else CHARSMAPS[2:])
    if rng.random() < 0.02:
        data = bytearray(base64.b64decode(text))
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        text = base64.b64encode(bytes(data[:rng.choice([len(data), rng.randrange(len(data))])])).decode()
    return text


def make_charsmaps(rng):
    import sentencepiece
    for rule in "nmt_nfkc", "nmt_nfkc_cf":
        yield base64.b64encode(table_of(train(sentencepiece, ["a b c"] * 3, normalization_rule_name=rule, vocab_size=7))).decode()
    for _ in range(6):
        rules = {}
        for _ in range(rng.randint(1, 40)):
            source = "".join(any_character(rng) if rng.random() < 0.4 else atom(rng)[0] for _ in range(rng.randint(1, 3)))
            target = "".join(atom(rng) for _ in range(rng.randint(0, 2)))
            if "\0" not in source + target:
                rules[source] = target
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            for source, target in sorted(rules.items()):
                file.write("\t".join(" ".join("%X" % ord(c) for c in side) for side in (source, target)) + "\n")
            file.flush()
            yield base64.b64encode(table_of(train(sentencepiece, ["a b c"] * 3, normalization_rule_tsv=file.name, vocab_size=7))).decode()


def train(sentencepiece, lines, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, hard_vocab_limit=False, minloglevel=2, **options)
    return model.getvalue()


def table_of(model):
    """normalizer_spec.precompiled_charsmap of a serialised ModelProto."""
    return field(field(model, 3), 2)


def field(message, wanted):
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 2:
            length = varint()
            if key >> 3 == wanted:
                return message[at:at + length]
            at += length
        elif key & 7 == 0:
            varint()
        else:
            at += {5: 4, 1: 8}[key & 7]
    return b""
