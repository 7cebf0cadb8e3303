"""Vectors of `gamana embed` beside those of sentence-transformers, and how long both take.

    python tools/compare_with_sentence_transformers.py MODEL lines.txt --program build/release/gamana --threads 2 --rounds 3

MODEL is a directory that both read. Ends with 1 where the cosine of two vectors of a text is below 1 - 1e-5 (f32; 1e-3 for
bf16). Times are of everything from the start of reading to the last vector, loading apart; the best of the rounds, which alternate.
"""
import argparse
import subprocess
import sys
import tempfile
import time

import numpy
import torch
from sentence_transformers import SentenceTransformer

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("texts", help="one a line")
parser.add_argument("--program", default="build/release/gamana")
parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=1)
parser.add_argument("--batch-size", type=int, default=64, help="of sentence-transformers")
o = parser.parse_args()

torch.set_num_threads(o.threads)
with open(o.texts, encoding="utf-8") as file:
    texts = file.read().splitlines()
model = SentenceTransformer(o.model, device="cpu", model_kwargs={"dtype": torch.bfloat16} if o.precision == "bf16" else None)
tokens = sum(len(ids) for ids in model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"])


def ours(path):
    """Vectors, and seconds without those that the program takes for one short text."""
    with tempfile.TemporaryDirectory() as folder:
        command = [o.program, "embed", "-m", o.model, "--precision", o.precision, "--threads", str(o.threads), "-o", folder + "/v.npy"]
        begin = time.perf_counter()
        subprocess.run(command + ["--text", "a"], check=True)
        loading = time.perf_counter() - begin
        begin = time.perf_counter()
        subprocess.run(command + [path], check=True)
        return numpy.load(folder + "/v.npy"), time.perf_counter() - begin - loading


def theirs():
    begin = time.perf_counter()
    return model.encode(texts, batch_size=o.batch_size, convert_to_numpy=True), time.perf_counter() - begin


times = {"gamana": [], "sentence-transformers": []}
for _ in range(o.rounds):
    a, seconds = ours(o.texts)
    times["gamana"].append(seconds)
    b, seconds = theirs()
    times["sentence-transformers"].append(seconds)
b = b.astype(numpy.float32)
cosines = (a * b).sum(1) / numpy.linalg.norm(a, axis=1) / numpy.linalg.norm(b, axis=1)
print(f"{len(texts)} texts, {tokens} tokens, {o.precision}, {o.threads} threads")
print(f"least cosine 1 - {1 - cosines.min():.2e}, largest difference {abs(a - b).max():.2e}")
best = {name: min(seconds) for name, seconds in times.items()}
for name, seconds in best.items():
    print(f"{name}: {tokens / seconds:.0f} tokens/s (best of {o.rounds})")
print(f"ratio {best['sentence-transformers'] / best['gamana']:.2f}")
sys.exit(bool(cosines.min() < 1 - (1e-5 if o.precision == "f32" else 1e-3)))
