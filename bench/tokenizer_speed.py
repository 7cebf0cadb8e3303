"""gamana's tokenizers beside `tokenizers` and SentencePiece, run in turn: speed of encoding and decoding, loading, memory, training.

    cmake --build build/release --target tokenizer_peer gamana
    python bench/tokenizer_speed.py --files TOKENIZERS --text wikitext.txt [--runs 5] [--train FILE…]

TOKENIZERS: folders as tools/fuzz/real_files.py takes them (gpt2, llama3, minilm, gemma, llama2: those that are there). The Unigram model is
trained here. Each line of the text is one text. Speeds are MB/s of UTF-8, medians of the runs. `tokenizers` encodes in batches:
encode_batch where offsets are asked for, encode_batch_fast where ids alone are. Threads: how many times as fast two are as one.
Training: 32,000 tokens from the FILEs, repeated up to 100 MB, on two threads; once, as it takes minutes.
"""
import argparse
import base64
import io
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
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
            tokenizer = Tokenizer.from_file(request[1])
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
        self.process = multiprocessing.get_context("spawn").Process(target=peer_process, args=(theirs, threads), daemon=True)
        self.process.start()

    def ask(self, *request):
        self.pipe.send(request)
        return self.pipe.recv()

    def close(self):
        self.process.kill()
        self.process.join()


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


def thread_rows(arguments, configs, texts, program):
    """Two threads against one, in turn."""
    print("\n| tokenizer | what | 1 thread MB/s | 2 threads MB/s | times |\n| --- | --- | --- | --- | --- |")
    size = sum(len(text.encode()) for text in texts) / 1e6
    for name, config in configs.items():
        assert program.ask([wire.load(config)])[0][0] == 0
        for mode in IDS, OFFSETS, DECODE:
            seconds = {1: [], 2: []}
            for run in range(2 * arguments.runs + 1):
                for threads, values in seconds.items():
                    value = ours_seconds(program, mode, threads, texts)
                    if run:
                        values.append(value)
            one, two = (size / statistics.median(seconds[threads]) for threads in (1, 2))
            print("| %s | %s | %.1f | %.1f | %.2f |" % (name, NAMES[mode], one, two, two / one), flush=True)


def load_rows(arguments, files, peer, program):
    print("\n| load | gamana s | tokenizers s | times |\n| --- | --- | --- | --- |")
    for name, path in files.items():
        mine, theirs = [], []
        for _ in range(arguments.runs):
            begin = time.perf_counter()
            assert program.ask([wire.load_file(path)])[0][0] == 0
            mine.append(time.perf_counter() - begin)
            theirs.append(peer.ask("file", path))
        mine, theirs = statistics.median(mine), statistics.median(theirs)
        print("| %s | %.3f | %.3f | %.1f |" % (name, mine, theirs, theirs / mine), flush=True)


def megabytes(pid, key):
    return next(int(line.split()[1]) / 1024 for line in open("/proc/%d/status" % pid) if line.startswith(key))


def memory_rows(arguments, files, lines):
    """What loading and encoding add to a process, in MiB: while loading at most, then, and while encoding at most."""
    print("\n| memory | gamana loaded | most | tokenizers loaded | most |\n| --- | --- | --- | --- | --- |")
    parts = [lines[i:i + 500] for i in range(0, len(lines), 500)]
    for name, path in files.items():
        peer, found = Peer(1), []
        with wire.Ours(arguments.program, 300) as program:
            program.ask([wire.JSON])  # starts it
            peer.ask("load", json.dumps({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}))
            for pid, load, encode in (
                    (program.process.pid, lambda: program.ask([wire.load_file(path)]), lambda part: program.ask([wire.encode_ids(text) for text in part])),
                    (peer.process.pid, lambda: peer.ask("file", path), lambda part: peer.ask("time", IDS, part))):
                before = megabytes(pid, "VmRSS")
                load()
                found.append(megabytes(pid, "VmRSS") - before)
                for part in parts:
                    encode(part)
                found.append(megabytes(pid, "VmHWM") - before)
        peer.close()
        print("| %s | %.0f | %.0f | %.0f | %.0f |" % (name, *found), flush=True)


PEER_TRAINERS = {
    "bpe": """
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer.train([text], trainers.BpeTrainer(vocab_size=32000, min_frequency=2, special_tokens=["<unk>"], show_progress=False))
""",
    "unigram": """
import sentencepiece
sentencepiece.SentencePieceTrainer.train(input=text, model_prefix=out, vocab_size=32000, hard_vocab_limit=False, num_threads=2, minloglevel=2,
                                         character_coverage=1.0, max_sentence_length=1000000)
"""}


def run(command):
    """(seconds, MiB at most)"""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "2", "RAYON_NUM_THREADS": "2", "TOKENIZERS_PARALLELISM": "true"}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0, command
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def train_rows(arguments, folder):
    text = os.path.join(folder, "train.txt")
    with open(text, "w") as file:
        given = "".join(path.read_text() for path in arguments.train)
        file.write(given * max(1, round(1e8 / len(given.encode()))))
    print("\n| train, %.0f MB | gamana s | MiB | peer s | MiB | times |\n| --- | --- | --- | --- | --- | --- |" % (os.path.getsize(text) / 1e6))
    options = {"bpe": ["--pre-tokenizer", "whitespace-split", "--normalizer", "none"], "unigram": []}
    for kind, code in PEER_TRAINERS.items():
        out = os.path.join(folder, kind)
        mine = run([arguments.gamana, "tokenizer", "train", kind, text, "--vocab-size", "32000", "--threads", "2", "-o", out, *options[kind]])
        theirs = run([sys.executable, "-c", "text, out = %r, %r\n%s" % (text, out, code)])
        print("| %s | %.1f | %.0f | %.1f | %.0f | %.1f |" % (kind, *mine, *theirs, theirs[0] / mine[0]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--program", default="build/release/tools/fuzz/tokenizer_peer")
    parser.add_argument("--gamana", default="build/release/gamana")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", help="speeds of the tokenizers whose name contains this, nothing else")
    parser.add_argument("--train", type=Path, nargs="*", default=[], help="texts to train from")
    arguments = parser.parse_args()
    from real_files import peer_of
    lines = [line for line in arguments.text.read_text().split("\n") if line.strip()]
    new = new_words(1_000_000)
    processor, unigram_json = unigram(lines)
    configs = {folder.name: peer_of(folder).to_str() for folder in sorted(arguments.files.iterdir()) if folder.is_dir()}
    rows = [(name, config, texts, mode, threads) for name, config in configs.items()
            for texts, name in ((lines, name), (new, name + ", new words")) for mode in (IDS, OFFSETS, DECODE) for threads in (1, 2)
            if texts is lines or (threads == 1 and mode != DECODE)]
    configs["Unigram 8000"] = unigram_json
    rows += [("Unigram 8000", unigram_json, lines, mode, threads) for mode in (IDS, OFFSETS, DECODE) for threads in (1, 2)]
    rows += [("Unigram 8000, new words", unigram_json, new, mode, 1) for mode in (IDS, OFFSETS)]
    peers = {threads: Peer(threads) for threads in (1, 2)}
    print("| tokenizer | what | threads | gamana MB/s | tokenizers MB/s | SentencePiece MB/s | times the best peer |\n" + "| --- " * 7 + "|")
    with wire.Ours(arguments.program, 300) as program:
        for name, config, texts, mode, threads in rows:
            if not arguments.only or arguments.only in name:
                row(name, config, texts, mode, threads, arguments, peers[threads], program, processor if config is unigram_json and threads == 1 else None)
        if arguments.only:
            return
        thread_rows(arguments, configs, lines, program)
        with tempfile.TemporaryDirectory() as folder:
            files = {name: str(arguments.files / name / "tokenizer.json") for name in configs}
            for name in configs:
                if not os.path.exists(files[name]):
                    files[name] = os.path.join(folder, name + ".json")
                    Path(files[name]).write_text(configs[name])
            load_rows(arguments, files, peers[1], program)
            memory_rows(arguments, files, lines)
            if arguments.train:
                train_rows(arguments, folder)


if __name__ == "__main__":
    main()
