"""gamana's tokenizers against `tokenizers`, on random files and texts.

    cmake --build build/release --target tokenizer_peer
    python tools/fuzz/tokenizers_fuzz.py --seconds 60 --processes 2 --program build/release/tools/fuzz/tokenizer_peer

Prints each kind of difference with a shrunk case, and counts. Exit status 1 where there is one that known.py does not name.
--seed N starts elsewhere; --case N looks at the case of one seed alone.
"""
import argparse
import json
import multiprocessing
import os
import queue
import random
import sys
import time
from collections import Counter

os.environ["RUST_BACKTRACE"] = "0"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import configs
from compare import OK, compare, readable
from known import name_of
from ours import Ours
from shrink import shrink

SHRINK_PER_KIND = 2  # in each process; what comes after is counted alone


def run_case(program, arguments, seed, counts, report, shrunk):
    config, requests = configs.case(random.Random(seed), arguments.without, arguments.models)
    differences, panics = compare(program, config, requests)
    counts["files"] += 1
    counts["pairs"] += sum(request[0] == "encode" for request in requests)
    counts["decodes"] += sum(request[0] == "decode" for request in requests)
    counts["peer panics"] += panics
    for kind in {kind for kind, *_ in differences if not kind.startswith(tuple(arguments.ignore))}:
        _, index, peer, mine = next(difference for difference in differences if difference[0] == kind)
        request = requests[index] if index >= 0 else None
        known = name_of(kind, config, request, peer, mine)
        if known:
            counts["known: " + known] += 1
            continue
        counts["difference: " + kind] += 1
        if shrunk[kind] >= SHRINK_PER_KIND:
            continue
        shrunk[kind] += 1
        config_, request_ = shrink(program, config, request, kind)
        report(found(program, seed, kind, config_, request_, name_of(kind, config_, request_, peer, mine)))


def shown(answer, kind):
    status, value = answer
    if kind.startswith("encode") and status in (OK, 0) and isinstance(value, bytes) and value:
        encoding = readable(value)[0]
        return {field: values for field, values in encoding.items() if values}
    return {str(status): value.decode(errors="replace") if isinstance(value, bytes) else str(value)}


def found(program, seed, kind, config, request, known):
    differences, _ = compare(program, config, [request] if request else [])
    peer, mine = next((d[2:] for d in differences if d[0] == kind), ((OK, b""), (0, b"")))
    return {"kind": kind, "seed": seed, "known": known, "request": request, "peer": shown(peer, kind), "gamana": shown(mine, kind), "config": config}


def work(arguments, number, progress, out):
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)  # where panics print
    counts, shrunk = Counter(), Counter()
    with Ours(arguments.program) as program:
        sent = time.monotonic()
        while True:
            seed = progress[2 * number]
            run_case(program, arguments, int(seed), counts, out.put, shrunk)
            progress[2 * number] += arguments.processes
            progress[2 * number + 1] = time.monotonic()
            if time.monotonic() > sent + 0.5:
                out.put(dict(counts))
                counts.clear()
                sent = time.monotonic()


class Worker:
    """A process that is started again after the case that the peer dies or hangs of."""

    def __init__(self, arguments, number, progress, out):
        self.arguments, self.number, self.progress, self.out = arguments, number, progress, out
        progress[2 * number] = arguments.seed + number
        self.start()

    def start(self):
        self.progress[2 * self.number + 1] = time.monotonic()
        self.process = multiprocessing.Process(target=work, args=(self.arguments, self.number, self.progress, self.out), daemon=True)
        self.process.start()

    def look(self, counts):
        hangs = time.monotonic() - self.progress[2 * self.number + 1] > 150
        if self.process.is_alive() and not hangs:
            return
        seed = int(self.progress[2 * self.number])
        print("process of seed %d %s" % (seed, "hangs" if hangs else "ended with %s" % self.process.exitcode), flush=True)
        counts["peer hangs" if hangs else "peer crashes"] += 1
        self.process.kill()
        self.progress[2 * self.number] = seed + self.arguments.processes
        self.start()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/tools/fuzz/tokenizer_peer")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int)
    parser.add_argument("--without", nargs="*", default=[], help="keys of a file that are left null")
    parser.add_argument("--models", nargs="*", default=[], help="kinds of models, any where there is none")
    parser.add_argument("--ignore", nargs="*", default=[], help="kinds of differences that begin so are not counted")
    parser.add_argument("--out", help="differences as JSON lines")
    arguments = parser.parse_args()
    if arguments.case is not None:
        counts = Counter()
        with Ours(arguments.program) as program:
            run_case(program, arguments, arguments.case, counts, show, Counter())
        print(dict(counts))
        return 0
    return 1 if hunt(arguments) else 0


def show(difference):
    print(json.dumps(difference, ensure_ascii=False), flush=True)


def signature(difference):
    """What a difference has to do with: differences alike are shown once."""
    def words(node):
        if isinstance(node, dict):
            yield node.get("type")
            for key, value in node.items():
                if value is True:
                    yield key
                elif key not in ("vocab", "special_tokens"):
                    yield from words(value)
        elif isinstance(node, list):
            for child in node:
                yield from words(child)
    config = difference["config"]
    used = sorted({str(word) for word in words(config)} | {key for key, value in config.items() if value}) if isinstance(config, dict) else []
    return difference["kind"], tuple(used)


def hunt(arguments):
    progress = multiprocessing.Array("d", 2 * arguments.processes)
    out = multiprocessing.Queue()
    counts, seen = Counter(), Counter()
    workers = [Worker(arguments, number, progress, out) for number in range(arguments.processes)]
    file = open(arguments.out, "w") if arguments.out else None
    begin = time.monotonic()
    while time.monotonic() < begin + arguments.seconds:
        for worker in workers:
            worker.look(counts)
        try:
            message = out.get(timeout=0.5)
        except queue.Empty:
            continue
        if "kind" not in message:
            counts.update(message)
        elif not message["known"] and not seen[signature(message)]:
            seen[signature(message)] += 1
            show(message)
            if file:
                file.write(json.dumps(message, ensure_ascii=False) + "\n")
                file.flush()
    for worker in workers:
        worker.process.kill()
    seconds = time.monotonic() - begin
    for name in sorted(counts):
        print("%10d  %s" % (counts[name], name))
    print("%10.0f  pairs a second" % (counts["pairs"] / seconds))
    print("next seed: %d" % int(max(progress[0::2])))
    return any(name.startswith("difference") for name in counts)


if __name__ == "__main__":
    sys.exit(main())
