"""Golden values of block-sparse attention, from transformers' BigBirdModel in double precision: python tools/golden/bigbird.py

A model of one layer is asked for its attention alone: its projections are replaced by given queries, keys and values, and large
numbers stand where it pads. Writes tests/golden/bigbird.json: for each length some rows of the result and of the gradients of
q, k and v, and the sum over all rows r of (1 + r % 7) times the row. Inputs are the test's own numbers (tests/ops).
"""
import json, pathlib
import numpy as np, torch, transformers

torch.set_default_dtype(torch.float64)
transformers.logging.set_verbosity_error()
HEADS, WIDTH = 2, 4
CHANNELS = HEADS * WIDTH
CASES = [(64, 3, n) for n in (64, 700, 704, 705, 1024, 4096, 4097)] + [(16, 2, n) for n in (144, 145, 159, 160, 161, 300)] + \
        [(8, 1, n) for n in (56, 57, 63, 64, 65, 200)]


def numbers(rows, cols, seed):
    """The multiplicative generator of Numerical Recipes, mapped to [-1, 1)."""
    out = []
    for _ in range(rows * cols):
        seed = (seed * 1664525 + 1013904223) % 2**32
        out.append((seed >> 8) / 8388608 - 1)
    return torch.tensor(out).view(rows, cols)


class Given(torch.nn.Module):
    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def forward(self, hidden):
        padding = torch.full((hidden.shape[1] - len(self.rows), CHANNELS), 7.0)
        return torch.cat([self.rows, padding]).unsqueeze(0)


def case(block, random, length):
    config = transformers.BigBirdConfig(vocab_size=5, hidden_size=CHANNELS, num_hidden_layers=1, num_attention_heads=HEADS,
                                        intermediate_size=4, max_position_embeddings=8192, block_size=block,
                                        num_random_blocks=random, attn_implementation="eager")
    model = transformers.BigBirdModel(config, add_pooling_layer=False).eval()
    attention = model.encoder.layer[0].attention
    inputs = [(scale * numbers(length, CHANNELS, seed)).requires_grad_() for seed, scale in ((1, 4), (2, 1), (3, 1))]
    attention.self.query, attention.self.key, attention.self.value = map(Given, inputs)
    seen = []
    attention.output.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    model(input_ids=torch.ones(1, length, dtype=torch.long))
    out = seen[0][0, :length]
    (out * numbers(length, CHANNELS, 4)).sum().backward()
    last = (length - 1) // block
    rows = sorted({r for r in (0, block - 1, block, 2 * block, length // 2, (last - 2) * block, (last - 1) * block,
                               last * block - 1, last * block, length - 1) if 0 <= r < length})
    weights = torch.tensor([1.0 + r % 7 for r in range(length)])
    matrices = dict(zip(("out", "d_q", "d_k", "d_v"), [out.detach()] + [x.grad for x in inputs]))
    rounded = lambda x: [float(f"{v:.7g}") for v in x.flatten().tolist()]
    return {"block": block, "random": random, "length": length, "rows": rows,
            **{name: {"rows": rounded(m[rows]), "sum": rounded(weights @ m)} for name, m in matrices.items()}}


root = pathlib.Path(__file__).parents[2]
versions = {"transformers": transformers.__version__, "torch": torch.__version__, "numpy": np.__version__}
lines = [json.dumps(case(*c)) for c in CASES]
(root / "tests/golden/bigbird.json").write_text(
    '{\n"versions": ' + json.dumps(versions) + f',\n"heads": {HEADS}, "channels": {CHANNELS},\n"cases": [\n' + ",\n".join(lines) + "\n]\n}\n")
