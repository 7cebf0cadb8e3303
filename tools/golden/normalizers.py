"""Golden values of gamana/text/normalizers: texts that tokenizers normalises, and where each byte comes from.

  python tools/golden/normalizers.py        writes tests/golden/text/normalizers.json (needs tokenizers)

A model of single bytes shows the sources: its tokens have the offsets of the bytes of the normalised text.
"""
import base64, itertools, json, os, struct
import tokenizers
from tokenizers import Tokenizer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "normalizers.json")
TEXTS = [
    "", " ", "a", "Hello World", "  two  spaces\tand\nlines \r\n", "ÀÉÎõü ÅÄÖ ÇÑ", "A\u0301e\u0301\u0323 o\u0323\u0302\u0301x",
    "q\u0307\u0323 \u0323\u0307 \u0301", "İSTANBUL ıİ K Å ẞ Ⱥ", "ΑΣ ς ΣΑΣ", "ﬁﬂ ½ ① Ⅳ ﷺ ㌀ ｶﾞ", "한국어 각 \u1112\u1161\u11ab \uac00\u11a8",
    "中国 字a㐀豈 \U00020000 \U0002b825", "ಗಮನ ಕ್ಷಿ ಕೊ \u0cc6\u0cc2\u0cd5", "हिन्दी क\u093cक़ क्ष", "\x00\x01a\x7f\x80\u200bz\ufeff\ufffd\xad",
    "\u00a0\u2003x\u3000\u0085\u2028\u1680", "😀👍🏽👩\u200d👧 🇮🇳", "e\u20dd\u0301 ©\u0301 ®\ufe0f \u0600b", "\u0344\u0f73 \u0958\ufb4e \U0001d15e",
    "x\r\ny\n\rz\r", "``quoted'' a  b   c", "\t\x01lead", "a\x01\x02b\u0303", "\x02\x02ab e\u0301\u0301c①\x01①\x01\x01d",
]
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
REPLACED = {"\t": " ", "\x01": "", "\x02": "", "a": "b", "ﬁ": "fi", "é": "e", "e\u0301": "E", "①": "(1)", "\r": "", "\u0303": "~~",
            "\r\n": "N", "ab": "Z", "中": "", "x\u0302y": "q", "ﷺ": "ab cd", "©": "(c)", "\u00a0": " "}


def charsmap(pairs):
    """SentencePiece's table of replacements: a double array, in which a node's children stand at its base ^ byte."""
    root, pool = {}, b""
    for key, value in pairs.items():
        node = root
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(pool)  # the replacement stands at the base itself
        pool += value.encode() + b"\0"
    units, bases = {0: 0}, set()

    def place(node, at):
        base = next(b for b in itertools.count(1) if b not in bases and all(b ^ byte not in units for byte in node))
        bases.add(base)
        units[at] |= (at ^ base) << 10 | (0 in node) << 8
        for byte in node:
            units[base ^ byte] = byte if byte else 1 << 31 | node[0]
        for byte, child in node.items():
            if byte:
                place(child, base ^ byte)

    place(root, 0)
    size = max(units) + 1
    table = struct.pack(f"<{size + 1}I", 4 * size, *(units.get(i, 0) for i in range(size))) + pool
    return base64.b64encode(table).decode()


def replace(kind, pattern, content):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def sequence(*parts):
    return {"type": "Sequence", "normalizers": list(parts)}


NORMALIZERS = [
    *({"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel")),
    BERT, {**BERT, "lowercase": False}, {**BERT, "strip_accents": False}, {**BERT, "clean_text": False, "lowercase": False},
    *({"type": "Strip", "strip_left": left, "strip_right": not left} for left in (True, False)),
    {"type": "Strip", "strip_left": True, "strip_right": True},
    *({"type": "Prepend", "prepend": prefix} for prefix in ("▁", "", "ab")),
    replace("String", " ", "▁"), replace("String", "", "x"), replace("String", "aa", ""), replace("String", "''", '"'),
    replace("Regex", " {2,}", "▁"), replace("Regex", "^", "▁"), replace("Regex", r"(?<=[a-c])|\s", "-"),
    {"type": "Precompiled", "precompiled_charsmap": "CHARSMAP"},
    sequence({"type": "Prepend", "prepend": "▁"}, replace("String", " ", "▁")),
    sequence({"type": "Precompiled", "precompiled_charsmap": "CHARSMAP"}, {"type": "Strip", "strip_left": False, "strip_right": True},
             replace("Regex", " {2,}", "▁")),
    sequence({"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "NFC"}, {"type": "ByteLevel"}),
    sequence(replace("Regex", "^", "xy"), {"type": "StripAccents"}),
]


def main():
    table = charsmap(REPLACED)
    cases = []
    for normalizer in NORMALIZERS:
        stage = json.loads(json.dumps(normalizer).replace("CHARSMAP", table))
        peer = Tokenizer.from_str(json.dumps({
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": stage, "pre_tokenizer": None,
            "post_processor": None, "decoder": None,
            "model": {"type": "BPE", "byte_fallback": True, "vocab": {f"<0x{i:02X}>": i for i in range(256)}, "merges": []}}))
        texts = []
        for text in TEXTS:
            try:
                encoding = peer.encode(text)
            except BaseException:  # it panics on what a Replace of an empty match put before the text
                continue
            spans = [[len(list(group)), *span] for span, group in itertools.groupby(encoding.offsets)]
            texts.append([text, bytes(encoding.ids).decode(), [n for span in spans for n in span]])
        cases.append({"normalizer": normalizer, "texts": texts})
    with open(OUT, "w") as f:
        json.dump({"tokenizers": tokenizers.__version__, "charsmap": table, "cases": cases}, f, ensure_ascii=False,
                  separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
