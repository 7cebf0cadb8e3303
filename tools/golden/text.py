"""Golden values of gamana/text: small Marian folders and what transformers' MarianTokenizer makes of lines in them.

  python tools/golden/text.py        writes tests/golden/text/ (needs transformers, sentencepiece)

The text is made up here, in several scripts. The models have a normalisation table of their own, a part of nmt_nfkc,
because the whole one would be four times as large as everything else together.
"""
import contextlib, io, json, os, random, shutil, sys, tempfile, unicodedata
import sentencepiece, transformers
from transformers import MarianTokenizer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text")
SOURCE = ["the", "a", "small", "dog", "cats", "runs", "running", "over", "street", "streets", "water", "children", "play",
          "in", "with", "red", "bicycle", "bicycles", "and", "man", "woman", "singing", "song", "1984", "2024", "don't",
          "ಗಮನ", "ನಾಯಿ", "ನೀರು", "ಮಕ್ಕಳು", "ರಸ್ತೆ", "ಹಾಡು", "собака", "вода", "дети", "улица", "σκύλος", "νερό", "δρόμος"]
TARGET = ["der", "die", "das", "ein", "eine", "kleiner", "Hund", "Hunde", "Straße", "Straßen", "läuft", "laufen", "über",
          "Wasser", "Kinder", "spielen", "mit", "rotem", "Fahrrad", "und", "Mann", "Frau", "singt", "Lied", "1984",
          "ಗಮನ", "ನಾಯಿ", "ನೀರು", "水", "孩子", "街道", "自行车", "犬", "みず", "こども", "الماء", "كلب", "الشارع"]
LINES = [
    "", " ", "   ", "\t", "\n", "a", "the small dog runs over the street.", "The Small Dog", "  two   spaces  inside  ",
    "trailing space ", " leading space", "tab\tin\tside", "line\nfeed", "carriage\rreturn", "\r\n", "ಗಮನ", "ಗಮನ ನೀರು",
    "ನಾಯಿ ರಸ್ತೆ ಹಾಡು ಮಕ್ಕಳು", "ಕ್ಷ ಜ್ಞ ಶ್ರೀ", "собака и вода", "ΣΚΎΛΟΣ σκύλος", "Die Straße läuft über", "STRASSE STRAßE ẞ",
    "水と犬", "孩子在街道上骑自行车。", "الماء كلب الشارع", "😀", "dog 😀😀 cats", "👨‍👩‍👧‍👦 family", "🇮🇳 flag", "👍🏽", "e\u0301 é",
    "a\u0300\u0301\u0302\u0303 stacked", "ﬁne ﬂower ﬀ", "ＦＵＬＬ　ｗｉｄｔｈ", "① ② Ⅳ ½", "x² H₂O", "№ ™ ℃", "\u00a0nbsp\u00a0here",
    "\u2009thin\u200aspaces\u3000", "zero\u200bwidth", "joiner\u200d \u200c", "\ufeffbom", "soft\u00adhyphen",
    "\u0001control\u0002", "nul\u0000inside", "\u007fdel", "\u0085next", "\u2028line\u2029paragraph", "bidi \u202eoverride",
    "unknown ☃ ✈ Ѫ", "ꙮ", "𝔘𝔫𝔦", "🄰", "\U000e0041", "\ufffd", "\uffff", "\u2581", "▁▁ the ▁dog", "a▁b", "dog\u2581",
    "don't", "“quoted” ‘single’", "a–b—c", "«guillemets»", "...", "…", "?!", "1984 2024 3.14159 1,000", "1234567890" * 2,
    "a" * 60, "ಗ" * 30, "the" * 30, "dog" * 15 + "☃" * 15, "xyz" * 15 + " end",
    "DON'T", "İstanbul ISPARTA ı",
    "ΑΣ ΑΣΑ Σ ΑΣ. ΑΣ΄Β", "ǅ Ǆ ǆ", "https://example.org/a?b=c&d=%20", "mail@example.org", "C++ #include <vector>", "\\n \\t",
]
SPECIAL = [
    "</s>", "<unk>", "<pad>", "<s>",
    "the </s> dog", "the</s>dog", "a<unk>b", "<pad><pad>", "</s </s> s>", "<<unk>>", "<unk", "dog </s>", " </s> ",
    ">>kan<< the dog", ">>kan<<the dog", ">>xyz<< dog", ">>kan dog", ">> << dog", " >>kan<< dog", "dog >>kan<< dog",
    ">>kan<<", "</s>>>kan<< dog", "<ent> dog", "dog<ent>", "dog <left> cat <left>x", "cat<right>  dog", "keep<word>this",
    "dog\u0085 <left>\u0085 cat", "dog\u0085 <right>\u0085 cat",
    "the dog . runs ? over ! a , street", "do n't it 's we 've they 're i 'm a ' b",
]


def corpus(words, seed):
    rng = random.Random(seed)
    return [" ".join(rng.choice(words) for _ in range(rng.randint(3, 9))) + rng.choice([".", "!", "?", ""]) for _ in range(600)]


def rules(path):
    """A part of nmt_nfkc: compatibility characters, control characters that vanish, white space that becomes a space."""
    with open(path, "w") as f:
        for c in [*range(1, 9), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F]:
            f.write(f"{c:X}\t\n")
        for c in [9, 10, 12, 13, 0x1680, *range(0x200B, 0x2010), 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD]:
            f.write(f"{c:X}\t20\n")
        for c in [*range(0xA0, 0x180), *range(0x2000, 0x200B), *range(0x2070, 0x20A0), *range(0x2150, 0x2170),
                  *range(0x2460, 0x2474), 0x3000, *range(0xFB00, 0xFB07), *range(0xFF01, 0xFF5F)]:
            to = unicodedata.normalize("NFKC", chr(c))
            if to != chr(c):
                f.write(f"{c:X}\t{' '.join(f'{ord(t):X}' for t in to)}\n")
        f.write("65 301\tE9\n61 300\tE0\n")


def train(words, seed, **options):
    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # the model holds the file's name
        rules("rules.tsv")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus(words, seed)), model_writer=model, hard_vocab_limit=False, num_threads=1,
            normalization_rule_tsv="rules.tsv", minloglevel=3, bos_id=-1, eos_id=0, unk_id=1, character_coverage=1.0, **options)
    return model.getvalue()


def pieces(model):
    spm = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [spm.id_to_piece(i) for i in range(spm.get_piece_size())][2:]


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode())


def token(text, **settings):
    return {"content": text, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, **settings}


def answers(folder, separate):
    tok, out = MarianTokenizer.from_pretrained(folder), []
    for line in LINES[::2] + SPECIAL if separate else LINES + SPECIAL:
        row = {"text": line, "source_pieces": tok.tokenize(line), "source": tok(line).input_ids}
        row["target"] = tok(text_target=line).input_ids
        tok._switch_to_target_mode()
        row["target_pieces"] = tok.tokenize(line)
        tok._switch_to_input_mode()
        row["decoded_target"] = tok.decode(row["target"], skip_special_tokens=True)
        if not separate:  # with two vocabularies MarianTokenizer decodes by the target's alone
            row["decoded_source"] = tok.decode(row["source"], skip_special_tokens=True, use_source_tokenizer=True)
        out.append(row)
    return {"end": tok.eos_token_id, "unknown": tok.unk_token_id, "pad": tok.pad_token_id, "size": len(tok), "lines": out}


for name in ("joint", "separate"):
    shutil.rmtree(os.path.join(OUT, name), ignore_errors=True)
source = train(SOURCE, 1, model_type="unigram", vocab_size=150)
target = train(TARGET, 2, model_type="bpe", vocab_size=170)
bytes_model = train(SOURCE, 3, model_type="unigram", vocab_size=400, byte_fallback=True, split_digits=True)
joint, separate = os.path.join(OUT, "joint"), os.path.join(OUT, "separate")
for folder, first, second in ((joint, source, target), (separate, bytes_model, target)):
    os.makedirs(folder)
    write(folder, "source.spm", first)
    write(folder, "target.spm", second)

# One vocabulary as OPUS-MT makes them: pieces of both models in one order; some are left out and become unknown.
both = sorted(set(pieces(source)) | set(pieces(target)))
both = [p for i, p in enumerate(both) if i % 17 != 5]
write(joint, "vocab.json", {p: i for i, p in enumerate(["</s>", "<unk>", ">>kan<<", *both, "<pad>"])})
write(joint, "tokenizer_config.json", {"source_lang": "eng", "target_lang": "deu", "model_max_length": 512,
      "additional_special_tokens": ["<ent>"]})
write(joint, "special_tokens_map.json", {"eos_token": token("</s>"), "unk_token": "<unk>", "pad_token": "<pad>",
      "mask_token": token("<left>", lstrip=True)})
write(joint, "added_tokens.json", {"<word>": len(both) + 4, "<right>": len(both) + 5})

# Two vocabularies whose special ids differ, tokens added in all ways, spaces cleaned up.
write(separate, "vocab.json", {p: i for i, p in enumerate(["<pad>", "</s>", "<unk>", *pieces(bytes_model), "<word>"])})
write(separate, "target_vocab.json", {p: i for i, p in enumerate(["</s>", "<unk>", *pieces(target), "<pad>"])})
size = len(pieces(bytes_model)) + 4
write(separate, "tokenizer_config.json", {"separate_vocabs": True, "clean_up_tokenization_spaces": True,
      "extra_special_tokens": ["<ent>"], "eos_token": "</s>", "added_tokens_decoder": {
          "0": token("<pad>", special=True), "1": token("</s>", special=True), "2": token("<unk>", special=True),
          str(size): token("<left>", lstrip=True), str(size + 1): token("<right>", rstrip=True, special=True)}})

write(OUT, "golden.json", {
    "versions": {"transformers": transformers.__version__, "sentencepiece": sentencepiece.__version__,
                 "python": sys.version.split()[0], "unicode": unicodedata.unidata_version},
    "joint": answers(joint, False), "separate": answers(separate, True)})
characters = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
write(OUT, "unicode.json", {
    "lower": {c: c.lower() for c in characters if c.lower() != c},
    "lower_lines": {t: t.lower() for t in LINES if t.lower() != t},
    "spaces": [ord(c) for c in characters if c.isspace()]})
