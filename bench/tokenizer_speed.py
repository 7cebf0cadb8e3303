"""Speed of gamana's tokenizers beside `tokenizers` and SentencePiece: MB/s of UTF-8, medians of runs in turn.

    cmake --build build/release --target tokenizer_peer
    python bench/tokenizer_speed.py --files TOKENIZERS --text wikitext.txt [--runs 5]

TOKENIZERS: folders as tools/fuzz/real_files.py takes them (gpt2, llama3, minilm, gemma, llama2: those that are there). The Unigram model is
trained here. Each line of the text is one text. `tokenizers` encodes in batches: encode_batch where offsets are asked for,
encode_batch_fast where ids alone are.
"""
import argparse
import base64
import io
import json
import multiprocessing
import os
import random
import statistics
import sys
import time
from pathlib import Path

os.environ["RUST_BACKTRACE"] = "0"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools", "fuzz"))

import ours as wire

IDS, OFFSETS, DECODE = 0, 1, 2
NAMES = {IDS: "ids", OFFSETS: "offsets", DECODE: "decode"}


def peer_process(pipe, threads):
    """Answers ("load", json), ("time", mode, texts) and ("file", path) with seconds."""
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    from tokenizers import Tokenizer
    tokenizer = ids = None
    while True:
        request = pipe.recv()
        begin = time.perf_counter()
        if request[0] == "load":
            tokenizer = Tokenizer.from_str(request[1])
        elif request[0] == "file":
            Tokenizer.from_file(request[1])
        elif request[1] == DECODE:
            ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(request[2], add_special_tokens=False)]
            begin = time.perf_counter()
            tokenizer.decode_batch(ids)
        elif request[1] == IDS:
            tokenizer.encode_batch_fast(request[2], add_special_tokens=False)
        else:
            tokenizer.encode_batch(request[2])
        pipe.send(time.perf_counter() - begin)


class Peer:
    def __init__(self, threads):
        self.pipe, theirs = multiprocessing.Pipe()
        multiprocessing.get_context("spawn").Process(target=peer_process, args=(theirs, threads), daemon=True).start()

    def ask(self, *request):
        self.pipe.send(request)
        return self.pipe.recv()


def unigram(lines):
    """(SentencePiece model, tokenizer.json of the same pieces) of 8000 pieces."""
    import sentencepiece

    import stages
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, vocab_size=8000, hard_vocab_limit=False, minloglevel=2)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [[processor.id_to_piece(i), processor.get_score(i)] for i in range(len(processor))]
    table = base64.b64encode(stages.table_of(model.getvalue())).decode()
    meta = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    squeeze = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}
    normalizers = [{"type": "Precompiled", "precompiled_charsmap": table}, {"type": "Strip", "strip_left": False, "strip_right": True}, squeeze]
    config = {"version": "1.0", "added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": normalizers}, "pre_tokenizer": meta, "post_processor": None,
              "decoder": meta, "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False}}
    return processor, json.dumps(config, ensure_ascii=False)


def sentencepiece_seconds(processor, mode, texts):
    ids = processor.encode(texts, num_threads=1) if mode == DECODE else None
    begin = time.perf_counter()
    if mode == DECODE:
        processor.decode(ids, num_threads=1)
    elif mode == IDS:
        processor.encode(texts, num_threads=1)
    else:
        for text in texts:
            processor.encode(text, out_type="proto")
    return time.perf_counter() - begin


def new_words(bytes_wanted):
    """Lines in which no word comes twice, so that a cache of words is of no use."""
    rng, lines, size = random.Random(3), [], 0
    while size < bytes_wanted:
        lines.append(" ".join("".join(rng.choice("etaoinshrdlucmfwyp") for _ in range(rng.randint(7, 12))) for _ in range(20)))
        size += len(lines[-1]) + 1
    return lines


def ours_seconds(program, mode, threads, texts):
    status, answer = program.ask([wire.time(mode, threads, 1, texts)])[0]
    assert status == 0, answer
    return memoryview(answer)[:8].cast("d")[0]


def row(name, config, texts, mode, threads, arguments, peer, program, processor=None):
    size = sum(len(text.encode()) for text in texts) / 1e6
    peer.ask("load", config)
    assert program.ask([wire.load(config)])[0][0] == 0
    timed = {"gamana": lambda: ours_seconds(program, mode, threads, texts), "tokenizers": lambda: peer.ask("time", mode, texts)}
    if processor:
        timed["SentencePiece"] = lambda: sentencepiece_seconds(processor, mode, texts)
    seconds = {who: [] for who in timed}
    for run in range(arguments.runs + 1):
        for who, measure in timed.items():
            value = measure()
            if run:  # the first one warms up
                seconds[who].append(value)
    speed = {who: size / statistics.median(values) for who, values in seconds.items()}
    print("| %s | %s | %d | %.1f | %.1f | %s | %.1f |" % (name, NAMES[mode], threads, speed["gamana"], speed["tokenizers"],
          "%.1f" % speed["SentencePiece"] if processor else "", speed["gamana"] / max(v for k, v in speed.items() if k != "gamana")), flush=True)


def load_rows(arguments, peer, program):
    print("\n| load | gamana s | tokenizers s | times |\n| --- | --- | --- | --- |")
    for path in sorted(arguments.files.glob("*/tokenizer.json")):
        mine, theirs = [], []
        for _ in range(arguments.runs):
            begin = time.perf_counter()
            assert program.ask([wire.load_file(str(path))])[0][0] == 0
            mine.append(time.perf_counter() - begin)
            theirs.append(peer.ask("file", str(path)))
        mine, theirs = statistics.median(mine), statistics.median(theirs)
        print("| %s | %.3f | %.3f | %.1f |" % (path.parent.name, mine, theirs, theirs / mine))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--program", default="build/release/tools/fuzz/tokenizer_peer")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", help="rows whose name contains this")
    arguments = parser.parse_args()
    from real_files import peer_of
    lines = [line for line in arguments.text.read_text().split("\n") if line.strip()]
    new = new_words(1_000_000)
    processor, unigram_json = unigram(lines)
    configs = {folder.name: peer_of(folder).to_str() for folder in sorted(arguments.files.iterdir()) if folder.is_dir()}
    rows = [(name, config, texts, mode, threads) for name, config in configs.items()
            for texts, name in ((lines, name), (new, name + ", new words")) for mode in (IDS, OFFSETS, DECODE) for threads in (1, 2)
            if texts is lines or (threads == 1 and mode != DECODE)]
    rows += [("Unigram 8000", unigram_json, lines, mode, threads) for mode in (IDS, OFFSETS, DECODE) for threads in (1, 2)]
    rows += [("Unigram 8000, new words", unigram_json, new, mode, 1) for mode in (IDS, OFFSETS)]
    peers = {threads: Peer(threads) for threads in (1, 2)}
    print("| tokenizer | what | threads | gamana MB/s | tokenizers MB/s | SentencePiece MB/s | times the best peer |\n" + "| --- " * 7 + "|")
    with wire.Ours(arguments.program, 300) as program:
        for name, config, texts, mode, threads in rows:
            if not arguments.only or arguments.only in name:
                row(name, config, texts, mode, threads, arguments, peers[threads], program, processor if config is unigram_json and threads == 1 else None)
        load_rows(arguments, peers[1], program)


if __name__ == "__main__":
    main()
