"""What `tokenizers` and gamana make of the same requests, and where they differ.

A case is a tokenizer.json (a Python object, or a string where it is no valid JSON on purpose) and a list of requests:
  ["encode", first, second or None, add_special_tokens, words]   first and second are texts, or lists where words is true
  ["ids", text, add_special_tokens]       only where the file neither cuts nor pads
  ["decode", ids, skip_special_tokens]
  ["json"]
"""
import json
import struct
from array import array
from itertools import chain

from tokenizers import Tokenizer

import ours as wire

OK, REFUSED, PANIC = "ok", "refused", "panic"


def canonical(encoding):
    """An Encoding as tokenizer_peer.cpp's put_encoding writes it."""
    ids = encoding.ids
    tokens = [token.encode() for token in encoding.tokens]
    tokens = (tokens + [b""] * len(ids))[:len(ids)]  # known.py: "more ids than texts"
    numbers = array("i", chain(
        (len(ids),), ids, encoding.type_ids, chain.from_iterable(encoding.offsets),
        (-1 if word is None else word for word in encoding.word_ids),
        (-1 if sequence is None else sequence for sequence in encoding.sequence_ids),
        encoding.special_tokens_mask, encoding.attention_mask, map(len, tokens)))
    windows = encoding.overflowing
    return b"".join((numbers.tobytes(), b"".join(tokens), struct.pack("<I", len(windows)), *map(canonical, windows)))


def readable(data, at=0):
    """The other way: ({field: list}, end)."""
    def ints(n):
        nonlocal at
        at += 4 * n
        return list(struct.unpack_from("<%di" % n, data, at - 4 * n))

    n = ints(1)[0]
    encoding = {"ids": ints(n), "type_ids": ints(n)}
    flat = ints(2 * n)
    encoding["offsets"] = [list(pair) for pair in zip(flat[::2], flat[1::2])]
    for field in "word_ids", "sequence_ids", "special_tokens_mask", "attention_mask":
        encoding[field] = ints(n)
    encoding["tokens"] = []
    for length in ints(n):
        encoding["tokens"].append(data[at:at + length].decode(errors="replace"))
        at += length
    encoding["overflowing"] = []
    for _ in range(ints(1)[0]):
        window, at = readable(data, at)
        encoding["overflowing"].append(window)
    return encoding, at


def attempt(function, *arguments):
    """(OK, value), (REFUSED, message) or (PANIC, message)."""
    try:
        return OK, function(*arguments)
    except Exception as error:
        return REFUSED, str(error)
    except BaseException as error:  # pyo3_runtime.PanicException
        if type(error).__name__ != "PanicException":
            raise
        return PANIC, str(error)


def file_text(config):
    return config if isinstance(config, str) else json.dumps(config, ensure_ascii=False)


def peer_answers(config, requests):
    """The first answer is that to the file. Nothing follows a panic: it may have poisoned the object's locks."""
    status, tokenizer = attempt(Tokenizer.from_str, file_text(config))
    answers = [(status, tokenizer if status != OK else b"")]
    if status == OK:
        for request in requests:
            answers.append(attempt(peer_answer, tokenizer, request))
            if answers[-1][0] == PANIC:
                break
    return answers


def peer_answer(tokenizer, request):
    kind = request[0]
    if kind == "encode":
        _, first, second, add, words = request
        return canonical(tokenizer.encode(first, second, is_pretokenized=words, add_special_tokens=add))
    if kind == "ids":
        return array("i", tokenizer.encode(request[1], add_special_tokens=request[2]).ids).tobytes()
    if kind == "decode":
        return tokenizer.decode(request[1], skip_special_tokens=request[2]).encode()
    return tokenizer.to_str().encode()


def our_request(request):
    kind = request[0]
    if kind == "encode":
        return wire.encode(*request[1:4], words=request[4])
    if kind == "ids":
        return wire.encode_ids(*request[1:])
    return wire.decode(*request[1:]) if kind == "decode" else wire.JSON


def same_json(peer, mine):
    """Whether the peer reads the same tokenizer from both; stages are written as they were read, without defaults. What it wrote
    itself is read again too: added tokens may then get other ids than they had."""
    status, again = attempt(lambda: Tokenizer.from_str(mine.decode()).to_str())
    return status == OK and again == Tokenizer.from_str(peer.decode()).to_str()


def kind_of_difference(request, peer, mine):
    """None where both agree, else a few words."""
    status, message = mine
    if status == 2:
        return request[0] + ": not an Error"
    if peer[0] == PANIC:
        return None
    if (peer[0] == OK) != (status == 0):
        return request[0] + (": only gamana refuses" if status else ": only the peer refuses")
    if status or peer[1] == message or request[0] == "load":
        return None
    if request[0] == "json":
        return None if same_json(peer[1], message) else "json"
    if request[0] != "encode":
        return request[0]
    one, other = readable(peer[1])[0], readable(message)[0]
    return "encode: " + next(field for field in one if one[field] != other[field])


def compare(program, config, requests):
    """[(kind, request index or -1 for the file, peer's answer, our answer)], and the number of the peer's panics."""
    peer = peer_answers(config, requests)
    requests = requests[:len(peer) - 1]
    try:
        mine = program.ask([wire.load(file_text(config))] + [our_request(request) for request in requests])
    except wire.Crash as crash:
        return [blame_crash(program, config, requests, str(crash))], 0
    differences = []
    for i, (request, theirs, ours) in enumerate(zip([["load"]] + requests, peer, mine)):
        kind = kind_of_difference(request, theirs, ours)
        if kind:
            differences.append((kind, i - 1, theirs, ours))
    return differences, sum(status == PANIC for status, _ in peer)


def blame_crash(program, config, requests, reason):
    load = wire.load(file_text(config))
    for i, request in enumerate([None] + requests):
        try:
            program.ask([load] + ([our_request(request)] if request else []))
        except wire.Crash as crash:
            reason = str(crash)
            return "crash: " + reason, i - 1, (OK, b""), (3, reason.encode())
    return "crash: " + reason + " (only together)", len(requests) - 1, (OK, b""), (3, reason.encode())
