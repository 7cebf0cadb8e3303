"""A small random Marian directory, its logits, and the losses of ten training steps, by transformers.
  python tools/golden/transformer.py   writes tests/golden/marian/{config.json,model.safetensors,expected.json}"""
import json, math, pathlib, random, torch, transformers
from transformers import MarianConfig, MarianMTModel

out = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/marian"
torch.manual_seed(7)
random.seed(7)
V, PAD, EOS = 60, 59, 0
config = MarianConfig(vocab_size=V, d_model=24, encoder_layers=2, decoder_layers=3, encoder_attention_heads=4,
                      decoder_attention_heads=3, encoder_ffn_dim=40, decoder_ffn_dim=48, activation_function="swish",
                      dropout=0.0, pad_token_id=PAD, eos_token_id=EOS, decoder_start_token_id=PAD, forced_eos_token_id=EOS,
                      max_position_embeddings=64, scale_embedding=True)
model = MarianMTModel(config).eval()
with torch.no_grad():
    for name, p in model.named_parameters():  # nothing stays at its neutral first value
        if "embed_positions" not in name:
            p.add_(torch.randn_like(p) * 0.1)
    model.final_logits_bias.add_(torch.randn_like(model.final_logits_bias) * 0.1)
model.save_pretrained(out)

def sentence(low, high):
    return [random.randint(1, V - 2) for _ in range(random.randint(low, high))] + [EOS]

pairs = [(sentence(1, 12), sentence(1, 9)) for _ in range(40)]
with torch.no_grad():
    logits = []
    for s, t in pairs[:4]:
        y = model(input_ids=torch.tensor([s]), decoder_input_ids=torch.tensor([[PAD] + t[:-1]])).logits[0]
        logits.append([round(v, 6) for v in y.flatten().tolist()])

bias = model.final_logits_bias.detach().clone()
del model._buffers["final_logits_bias"]
model.register_parameter("final_logits_bias", torch.nn.Parameter(bias))
for p in model.parameters():
    p.requires_grad_(True)
for m in (model.model.encoder.embed_positions, model.model.decoder.embed_positions):
    m.weight.requires_grad_(False)
# The start token is the padding token: its embedding learns here, which padding_idx would prevent.
for m in (model.model.shared, model.model.encoder.embed_tokens, model.model.decoder.embed_tokens):
    m.padding_idx = None
model.train()
pad = lambda rows, v: torch.tensor([r + [v] * (max(map(len, rows)) - len(r)) for r in rows])
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3, betas=(0.9, 0.98), eps=1e-9, weight_decay=0)
criterion = torch.nn.CrossEntropyLoss(ignore_index=-100, label_smoothing=0.1)
losses, norms = [], []
for step in range(10):
    batch = pairs[step * 4:step * 4 + 4]
    x, y = pad([s for s, _ in batch], PAD), pad([t for _, t in batch], -100)
    inputs = pad([[PAD] + t[:-1] for _, t in batch], PAD)
    for group in optimizer.param_groups:
        group["lr"] = 5e-3 * min((step + 1) / 4, math.sqrt(4 / (step + 1)))
    loss = criterion(model(input_ids=x, attention_mask=(x != PAD).long(), decoder_input_ids=inputs, use_cache=False).logits.reshape(-1, V), y.reshape(-1))
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)))
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())
expected = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__}, "pairs": pairs,
            "logits": logits, "losses": losses, "gradient_norms": norms}
(out / "expected.json").write_text(json.dumps(expected) + "\n")
