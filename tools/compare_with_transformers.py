"""Opens a model directory written by gamana in transformers and compares: ids, log-probabilities, beam search.
  python tools/compare_with_transformers.py GAMANA DIR SOURCE TARGET [LINES]   exits with 1 where they differ
GAMANA: the program. Needs torch, transformers (5.24), sentencepiece."""
import json, subprocess, sys, tempfile, torch
from transformers import MarianMTModel, MarianTokenizer

gamana, folder, source, target = sys.argv[1:5]
count = int(sys.argv[5]) if len(sys.argv) > 5 else 20
lower = json.load(open(f"{folder}/tokenizer_config.json")).get("lowercase", False)
read = lambda path: [line.lower() if lower else line for line in open(path, encoding="utf-8").read().splitlines()[:count]]
sources, targets = read(source), read(target)
model, tokenizer = MarianMTModel.from_pretrained(folder).eval(), MarianTokenizer.from_pretrained(folder)

with tempfile.TemporaryDirectory() as temporary:
    names = [f"{temporary}/{side}" for side in ("source", "target")]
    for name, lines in zip(names, (sources, targets)):
        open(name, "w", encoding="utf-8").write("".join(line + "\n" for line in lines))
    run = lambda *arguments: subprocess.run([gamana, *arguments], capture_output=True, text=True, check=True).stdout
    scored = [json.loads(line) for line in run("score", "-m", folder, "--source", names[0], "--target", names[1], "--json").splitlines()]
    translated = [json.loads(line)["hypotheses"][0]["tokens"] for line in run("translate", "-m", folder, names[0], "--beam", "4", "--max-new-tokens", "100", "--json").splitlines()]

worst, different = 0.0, 0
for s, t, ours, tokens in zip(sources, targets, scored, translated):
    x, y = tokenizer(s, return_tensors="pt").input_ids, tokenizer(text_target=t, return_tensors="pt").input_ids
    inputs = torch.cat([torch.tensor([[model.config.decoder_start_token_id]]), y[:, :-1]], 1)
    with torch.no_grad():
        p = model(input_ids=x, decoder_input_ids=inputs).logits[0].log_softmax(-1).gather(1, y[0][:, None])[:, 0]
        best = model.generate(x, num_beams=4, max_new_tokens=100, length_penalty=1.0, early_stopping=False)[0].tolist()
    worst = max([worst] + [abs(a - b) for a, b in zip(p.tolist(), ours["log_probabilities"])])
    worst = worst if len(p) == len(ours["log_probabilities"]) else float("inf")
    different += best[1:] != tokens
print(f"{len(sources)} pairs: log-probabilities differ by {worst:.2e} at most, {different} translations differ")
sys.exit(worst > 1e-3 or different > 0)
