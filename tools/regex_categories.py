#!/usr/bin/env python3
"""Writes gamana/text/unicode/regex_categories.inc: characters whose category in the regular expressions of `tokenizers` (the
Oniguruma that its wheel contains) is another than in Unicode 14.0, that of Oniguruma 6.9.8. With --properties it writes
regex_additions.inc: the newer characters of other properties.

usage: regex_categories.py [--properties] > gamana/text/unicode/regex_….inc   (Python 3.11, tokenizers 0.23.3)
"""
import sys
import unicodedata

import tokenizers
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn".split()
assert unicodedata.unidata_version == "14.0.0"
OTHERS = ("alpha alphabetic alnum upper uppercase lower lowercase graph print emoji emojipresentation emojimodifierbase latin cyrillic arabic "
          "devanagari kannada").split()
points = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
if "--properties" in sys.argv:  # those that Unicode 14.0 does not know
    points = [c for c in points if unicodedata.category(chr(c)) == "Cn"]
text = "".join(map(chr, points))


def members(pattern):
    for _, (begin, end) in Split(Regex(f"{pattern}+"), "removed", invert=True).pre_tokenize_str(text):
        yield from points[begin:end]


def runs(characters):
    rows = []
    for c in sorted(characters):
        if rows and rows[-1][1] == c - 1:
            rows[-1][1] = c
        else:
            rows.append([c, c])
    return rows


def write(what, rows):
    print(f"// By tools/regex_categories.py with tokenizers {tokenizers.__version__}: {what}.")
    print("// clang-format off")
    for at in range(0, len(rows), 3):
        print(" ".join(rows[at:at + 3]))
    print("// clang-format on")


if "--properties" in sys.argv:
    write("name, first, last", [f'{{"{name}", 0x{a:X}, 0x{b:X}}},' for name in OTHERS for a, b in runs(members(rf"\p{{{name}}}"))])
    sys.exit()

here = {c: name for name in CATEGORIES for c in members(rf"\p{{{name}}}")}
han = set(members(r"\p{Han}"))
rows = []
for c in points:
    if here[c] == unicodedata.category(chr(c)):
        continue
    row = (here[c], "true" if c in han else "false")
    if rows and rows[-1][1] == c - 1 and rows[-1][2] == row:
        rows[-1][1] = c
    else:
        rows.append([c, c, row])
write("first, last, category, whether Han", [f"{{0x{a:X}, 0x{b:X}, k{name}, {is_han}}}," for a, b, (name, is_han) in rows])
