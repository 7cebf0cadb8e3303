"""Golden values of low-rank adaptation: small decoders that peft trains, and the adapters that it saves.

    cd tools/golden && python lora.py ../../tests/golden/lora.json

Weights of models and of A are the formula of encoders.py, B begins at zero; dropout is off. Needs peft. Made with torch 2.13.0,
transformers 5.24.0, peft 0.21.2.
"""
import json
import pathlib
import sys
import tempfile

import peft
import safetensors.torch
import torch
import transformers

from decoders import GPT, LLAMA, label_loss, next_word_loss
from encoders import LABELS, TEXTS, fill, formula, numbers

CASES = [  # title, model_type, class, sizes, peft's options
    ("gpt2", "gpt2", "GPT2LMHeadModel", GPT, {"r": 3, "lora_alpha": 6}),
    ("gpt2, every projection", "gpt2", "GPT2LMHeadModel", GPT, {"r": 2, "lora_alpha": 1, "target_modules": ["c_attn", "c_proj", "c_fc"]}),
    ("gpt2, labels", "gpt2", "GPT2ForSequenceClassification", GPT, {"r": 3, "lora_alpha": 6}),
    ("llama", "llama", "LlamaForCausalLM", LLAMA, {"r": 3, "lora_alpha": 6}),
    ("llama, every projection", "llama", "LlamaForCausalLM", LLAMA | {"tie_word_embeddings": True}, {
        "r": 2, "lora_alpha": 1, "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]}),
    ("llama, labels", "llama", "LlamaForSequenceClassification", LLAMA, {"r": 3, "lora_alpha": 6}),
]
STEPS, RATE = 6, 0.3


def main():
    cases = []
    for title, kind, name, sizes, options in CASES:
        config = transformers.AutoConfig.for_model(kind, **sizes, num_labels=3)
        config.pad_token_id = 0
        config._attn_implementation = "eager"
        model = getattr(transformers, name)(config).eval()
        shapes = fill(model)
        stored = model.config.to_dict() | {"architectures": [name]}
        labels = name.endswith("Classification")
        lora = peft.LoraConfig(task_type="SEQ_CLS" if labels else "CAUSAL_LM", fan_in_fan_out=kind == "gpt2", **options)
        adapted = peft.get_peft_model(model, lora).eval()
        learning = {n: p for n, p in adapted.named_parameters() if p.requires_grad}
        with torch.no_grad():
            for n, p in learning.items():
                if "lora_A" in n:
                    p.copy_(formula(n.replace(".default", ""), p.shape))
        loss_of = label_loss if labels else next_word_loss
        optimizer = torch.optim.SGD(learning.values(), lr=RATE)
        losses = []
        for _ in range(STEPS):
            loss = loss_of(adapted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        with tempfile.TemporaryDirectory() as folder:
            adapted.save_pretrained(folder)
            settings = json.loads(pathlib.Path(folder, "adapter_config.json").read_text())
            settings["target_modules"] = sorted(settings["target_modules"])  # a set's order changes from run to run
            tensors = safetensors.torch.load_file(pathlib.Path(folder, "adapter_model.safetensors"))
        merged = adapted.merge_and_unload()
        with torch.no_grad():
            outputs = [numbers(merged(input_ids=torch.tensor([ids])).logits) for ids in TEXTS]
        cases.append({"title": title, "config": stored, "tensors": shapes, "adapter_config": settings, "losses": losses,
                      "adapter": {n: {"shape": list(t.shape), "values": numbers(t)} for n, t in sorted(tensors.items())},
                      "outputs": outputs})
        print(title, losses, len(tensors))
    out = {"made_with": {m.__name__: m.__version__ for m in (torch, transformers, peft)}, "rate": RATE, "texts": TEXTS, "labels": LABELS}
    with open(sys.argv[1], "w") as file:
        file.write("{\n" + ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in out.items()))
        file.write(',\n"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]\n}\n")


if __name__ == "__main__":
    main()
