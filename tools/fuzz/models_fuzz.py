"""Random models of every family and head, as transformers and as gamana read their directories.

    venv/bin/python tools/fuzz/models_fuzz.py --program build/release/tools/fuzz/model_peer [--seconds 300] [--seed 1] [--only gpt2]

Each case draws a config.json with other values than the defaults, gives the model random weights (biases and norms too), saves it
in one of the ways that are met (shards, pytorch_model.bin, halves, another prefix, keys of older releases), and compares what
transformers and gamana compute from the directory, and what transformers computes from the directory that gamana then writes.
A model that gamana refuses is counted, with its sentence. Made for transformers 5.24.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import tempfile
import time
import warnings

import torch
import transformers

from model_configs import FAMILIES, heads_of

TOLERANCE = 1e-4  # of outputs, relative to the largest one or to 1


class Peer:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"crash": f"the program ended: {self.process.wait()}"}


def fill(model, generator):
    """Weights that keep the stream's size about the same; biases and norms away from 0 and 1."""
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point() or (model.config.model_type == "marian" and "embed_positions" in name):
            continue
        values = torch.randn(tensor.shape, generator=generator)
        if tensor.dim() > 1:
            scale = 0.7 if "embed" in name or name.endswith(("wte.weight", "wpe.weight")) else 1.2 / tensor.shape[-1] ** 0.5
        else:
            scale = 0.3
        values *= scale
        if tensor.dim() == 1 and name.endswith("weight"):
            values += 1
        with torch.no_grad():
            tensor.copy_(values)
    model.tie_weights()


def rename_tensors(folder, rename):
    from safetensors.torch import load_file, save_file
    path = os.path.join(folder, "model.safetensors")
    save_file({rename(name): tensor for name, tensor in load_file(path).items()}, path, {"format": "pt"})


def add_tensor(folder, name, tensor):
    from safetensors.torch import load_file, save_file
    path = os.path.join(folder, "model.safetensors")
    save_file(load_file(path) | {name: tensor.contiguous().clone()}, path, {"format": "pt"})


def save(model, folder, rng, log):
    """One of the ways in which files are met."""
    dtype = rng.choice([torch.float32] * 4 + [torch.bfloat16, torch.float16])
    way = rng.choice(["whole"] * 3 + ["shards", "bin", "prefix", "no prefix", "gamma", "untied", "other tied"])
    log.update(dtype=str(dtype), way=way)
    model.to(dtype).save_pretrained(folder, max_shard_size="20KB" if way == "shards" else "5GB")
    base = model.base_model_prefix + "."
    if way == "bin":
        os.remove(os.path.join(folder, "model.safetensors"))
        # A table of sinusoids in halves is rounded to transformers; gamana computes it.
        tensors = {name: tensor for name, tensor in model.state_dict().items() if "marian" != model.config.model_type or "embed_positions" not in name}
        torch.save(tensors, os.path.join(folder, "pytorch_model.bin"))
    elif way == "prefix" and type(model).__name__.endswith("Model") and not type(model).__name__.endswith(("HeadModel", "MTModel")):
        rename_tensors(folder, lambda name: base + name)
    elif way == "no prefix" and model.config.model_type != "marian":
        rename_tensors(folder, lambda name: name.removeprefix(base))
    elif way == "other tied":  # only the other name of what is tied was kept
        for target, source in getattr(model, "all_tied_weights_keys", {}).items():
            if target.endswith("weight"):
                rename_tensors(folder, lambda name: target if name == source else name)
                break
    elif way == "untied":  # the output's weight stands beside the embedding that config.json ties it to
        more = rng.choice([0, 0.1, 0.1])
        for target, source in getattr(model, "all_tied_weights_keys", {}).items():
            add_tensor(folder, target, model.state_dict()[source] + more)
    elif way == "gamma":
        rename_tensors(folder, lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"))


def leave_out(stored, defaults, rng):
    """Keys that have the default's value may be missing; one other may be null."""
    kept = {key: value for key, value in stored.items()
            if key in ("model_type", "architectures", "id2label") or key not in defaults or defaults[key] != value or rng.random() < 0.7}
    if rng.random() < 0.15:
        kept[rng.choice([key for key in kept if key not in ("model_type", "architectures", "id2label", "problem_type")])] = None
    return kept


def numbers(model, texts, segments, targets):
    """What model gives for each text: a list for each head."""
    outputs = []
    for i, ids in enumerate(texts):
        if hasattr(model, "bert") and model.config.model_type == "big_bird":
            model.bert.set_attention_type(model.config.attention_type)
        elif model.config.model_type == "big_bird":
            model.set_attention_type(model.config.attention_type)
        given = {"input_ids": torch.tensor([ids])}
        name = type(model).__name__
        if segments:
            given["token_type_ids"] = torch.tensor([segments[i]])
        if name.endswith("ForMultipleChoice"):
            given = {key: value.unsqueeze(0) for key, value in given.items()}
        if name == "BigBirdForQuestionAnswering":
            given["question_lengths"] = torch.tensor([[0]])
        if targets:
            given["decoder_input_ids"] = torch.tensor([targets[i]])
        out = model(**given)
        if name.endswith("QuestionAnswering"):
            tensors = [torch.stack([out.start_logits[0], out.end_logits[0]], 1)]
        elif "prediction_logits" in out:
            tensors = [out.prediction_logits[0], out["sop_logits"] if "sop_logits" in out else out.seq_relationship_logits]
        elif "logits" in out:
            tensors = [out.logits]
        else:
            pooled = out.get("pooler_output")
            tensors = [out.last_hidden_state] + ([pooled] if pooled is not None else [])
        outputs.append([t.detach().float().flatten() for t in tensors])
    return outputs


def reference(cls, folder, texts, segments, targets):
    model = cls.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        return numbers(model, texts, segments, targets)


def difference(expected, found):
    """The largest one, of numbers of about 1; infinite where there are not as many."""
    worst = 0.0
    for of_text, mine in zip(expected, found, strict=True):
        if len(mine) < len(of_text):
            return float("inf")
        for tensor, values in zip(of_text, mine):
            values = torch.tensor(values, dtype=torch.float32)
            if values.shape != tensor.shape or not torch.isfinite(values).all():
                return float("inf")
            worst = max(worst, ((values - tensor).abs().max() / tensor.abs().max().clamp(min=1)).item())
    return worst


def one(seed, only, peer, folder):
    """A description of the case, and None or what is wrong."""
    rng = random.Random(seed)
    family = rng.choice(only or sorted(FAMILIES))
    prefix, draw = FAMILIES[family]
    cls = getattr(transformers, prefix + rng.choice([head for head in heads_of(family) if hasattr(transformers, prefix + head)]))
    case = draw(rng)
    log = {"seed": seed, "class": cls.__name__, "config": case.config, "file": case.file}
    labels = {} if family == "marian" else {"num_labels": 2 if "Question" in cls.__name__ else rng.choice([1, 2, 3])}
    config = transformers.AutoConfig.for_model(family, **case.config, **labels)
    config._attn_implementation = "eager"
    try:
        model = cls(config).eval()
    except Exception as e:
        return log, f"transformers makes no such model: {e}"
    fill(model, torch.Generator().manual_seed(seed))
    source, copy = os.path.join(folder, "source"), os.path.join(folder, "copy")
    for path in (source, copy):
        os.makedirs(path)
    save(model, source, rng, log)
    path = os.path.join(source, "config.json")
    stored = leave_out(case.edit(json.load(open(path))), type(config)().to_dict(), rng)
    json.dump(stored, open(path, "w"), indent=2)
    lengths = case.lengths or [rng.randint(1, case.longest) for _ in range(3)]
    texts = [[rng.randrange(case.vocabulary) for _ in range(n)] for n in lengths]
    log["lengths"] = lengths
    segments = [[rng.randrange(case.segments) for _ in text] for text in texts] if case.segments else None
    targets = [[rng.randrange(case.targets) for _ in range(rng.randint(1, 9))] for _ in texts] if case.targets else None
    expected, refusal = None, None
    try:
        expected = reference(cls, source, texts, segments, targets)
    except Exception as e:
        refusal = f"{type(e).__name__}: {str(e)[:300]}"
    request = {"folder": source, "texts": texts, "save": copy}
    found = peer.ask(**request, **({"segments": segments} if segments else {}), **({"targets": targets} if targets else {}))
    if "crash" in found:
        return log, "crash: " + found["crash"]
    if "error" in found:
        return log, ("refused by both: " if refusal else "refused: ") + found["error"]
    if refusal:
        return log, "refused by transformers alone: " + refusal
    if (worst := difference(expected, found["outputs"])) > TOLERANCE:
        return log, f"differs by {worst:.3g}"
    for i, logits in enumerate(found.get("steps", [])):
        if (worst := difference([expected[i]], [[logits]])) > TOLERANCE:
            return log, f"step by step differs by {worst:.3g}"
    if found.get("fresh"):
        return log, f"fresh: {found['fresh']}"
    if found.get("unused"):
        return log, f"unused: {found['unused']}"
    try:
        again = reference(cls, copy, texts, segments, targets)
    except Exception as e:
        return log, f"saved: transformers cannot read it: {str(e)[:300]}"
    if (worst := difference(expected, [[t.tolist() for t in text] for text in again])) > TOLERANCE:
        return log, f"saved: differs by {worst:.3g}"
    if family == "marian":  # whose config.json is written anew
        return log, None
    written = json.load(open(os.path.join(copy, "config.json")))
    changed = {key: (stored.get(key), written.get(key)) for key in stored | written
               if stored.get(key) != written.get(key) and key not in ("dtype", "torch_dtype", "transformers_version", "_name_or_path") + ("tie_word_embeddings",) * (log["way"] == "untied")}
    return log, f"saved: config differs: {changed}" if changed else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first case; the next one has the next")
    parser.add_argument("--cases", type=int, default=10**9)
    parser.add_argument("--only", nargs="*", help="model types")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    peer = Peer(arguments.program)
    count, kinds, end = 0, collections.Counter(), time.time() + arguments.seconds
    while time.time() < end and count < arguments.cases:
        with tempfile.TemporaryDirectory() as folder:
            log, wrong = one(arguments.seed + count, arguments.only, peer, folder)
            wrong = wrong and wrong.replace(folder, "")
        count += 1
        if wrong and not wrong.startswith("transformers makes no"):
            kinds[wrong.split(":")[0]] += 1
            print(json.dumps({"wrong": wrong, **log}), flush=True)
            if wrong.startswith("crash"):
                peer = Peer(arguments.program)
    print(f"{count} cases; " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()))


if __name__ == "__main__":
    main()
