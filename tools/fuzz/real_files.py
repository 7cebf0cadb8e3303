"""Tokenizers as they are published: every id, offset, word id, mask and token, and decoding, on real texts.

    python tools/fuzz/real_files.py --program build/release/tools/fuzz/tokenizer_peer --data DATA TOKENIZERS

TOKENIZERS holds a folder for each tokenizer, with tokenizer.json or vocab.json and merges.txt (of GPT-2). DATA is searched for
*.txt, *.csv, *.en, *.de, *.fr. Each line is a text, and so is each whole file. Prints a table; exit status 1 where anything differs.
"""
import argparse
import os
import random
import sys
from array import array
from pathlib import Path

os.environ["RUST_BACKTRACE"] = "0"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

import ours as wire
from compare import canonical, readable
from texts import SENTENCES, random_text

SCRIPTS = {"Latin": (0x61, 0x7a), "Latin, accents": (0xe0, 0x17f), "Greek": (0x3b1, 0x3c9), "Cyrillic": (0x430, 0x44f), "Hebrew": (0x5d0, 0x5ea), "Arabic": (0x627, 0x64a),
           "Devanagari": (0x905, 0x94d), "Kannada": (0xc85, 0xccd), "Thai": (0xe01, 0xe4d), "Hiragana": (0x3041, 0x3096), "Han": (0x4e00, 0x9fa5), "Hangul": (0xac00, 0xd7a3)}


def made_text():
    """Words of twelve scripts, then sentences and odd characters: the same text each time."""
    rng, lines = random.Random(12), []
    for low, high in SCRIPTS.values():
        for _ in range(200):
            words = ["".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 9))) for _ in range(rng.randint(1, 15))]
            words = [word.title() if rng.random() < 0.1 else word + rng.choice(["", "", "", ",", ".", "!", "-", "’s", "\u0301", "12"]) for word in words]
            lines.append(rng.choice([" ", " ", "  "]).join(words))
    return lines + SENTENCES + [random_text(rng) for _ in range(5000)]


def peer_of(folder):
    file = folder / "tokenizer.json"
    if file.exists():
        return Tokenizer.from_file(str(file))
    tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def texts_of(data):
    for path in sorted(path for path in data.rglob("*") if path.suffix in (".txt", ".csv", ".en", ".de", ".fr")):
        text = path.read_bytes()[:4 << 20].decode(errors="replace")
        yield path.name, text.split("\n") + [text]
    lines = made_text()
    yield "twelve scripts", lines + ["\n".join(lines)]


def difference(peer, program, text):
    """What differs first, or None."""
    theirs = peer.encode(text)
    (status, mine), (_, ids) = program.ask([wire.encode(text), wire.encode_ids(text)])
    if status:
        return "encode: " + mine.decode()
    if canonical(theirs) != mine:
        one, other = readable(canonical(theirs))[0], readable(mine)[0]
        field = next(field for field in one if one[field] != other[field])
        at = next((i for i, (a, b) in enumerate(zip(one[field], other[field])) if a != b), -1)
        return "%s[%d]: %s, %s" % (field, at, one[field][at:at + 5], other[field][at:at + 5])
    if not peer.truncation and not peer.padding and array("i", theirs.ids).tobytes() != ids:
        return "ids alone"
    for skip in True, False:
        if program.ask([wire.decode(theirs.ids, skip)])[0][1] != peer.decode(theirs.ids, skip_special_tokens=skip).encode():
            return "decode"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizers", type=Path)
    parser.add_argument("--program", default="build/release/tools/fuzz/tokenizer_peer")
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    faults = 0
    print("| tokenizer | text | texts | characters | differ |\n| --- | --- | --- | --- | --- |")
    for folder in sorted(path for path in arguments.tokenizers.iterdir() if path.is_dir()):
        peer = peer_of(folder)
        peer.no_truncation()
        peer.no_padding()
        with wire.Ours(arguments.program, 120) as program:
            status, message = program.ask([wire.load(peer.to_str())])[0]
            if status:
                print("| %s | %s |" % (folder.name, message.decode()))
                faults += 1
                continue
            for name, texts in texts_of(arguments.data):
                differing = [(text, found) for text in texts if (found := difference(peer, program, text))]
                print("| %s | %s | %d | %d | %d |" % (folder.name, name, len(texts), sum(map(len, texts)), len(differing)), flush=True)
                for text, found in differing[:2]:
                    print("    %s: %r" % (found, text[:100]))
                faults += len(differing)
        with wire.Ours(arguments.program, 120) as program:  # as a user loads it
            status, message = program.ask([wire.load_file(str(folder))])[0]
            same = not status and program.ask([wire.encode_ids(text, False) for text in SENTENCES]) == [
                (0, array("i", peer.encode(text, add_special_tokens=False).ids).tobytes()) for text in SENTENCES]
            faults += not same
            print("| %s | loaded from its folder | %d | | %s |" % (folder.name, len(SENTENCES), "0" if same else message.decode() or "ids"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
