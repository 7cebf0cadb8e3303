"""The program tokenizer_peer as an object: requests as bytes, one frame for many of them."""
import os
import select
import struct
import subprocess


class Crash(Exception):
    """The program ended or did not answer in time."""


def text(string):
    data = string.encode()
    return struct.pack("<I", len(data)) + data


def texts(strings):
    return struct.pack("<I", len(strings)) + b"".join(map(text, strings))


def load(json_text):
    return b"L" + text(json_text)


def load_file(path):
    return b"F" + text(path)


def encode(first, second=None, add=True, in_bytes=False, words=False):
    write = texts if words else text
    flags = add | (second is not None) << 1 | in_bytes << 2 | words << 3
    return b"E" + bytes([flags]) + write(first) + (write(second) if second is not None else b"")


def encode_ids(string, add=True):
    return b"I" + bytes([add]) + text(string)


def decode(ids, skip=True):
    return b"D" + bytes([skip]) + struct.pack("<I%di" % len(ids), len(ids), *ids)


JSON = b"J"


def time(mode, threads, repeats, strings):
    return b"T" + bytes([mode, threads]) + struct.pack("<I", repeats) + texts(strings)


class Ours:
    def __init__(self, program, seconds=20):
        self.program, self.seconds, self.process, self.rest = program, seconds, None, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process:
            self.process.kill()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process, self.rest = None, b""

    def ask(self, requests):
        """[(status, bytes)], one for each request, less where a load failed. Crash if the program ends or hangs."""
        if not self.process:
            self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        frame = b"".join(requests)
        try:
            self._write(struct.pack("<I", len(frame)) + frame)
            answers = []
            while len(answers) < len(requests):
                status, length = struct.unpack("<BI", self._read(5))
                answers.append((status, self._read(length)))
                if status and requests[len(answers) - 1][:1] in b"LF":
                    break
            return answers
        except (Crash, BrokenPipeError):
            try:
                reason = "ended: %s" % self.process.wait(1)
            except subprocess.TimeoutExpired:
                reason = "no answer in %d s" % self.seconds
            self.close()
            raise Crash(reason) from None

    def _write(self, data):
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view):]

    def _read(self, size):
        parts, stdout = [], self.process.stdout
        while len(self.rest) < size:
            parts.append(self.rest)
            size -= len(self.rest)
            if not select.select([stdout], [], [], self.seconds)[0]:
                raise Crash
            self.rest = os.read(stdout.fileno(), max(1 << 16, min(size, 1 << 24)))
            if not self.rest:
                raise Crash
        parts.append(self.rest[:size])
        self.rest = self.rest[size:]
        return b"".join(parts)
