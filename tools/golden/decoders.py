"""Golden values of the decoders: small models of every family and head, run by transformers.

    cd tools/golden && python decoders.py ../../tests/golden/decoders.json

Weights are the formula of encoders.py, so that only names, shapes and results are kept. Texts are run one at a time, without
padding. Made with torch 2.13.0, transformers 5.24.0.
"""
import json
import sys

import torch
import transformers

from encoders import LABELS, TEXTS, fill, numbers

GPT = {"vocab_size": 50, "n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 24}
NEO = {"vocab_size": 50, "hidden_size": 16, "num_layers": 4, "num_heads": 2, "max_position_embeddings": 24, "window_size": 4,
       "attention_types": [[["global", "local"], 2]]}
OPT = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "ffn_dim": 24,
       "max_position_embeddings": 24}
LLAMA = {"vocab_size": 50, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
         "intermediate_size": 20, "max_position_embeddings": 64}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 100.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 3.0,
          "original_max_position_embeddings": 16}
YARN = {"rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "beta_fast": 2.0, "beta_slow": 0.2,
        "original_max_position_embeddings": 16}
CASES = [
    ("gpt2", "gpt2", "GPT2", GPT),
    ("gpt2 by layer", "gpt2", "GPT2", GPT | {"n_inner": 24, "scale_attn_by_inverse_layer_idx": True, "activation_function": "relu"}),
    ("gpt_neo", "gpt_neo", "GPTNeo", NEO),
    ("gptj", "gptj", "GPTJ", GPT | {"rotary_dim": 4}),
    ("opt", "opt", "OPT", OPT),
    ("opt post-norm", "opt", "OPT", OPT | {"do_layer_norm_before": False, "word_embed_proj_dim": 8}),
    ("llama", "llama", "Llama", LLAMA),
    ("llama3", "llama", "Llama", LLAMA | {"head_dim": 8, "attention_bias": True, "mlp_bias": True, "rope_parameters": LLAMA3}),
    ("llama linear", "llama", "Llama", LLAMA | {"tie_word_embeddings": True, "rope_parameters": {
        "rope_type": "linear", "rope_theta": 500.0, "factor": 2.0}}),
    ("llama dynamic", "llama", "Llama", LLAMA | {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 100.0, "factor": 2.0}}),
    ("llama yarn", "llama", "Llama", LLAMA | {"head_dim": 8, "rope_parameters": YARN}),
    ("qwen2", "qwen2", "Qwen2", LLAMA),
    ("qwen2 yarn", "qwen2", "Qwen2", LLAMA | {"rope_parameters": YARN | {"mscale": 1.5, "mscale_all_dim": 0.5, "truncate": False}}),
    ("qwen2 windows", "qwen2", "Qwen2", LLAMA | {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}),
]
HEADS = ["Model", "LMHeadModel", "ForCausalLM", "ForSequenceClassification", "ForTokenClassification"]


def results(model, head, ids):
    out = model(input_ids=ids)
    if head == "Model":
        return numbers(out.last_hidden_state)
    return numbers(out.logits)


def next_word_loss(model):
    """The mean over all tokens that follow another."""
    total, count = 0, 0
    for ids in TEXTS:
        logits = model(input_ids=torch.tensor([ids])).logits[0, :-1]
        total = total + torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum")
        count += len(ids) - 1
    return total / count


def label_loss(model):
    total = 0
    for ids, label in zip(TEXTS, LABELS):
        total = total + torch.nn.functional.cross_entropy(model(input_ids=torch.tensor([ids])).logits, torch.tensor([label]))
    return total / len(TEXTS)


def losses_of_steps(model, loss_of):
    """Losses of SGD steps, dropout off."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(4):
        loss = loss_of(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def generated(model, **options):
    outputs = []
    for ids in TEXTS:
        out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=8,
                             do_sample=False, eos_token_id=2, pad_token_id=0, **options)
        outputs.append(out[0, len(ids):].tolist())
    return outputs


def main():
    cases = []
    for title, kind, prefix, sizes in CASES:
        for head in HEADS:
            cls = getattr(transformers, prefix + head, None)
            if cls is None:
                continue
            config = transformers.AutoConfig.for_model(kind, **sizes, num_labels=3)
            config.pad_token_id = 0
            config._attn_implementation = "eager"
            torch.manual_seed(0)
            model = cls(config).eval()
            shapes = fill(model)
            stored = model.config.to_dict()
            stored["architectures"] = [prefix + head]
            case = {"title": title, "class": prefix + head, "config": stored, "tensors": shapes}
            with torch.no_grad():
                case["outputs"] = [results(model, head, torch.tensor([ids])) for ids in TEXTS]
                if head in ("LMHeadModel", "ForCausalLM"):
                    case["greedy"], case["beams"] = generated(model), generated(model, num_beams=3)
            if head in ("LMHeadModel", "ForCausalLM"):
                case["losses"] = losses_of_steps(model, next_word_loss)
            if head == "ForSequenceClassification":
                case["losses"] = losses_of_steps(model, label_loss)
            cases.append(case)
            print(title, prefix + head, case.get("losses"), case.get("greedy"))
    out = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}, "texts": TEXTS, "labels": LABELS}
    with open(sys.argv[1], "w") as file:
        file.write("{\n" + ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in out.items()))
        file.write(',\n"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]\n}\n")


if __name__ == "__main__":
    main()
