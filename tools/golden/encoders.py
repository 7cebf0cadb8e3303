"""Golden values of the encoders: small models of every family and head, run by transformers.

    python tools/golden/encoders.py tests/golden/encoders.json

Weights are a formula of a tensor's name and place (fill below, and tests/models/encoder_test.cpp), so that only names,
shapes and results are kept. Texts are run one at a time, without padding. Made with torch 2.13.0, transformers 5.24.0.
"""
import json
import sys

import torch
import transformers

SIZES = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24,
         "max_position_embeddings": 24}
FAMILIES = {
    "bert": ("Bert", SIZES | {"layer_norm_eps": 1e-6}),
    "distilbert": ("DistilBert", {"vocab_size": 50, "dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 24,
                                  "max_position_embeddings": 24}),
    "roberta": ("Roberta", SIZES | {"type_vocab_size": 1, "layer_norm_eps": 1e-5}),
    "xlm-roberta": ("XLMRoberta", SIZES | {"type_vocab_size": 1, "layer_norm_eps": 1e-5}),
    "camembert": ("Camembert", SIZES | {"type_vocab_size": 1, "layer_norm_eps": 1e-5}),
    "electra": ("Electra", SIZES | {"embedding_size": 8}),
    "albert": ("Albert", SIZES | {"embedding_size": 8, "num_hidden_layers": 4, "num_hidden_groups": 2, "inner_group_num": 2}),
    "big_bird": ("BigBird", SIZES | {"attention_type": "original_full", "rescale_embeddings": True, "sep_token_id": 3}),
    "modernbert": ("ModernBert", SIZES | {"num_hidden_layers": 4, "local_attention": 6, "pad_token_id": 0, "bos_token_id": 1,
                                          "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}),
}
VARIANTS = [("bert", "ForMaskedLM", {"tie_word_embeddings": False}), ("modernbert", "ForMaskedLM", {"decoder_bias": False})]
HEADS = ["Model", "ForMaskedLM", "ForPreTraining", "ForNextSentencePrediction", "ForSequenceClassification",
         "ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice"]
TEXTS = [[5, 9, 3, 17, 44, 8, 3], [6, 3], [7, 12, 13, 14, 3, 15, 49, 16, 20, 21, 22, 3, 30]]
SEGMENTS = [[0, 0, 0, 1, 1, 1, 1], [0, 0], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]]
LABELS = [2, 0, 1]
PADDED = [5, 1, 9, 3, 1, 1, 17, 44]  # RoBERTa's padding written as text


def hash_of(name):
    """FNV-1a, 32 bits."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def formula(name, shape):
    """About uniform in [-0.3, 0.3), gains of norms around 1."""
    places = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    bits = (hash_of(name) + places * 2654435761) % 2**32
    bits = bits ^ (bits >> 15)
    values = (bits * 2246822519 % 2**32).double() / 2**32 * 0.6 - 0.3
    if ("norm" in name.lower() or "ln_" in name) and name.endswith("weight"):
        values += 1
    return values.reshape(shape).float()


def fill(model):
    """Every stored tensor by the formula."""
    shapes = {}
    state = model.state_dict()
    tied = set(model.all_tied_weights_keys) if hasattr(model, "all_tied_weights_keys") else set()
    for name, tensor in state.items():
        if name in tied or not tensor.is_floating_point():
            continue
        shapes[name] = list(tensor.shape)
        with torch.no_grad():
            tensor.copy_(formula(name, tensor.shape))
    model.tie_weights()
    return shapes


def inputs(name, i):
    out = {"input_ids": torch.tensor([TEXTS[i]])}
    if name not in ("distilbert", "modernbert"):
        segments = SEGMENTS[i] if name in ("bert", "electra", "albert", "big_bird") else [0] * len(TEXTS[i])
        out["token_type_ids"] = torch.tensor([segments])
    return out


def results(out, head):
    if head == "ForQuestionAnswering":
        return [torch.stack([out.start_logits[0], out.end_logits[0]], 1)]
    if head == "ForPreTraining" and "prediction_logits" in out:
        return [out.prediction_logits[0], out["sop_logits"] if "sop_logits" in out else out.seq_relationship_logits]
    if head == "Model":
        pooled = out.get("pooler_output")
        return [out.last_hidden_state[0]] + ([pooled] if pooled is not None else [])
    logits = out.logits
    return [logits[0] if logits.dim() == 3 else logits.reshape(1, -1)]


def numbers(tensor):
    return [round(x, 6) for x in tensor.detach().flatten().tolist()]


def run_steps(model, name):
    """Losses of SGD steps on the three texts, dropout off."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(4):
        loss = 0
        for i in range(len(TEXTS)):
            logits = model(**inputs(name, i)).logits
            loss = loss + torch.nn.functional.cross_entropy(logits, torch.tensor([LABELS[i]])) / len(TEXTS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def case_of(name, head, more):
    prefix, sizes = FAMILIES[name]
    config = transformers.AutoConfig.for_model(name, **sizes, **more, num_labels=2 if head == "ForQuestionAnswering" else 3)
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    model = getattr(transformers, prefix + head)(config).eval()
    shapes = fill(model)
    outputs = []
    with torch.no_grad():
        for i in range(len(TEXTS)):
            given = inputs(name, i)
            if head == "ForMultipleChoice":
                given = {key: value.unsqueeze(0) for key, value in given.items()}
            if head == "ForQuestionAnswering" and name == "big_bird":
                given["question_lengths"] = torch.tensor([[0]])
            outputs.append([numbers(t) for t in results(model(**given), head)])
    stored = model.config.to_dict()
    stored["architectures"] = [prefix + head]
    case = {"class": prefix + head, "config": stored, "tensors": shapes, "outputs": outputs}
    if head == "ForSequenceClassification":
        case["losses"] = run_steps(model, name)
    if prefix + head == "RobertaModel":
        with torch.no_grad():
            case["padded"] = {"text": PADDED, "outputs": numbers(model(input_ids=torch.tensor([PADDED])).last_hidden_state[0])}
    print(prefix + head, sum(len(o) for t in outputs for o in t))
    return case


def main():
    cases = []
    for name, (prefix, _) in FAMILIES.items():
        cases += [case_of(name, head, {}) for head in HEADS if hasattr(transformers, prefix + head)]
    cases += [case_of(*variant) for variant in VARIANTS]
    out = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}, "texts": TEXTS, "segments": SEGMENTS,
           "labels": LABELS, "cases": cases}
    with open(sys.argv[1], "w") as file:
        file.write("{\n")
        file.write(",\n".join(f'"{key}": {json.dumps(value)}' for key, value in out.items() if key != "cases"))
        file.write(',\n"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]\n}\n")


if __name__ == "__main__":
    main()
