"""Seeds for the libFuzzer targets of tests/fuzz: a folder for each below DIR.

    python tools/fuzz/seeds.py DIR && build/fuzz/tests/fuzz/text_fuzz DIR/text -max_total_time=60
"""
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import configs
import stages
from compare import file_text
from texts import SENTENCES, random_text

RECORDS = [b"\0\3label,text\n1,\"a, b\"\n", b"\1\7x\ty\na\tb\n", b"\2\4{\"text\": \"a\", \"label\": [\"b\", \"c\"]}\n", b"\3\1EU B-ORG\nrejects O\n\nX O\n", b"\4\1{\"words\": [\"a\"], \"tags\": [\"O\"]}\n",
           b"\5\1a,b,c,0\n", b"\6\1{\"sent1\": \"a\", \"ending0\": \"b\", \"ending1\": \"c\", \"label\": 1}\n",
           b"\7\0{\"data\": [{\"paragraphs\": [{\"context\": \"a b\", \"qas\": [{\"id\": \"1\", \"question\": \"q\", \"answers\": [{\"text\": \"b\", \"answer_start\": 2}]}]}]}]}"]


def spiece_models():
    import sentencepiece
    lines = [sentence for sentence in SENTENCES for _ in range(3)]
    for kind in "unigram", "bpe", "char", "word":
        for options in {"byte_fallback": True}, {"add_dummy_prefix": False, "user_defined_symbols": ["<a>"]}:
            yield stages.train(sentencepiece, lines, model_type=kind, vocab_size=900, normalization_rule_name="identity", **options)
    yield stages.train(sentencepiece, lines, vocab_size=900)


def seeds():
    rng = random.Random(1)
    for i in range(200):
        yield "tokenizer_json", file_text(configs.case(random.Random(i))[0]).encode()
    for model in spiece_models():
        yield "spiece_model", model
    for _ in range(200):
        yield "text", bytes([rng.randrange(4), rng.randrange(32)]) + random_text(rng).encode()
    for record in RECORDS:
        yield "records", record


def main():
    for i, (target, data) in enumerate(seeds()):
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        if len(data) <= 1 << 20:
            with open(os.path.join(folder, "%03d" % i), "wb") as file:
                file.write(data)


if __name__ == "__main__":
    main()
