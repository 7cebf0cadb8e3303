"""Golden values of sentence embeddings: the modules of sentence-transformers on a small BERT, and its losses.

    python tools/golden/sentence.py tests/golden/sentence.json

The encoder and its weights are those of encoders.py; a Dense has weights by the same formula, of "FOLDER.linear.weight".
Texts are run one at a time. Losses are of a few steps of plain SGD (no dropout), which the backward decides.
Made with torch 2.13.0, transformers 5.24.0, sentence-transformers 6.2.0.
"""
import json
import sys

import sentence_transformers
import torch
import transformers
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
from encoders import SIZES, TEXTS, fill, hash_of

WIDTH = SIZES["hidden_size"]
OLD_KEYS = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]


def fill_tensors(module, prefix):
    for name, tensor in module.state_dict().items():
        bits = (hash_of(f"{prefix}.{name}") + torch.arange(tensor.numel(), dtype=torch.int64) * 2654435761) % 2**32
        bits = bits ^ (bits >> 15)
        values = (bits * 2246822519 % 2**32).double() / 2**32 * 0.6 - 0.3
        with torch.no_grad():
            tensor.copy_(values.reshape(tensor.shape).float())


def encoder():
    config = transformers.BertConfig(**SIZES, layer_norm_eps=1e-6, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = transformers.BertModel(config)
    return model, fill(model)


def embed(bert, modules, ids, prompt):
    ids = torch.tensor([ids])
    features = {"token_embeddings": bert(input_ids=ids).last_hidden_state, "attention_mask": torch.ones_like(ids)}
    if prompt:
        features["prompt_length"] = prompt
    for module in modules:
        features = module(features)
    return features["sentence_embedding"][0]


def case(bert, modules, old=False, prompt=0):
    for i, module in enumerate(modules, 1):
        if isinstance(module, Dense):
            fill_tensors(module, f"{i}_Dense")
    listed, configs, shapes = [], {}, {}
    for i, module in enumerate(modules, 1):
        name = type(module).__name__
        folder = f"{i}_{name}"
        # "old": files as versions before 5.3 wrote them.
        path = f"sentence_transformers.models.{name}" if old else f"{type(module).__module__}.{name}"
        listed.append({"idx": i, "name": str(i), "path": folder, "type": path})
        configs[folder] = module.get_config_dict()
        if old and isinstance(module, Pooling):
            modes = [module.pooling_mode] if isinstance(module.pooling_mode, str) else module.pooling_mode
            names = dict(zip(Pooling.POOLING_MODES, OLD_KEYS))
            configs[folder] = {"word_embedding_dimension": WIDTH} | {f"pooling_mode_{names[m]}": m in modes for m in names}
        if isinstance(module, Dense):
            shapes[folder] = {k: list(v.shape) for k, v in module.state_dict().items()}
    with torch.no_grad():
        vectors = [embed(bert, modules, ids, prompt).tolist() for ids in TEXTS]
    return {"modules": listed, "configs": configs, "dense": shapes, "prompt": prompt, "vectors": vectors}


class Vectors(torch.nn.Module):
    """In place of the model that SoftmaxLoss runs itself: hands on the vectors that it is given."""
    device = torch.device("cpu")

    def forward(self, features):
        return features


def value_of(loss, vectors, labels):
    if isinstance(loss, losses.SoftmaxLoss):
        return loss([{"sentence_embedding": v} for v in vectors], labels)
    return loss.compute_loss_from_embeddings(vectors, labels)


def train(rate, loss_class, columns, labels=None, **options):
    bert, _ = encoder()
    modules = [Pooling(WIDTH), Dense(WIDTH, 6)]
    fill_tensors(modules[1], "2_Dense")
    loss = loss_class(Vectors(), **options)
    if isinstance(loss, losses.SoftmaxLoss):
        fill_tensors(loss.classifier, "classifier")
    parameters = list(bert.parameters()) + list(modules[1].parameters()) + list(loss.parameters())
    optimizer = torch.optim.SGD(parameters, lr=rate)
    values = []
    for _ in range(4):
        vectors = [torch.stack([embed(bert, modules, ids, 0) for ids in column]) for column in columns]
        value = value_of(loss, vectors, labels)
        values.append(value.item())
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return {"rate": rate, "columns": columns, "scores": [] if labels is None else labels.tolist(), "losses": values}


def train_pairs(rate, parts, columns):
    options = {f"concatenation_sent_{name}": name in parts.split(",") for name in ("rep", "difference", "multiplication")}
    return train(rate, losses.SoftmaxLoss, columns, torch.tensor([2, 0, 1]), embedding_dimension=6, num_labels=3, **options)


def main(path):
    bert, shapes = encoder()
    bert.eval()
    cases = [case(bert, [Pooling(WIDTH, mode)], old=old, prompt=0) for mode in Pooling.POOLING_MODES for old in (False, True)]
    cases += [case(bert, [Pooling(WIDTH, mode, include_prompt=False)], prompt=1) for mode in Pooling.POOLING_MODES]
    cases.append(case(bert, [Pooling(WIDTH, ("mean", "cls", "max")), Normalize()]))
    cases.append(case(bert, [Pooling(WIDTH, ("cls", "mean")), Dense(2 * WIDTH, 5), Normalize()], old=True))
    for activation in (torch.nn.Identity(), torch.nn.ReLU(), torch.nn.GELU(), torch.nn.SiLU()):
        cases.append(case(bert, [Pooling(WIDTH), Normalize(), Dense(WIDTH, 7, bias=False, activation_function=activation)]))
    cases.append(case(bert, [Pooling(WIDTH), Dense(WIDTH, 8), Dense(8, 4), Normalize()]))
    anchors, positives = [TEXTS[0], TEXTS[1], TEXTS[2]], [TEXTS[2][:6], TEXTS[0][2:], TEXTS[1] * 3]
    negatives, more = [[9, 8, 7], [30, 31], [40, 41, 42, 43]], [[1, 2, 3], [4, 5, 6, 7], [8]]
    multiple, cosine, triplet = losses.MultipleNegativesRankingLoss, losses.CosineSimilarityLoss, losses.TripletLoss
    golden = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__,
                     "sentence-transformers": sentence_transformers.__version__},
        "config": bert.config.to_diff_dict() | {"architectures": ["BertModel"]}, "tensors": shapes, "texts": TEXTS, "cases": cases,
        "training": {
            "pairs": {"loss": "multiple_negatives"} | train(0.0005, multiple, [anchors, positives]),
            "hard negatives": {"loss": "multiple_negatives"} | train(0.0005, multiple, [anchors, positives, negatives, more]),
            "scores": {"loss": "cosine"} | train(0.02, cosine, [anchors, positives], torch.tensor([0.9, 0.0, -0.5])),
            **{"labels of " + parts: {"loss": "softmax", "concatenation": parts} | train_pairs(0.02, parts, [anchors, positives])
               for parts in ("rep,difference", "rep", "difference,multiplication")},
            "triplets": {"loss": "triplet"} | train(0.005, triplet, [anchors, positives, negatives], triplet_margin=1.0),
        },
    }
    with open(path, "w") as file:
        json.dump(golden, file)
        file.write("\n")


main(sys.argv[1])
