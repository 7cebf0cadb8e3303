"""Writes gamana/text/unicode/tables.inc: what the stages of a tokenizer.json know of each character.

  python tools/unicode_tables.py        needs tokenizers

The peer is built from libraries whose Unicode versions differ, so every answer comes from asking the peer itself and none
from Python's unicodedata. A table is a list of [run length, value] for the code points in blocks of 128, each different
block once, and the list of the blocks.
"""
import base64, functools, itertools, json, os, struct, sys
import tokenizers
from tokenizers import Tokenizer, normalizers, pre_tokenizers

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gamana", "text", "unicode", "tables.inc")
ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
BLOCK = 128

FLAGS = ["white_space", "numeric", "punctuation", "word", "bert_control", "bert_chinese", "nonspacing_mark",
         "combining_mark", "bert_space", "nfd_acts", "nfkd_acts", "nfc_acts", "nfkc_acts", "lower_acts", "composes_back"]


def splits(pre_tokenizer, text):
    return [piece for piece, _ in pre_tokenizer.pre_tokenize_str(text)]


def flag_sets():
    """The properties that one question to a stage answers."""
    bert = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    stage = lambda **on: normalizers.BertNormalizer(**{**bert, **on}).normalize_str
    clean, chinese, accents = stage(clean_text=True), stage(handle_chinese_chars=True), stage(strip_accents=True)
    strip, strip_accents = normalizers.Strip().normalize_str, normalizers.StripAccents().normalize_str
    space, bert_split = pre_tokenizers.WhitespaceSplit(), pre_tokenizers.BertPreTokenizer()
    punctuation, digits = pre_tokenizers.Punctuation(), pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.Whitespace()
    sets = {name: set() for name in FLAGS}
    for c in ALL:
        x = chr(c)
        text = f"a{x}a"
        if len(splits(space, text)) == 2:
            sets["white_space"].add(c)
        assert (strip(x) == "") == (c in sets["white_space"]), hex(c)
        if len(splits(digits, text)) == 3:
            sets["numeric"].add(c)
        if len(splits(punctuation, text)) == 3:
            sets["punctuation"].add(c)
        pieces = splits(bert_split, text)
        assert len(pieces) == (3 if c in sets["punctuation"] else 2 if c in sets["white_space"] else 1), hex(c)
        pieces = splits(words, text)
        if len(pieces) == 1:
            sets["word"].add(c)
        assert len(pieces) == 1 or len(pieces) == (2 if c in sets["white_space"] else 3), hex(c)
        cleaned = clean(text)
        if cleaned == "aa":
            sets["bert_control"].add(c)
        elif cleaned == "a a" and x != " ":
            sets["bert_space"].add(c)
        else:
            assert cleaned == text, hex(c)
        spaced = chinese(text)
        if spaced == f"a {x} a":
            sets["bert_chinese"].add(c)
        else:
            assert spaced == text, hex(c)
        if accents(x) == "":
            sets["nonspacing_mark"].add(c)
        if strip_accents(x) == "":
            sets["combining_mark"].add(c)
    return sets


def forms(sets):
    """Decompositions, combining classes (their order is what counts) and compositions; adds the flags of the four forms."""
    nfd, nfkd, nfc, nfkc = (getattr(normalizers, f)().normalize_str for f in ("NFD", "NFKD", "NFC", "NFKC"))
    hangul = range(0xAC00, 0xD7A4)
    canonical = {c: nfd(chr(c)) for c in ALL if nfd(chr(c)) != chr(c)}
    compatible = {c: nfkd(chr(c)) for c in ALL if nfkd(chr(c)) != chr(c)}
    for c in hangul:
        l, v, t = (c - 0xAC00) // 588, (c - 0xAC00) % 588 // 28, (c - 0xAC00) % 28
        parts = chr(0x1100 + l) + chr(0x1161 + v) + (chr(0x11A7 + t) if t else "")
        assert canonical.pop(c) == compatible.pop(c) == parts and nfc(parts) == chr(c), hex(c)

    # A mark of a class above 1 goes behind one of class 1 (U+0334); one below the highest class before one of that (U+0345).
    swaps = lambda a, b: nfd(chr(a) + chr(b)) == chr(b) + chr(a)
    marks = [c for c in ALL if c not in canonical and c not in hangul and (swaps(c, 0x334) or swaps(0x345, c))]
    marks.sort(key=functools.cmp_to_key(lambda a, b: swaps(a, b) - swaps(b, a)))
    classes, last = {}, 0
    for before, c in zip([None] + marks, marks):
        last += before is None or swaps(c, before)
        classes[c] = last

    pairs = {}
    for c, parts in canonical.items():
        if nfc(parts) == chr(c) == nfc(chr(c)):
            first = nfc(parts[:-1])
            assert len(first) == 1 and nfc(first + parts[-1]) == chr(c), hex(c)
            pairs[ord(first), ord(parts[-1])] = c
    seconds = {b for _, b in pairs}
    for a, b in itertools.product({a for a, _ in pairs} | set(pairs.values()), seconds):
        reordered = nfd(chr(a) + chr(b)) != nfd(chr(a)) + nfd(chr(b))
        assert ((a, b) in pairs) == (len(nfc(chr(a) + chr(b))) == 1) or reordered, (hex(a), hex(b))

    jamo = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    sets["composes_back"] = seconds | jamo
    sets["nfd_acts"] = set(canonical) | set(hangul) | set(classes)
    sets["nfkd_acts"] = set(compatible) | set(hangul) | set(classes)
    unstable = lambda form: {c for c in ALL if form(chr(c)) != chr(c)} | seconds | jamo | set(classes)
    sets["nfc_acts"], sets["nfkc_acts"] = unstable(nfc), unstable(nfkc)
    return canonical, compatible, classes, pairs


def lower_case(sets):
    """Distances to the lower case, and the only character that becomes two."""
    lower = normalizers.Lowercase().normalize_str
    mapped = {c: lower(chr(c)) for c in ALL if lower(chr(c)) != chr(c)}
    sets["lower_acts"] = set(mapped)
    assert {c for c in mapped if len(mapped[c]) > 1} == {0x130} and mapped[0x130] == "i\u0307"
    return {c: ord(to[0]) - c for c, to in mapped.items()}


def scripts():
    """Numbers of the scripts as UnicodeScripts tells them apart; 0 joins any."""
    stage = pre_tokenizers.UnicodeScripts()
    apart = lambda a, b: len(splits(stage, chr(a) + chr(b))) == 2
    of, examples, last = {}, [], 0
    for c in ALL:
        if not apart(ord("a"), c) and not apart(0x4E00, c):
            of[c] = 0
        elif last and not apart(examples[last - 1], c):
            of[c] = last
        else:
            last = next((i + 1 for i, e in enumerate(examples) if not apart(e, c)), 0)
            if not last:
                examples.append(c)
                last = len(examples)
            of[c] = last
    return of


def charsmap():
    """A table that makes an X of each grapheme cluster below six bytes, and of each character of a longer one.

    Every byte alone is a key of the double array, and the shortest prefix replaces a cluster whole.
    """
    units = [0] * 768
    units[0] = 256 << 10
    for byte in range(1, 256):
        units[256 ^ byte] = byte | 1 << 8 | ((256 ^ byte) ^ 512) << 10
    units[512] = 1 << 31
    return struct.pack("<I768I", 4 * 768, *units) + b"X\0"


GRAPHEME = ["other", "cr", "lf", "control", "extend", "zwj", "spacing_mark", "prepend", "l", "v", "t", "lv", "lvt",
            "pictographic", "conjunct_extend", "conjunct_linker", "conjunct_consonant"]


def graphemes():
    """Classes of UAX 29, as far as clusters below six bytes show them."""
    mark = normalizers.Precompiled(charsmap()).normalize_str
    text = lambda *cs: "".join(map(chr, cs))
    # Whether a and b belong together: if not, the acute behind b makes a short cluster with b.
    joined = lambda *cs: len(mark(text(*cs, 0x301))) == len(cs) + 1
    KA, VIRAMA, COPYRIGHT, ZWJ, L, V, T = 0x915, 0x94D, 0xA9, 0x200D, 0x1100, 0x1161, 0x11A8
    assert joined(KA, VIRAMA, KA) and not joined(KA, KA) and joined(COPYRIGHT, ZWJ, COPYRIGHT) and joined(L, V)
    of = {0x0D: "cr", 0x0A: "lf", ZWJ: "zwj"}
    assert mark("\r\n") == "X" and mark("\n\r") == "XX"
    for c in ALL:
        if c in of:
            continue
        joins_back, joins_next = mark("a" + chr(c)) == "X", mark(chr(c) + "b") == "X"
        assert not (joins_back and joins_next), hex(c)
        before = joined(c, V), joined(c, T), joined(c, L)
        if joins_back:
            if not joined(COPYRIGHT, c, ZWJ, COPYRIGHT):
                of[c] = "spacing_mark"
            elif joined(KA, c, KA):
                of[c] = "conjunct_linker"
            elif joined(KA, c, VIRAMA, KA):
                of[c] = "conjunct_extend"
            else:
                of[c] = "extend"
        elif joins_next:
            of[c] = "prepend"
        elif c < 0x10000 and mark(text(c, 0x301)) == "XX":
            of[c] = "control"
        elif joined(c, ZWJ, COPYRIGHT):
            of[c] = "pictographic"
        elif joined(c, VIRAMA, KA):
            of[c] = "conjunct_consonant"
        elif before == (True, False, True):
            of[c] = "l"
        elif before == (True, True, False):
            of[c] = "lv" if c < 0x10000 and joined(L, c) and not joined(V, c) else "v"
        elif before == (False, True, False):
            of[c] = "lvt" if joined(L, c) else "t"
        else:
            assert not any(before), hex(c)
    assert joined(KA, ZWJ, VIRAMA, KA)
    return {c: GRAPHEME.index(name) for c, name in of.items()}


def runs(values):
    return [(len(list(group)), value) for value, group in itertools.groupby(values)]


def table(name, values, kind=None):
    """values: {code point: value}, 0 elsewhere. Without a kind the runs alone, for properties.h."""
    numbers, order, blocks = {}, [], []
    for start in range(0, 0x110000, BLOCK):
        block = tuple(values.get(c, 0) for c in range(start, start + BLOCK))
        if block not in numbers:
            numbers[block] = len(order)
            order.append(block)
        blocks.append(numbers[block])
    out = []
    for part, part_values, part_kind in (("blocks", blocks, "uint8_t" if len(order) < 257 else "uint16_t"),
                                         ("values", itertools.chain(*order), kind)):
        pairs = runs(part_values)
        out.append(f"constexpr Run k{name}{part.capitalize()}Runs[] = {{" +
                   ",".join(f"{{{length},{value}}}" for length, value in pairs) + "};")
        size = sum(length for length, _ in pairs)
        if kind:
            out.append(f"constexpr auto k{name}{part.capitalize()} = expand<{part_kind}, {size}>(k{name}{part.capitalize()}Runs);")
    return out


def strings(name, texts):
    """One literal with all of them; {code point: place << 6 | bytes}."""
    pool, places = b"", {}
    for c, to in sorted(texts.items(), key=lambda item: (-len(item[1]), item)):
        data = to.encode()
        assert len(data) < 64
        at = pool.find(data)
        while at >= 0 and pool[at] & 0xC0 == 0x80:
            at = pool.find(data, at + 1)
        if at < 0:
            at, pool = len(pool), pool + data
        places[c] = at << 6 | len(data)
    return [f"constexpr char k{name}[] = \"" + "".join(f"\\{b:03o}" for b in pool) + "\";"], places


def main():
    sets = flag_sets()
    canonical, compatible, classes, pairs = forms(sets)
    distances = lower_case(sets)
    unique = sorted(set(distances.values()))
    assert all(name in sets for name in FLAGS) and len(FLAGS) <= 16
    flags = {}
    for bit, name in enumerate(FLAGS):
        for c in sets[name]:
            flags[c] = flags.get(c, 0) | 1 << bit
    literal, canonical_places = strings("Decompositions", {**{(0, c): t for c, t in canonical.items()},
                                                           **{(1, c): t for c, t in compatible.items()}})
    places = {kind: {c: canonical_places[kind, c] for c in source} for kind, source in ((0, canonical), (1, compatible))}
    lines = [f"// Made by python tools/unicode_tables.py with tokenizers {tokenizers.__version__}."]
    lines += table("Flags", flags) + table("Scripts", scripts(), "uint8_t")
    lines += table("Graphemes", graphemes()) + table("Classes", classes, "uint8_t")
    lines += table("Lower", {c: unique.index(d) + 1 for c, d in distances.items()}, "uint8_t")
    lines.append("constexpr int32_t kLowerDistances[] = {0," + ",".join(map(str, unique)) + "};")
    lines += table("Canonical", places[0], "uint32_t") + table("Compatible", places[1], "uint32_t") + literal
    lines.append("constexpr Composition kCompositions[] = {" +
                 ",".join(f"{{{a << 32 | b},{c}}}" for (a, b), c in sorted(pairs.items())) + "};")
    with open(OUT, "w") as f:
        f.write("\n".join(lines) + "\n")
    print({name: len(found) for name, found in sets.items()}, len(classes), len(pairs), file=sys.stderr)


if __name__ == "__main__":
    main()
