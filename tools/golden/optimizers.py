#!/usr/bin/env python3
"""Golden updates of PyTorch's optimizers and rates of transformers' schedules for tests/train:
python3 tools/golden/optimizers.py tests/golden/optimizers.json"""
import json
import sys

import torch
import transformers

STEPS, TOTAL, WARMUP, FLOOR = 5, 12, 4, 0.1
torch.manual_seed(1)
MATRIX, VECTOR = torch.randn(2, 3), torch.randn(3)  # only matrices are decayed
GRADIENTS = [(torch.randn(2, 3), torch.randn(3)) for _ in range(STEPS)]
SETTINGS = {
    "adamw": dict(rate=0.01, beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1),
    "adam": dict(rate=0.01, beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1),
    "sgd": dict(rate=0.1, momentum=0.7, weight_decay=0.1),
    "adadelta": dict(rate=0.5, rho=0.8, epsilon=1e-3, weight_decay=0.0),
}


def optimizer(name, groups, s):
    if name == "sgd":
        return torch.optim.SGD(groups, lr=s["rate"], momentum=s["momentum"])
    if name == "adadelta":
        return torch.optim.Adadelta(groups, lr=s["rate"], rho=s["rho"], eps=s["epsilon"])
    kind = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
    return kind(groups, lr=s["rate"], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"])


def weights_after_each_step(name, s):
    matrix, vector = (torch.nn.Parameter(x.clone()) for x in (MATRIX, VECTOR))
    groups = [{"params": [matrix], "weight_decay": s["weight_decay"]}, {"params": [vector], "weight_decay": 0.0}]
    update, rows = optimizer(name, groups, s), []
    for matrix.grad, vector.grad in GRADIENTS:
        update.step()
        rows.append(matrix.flatten().tolist() + vector.tolist())
    return rows


def rates(make, **options):
    some = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    factor = make(some, **options).lr_lambdas[0]
    return [factor(step) for step in range(1, TOTAL + 1)]


o = transformers.optimization
warm = dict(num_warmup_steps=WARMUP)
golden = {
    "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
    "matrix": MATRIX.flatten().tolist(),
    "vector": VECTOR.tolist(),
    "gradients": [m.flatten().tolist() + v.tolist() for m, v in GRADIENTS],
    "optimizers": {name: {**s, "weights": weights_after_each_step(name, s)} for name, s in SETTINGS.items()},
    "warmup": WARMUP,
    "total": TOTAL,
    "floor": FLOOR,
    "schedules": {
        "constant": rates(o.get_constant_schedule_with_warmup, **warm),
        "linear": rates(o.get_linear_schedule_with_warmup, num_training_steps=TOTAL, **warm),
        "cosine": rates(o.get_cosine_schedule_with_warmup, num_training_steps=TOTAL, **warm),
        "inverse_sqrt": rates(o.get_inverse_sqrt_schedule, **warm),
    },
    "cosine_to_floor": rates(
        o.get_cosine_with_min_lr_schedule_with_warmup, num_training_steps=TOTAL, min_lr_rate=FLOOR, **warm
    ),
    "without_warmup": {
        "constant": rates(o.get_constant_schedule_with_warmup, num_warmup_steps=0),
        "linear": rates(o.get_linear_schedule_with_warmup, num_training_steps=TOTAL, num_warmup_steps=0),
        "cosine": rates(o.get_cosine_schedule_with_warmup, num_training_steps=TOTAL, num_warmup_steps=0),
    },
}
with open(sys.argv[1], "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
