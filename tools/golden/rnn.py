"""Golden values of recurrent encoder-decoders, from PyTorch in double precision: python tools/golden/rnn.py

Encoders are nn.GRU and nn.LSTM over packed sequences, decoders GRUCell and LSTMCell in a loop; gradients are autograd's.
Writes tests/golden/rnn.json: for each case a configuration, the parameters under gamana's names, a batch, the encoder's states,
the alignments, the loss (sum of cross-entropies) and the gradient of every parameter.
"""
import json, pathlib, torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

torch.set_default_dtype(torch.float64)
V, E, H, A = 9, 3, 4, 5
SOURCES = [[3, 1, 4, 2, 0], [5, 0], [2, 7, 1, 0], [0]]
TARGETS = [[1, 6], [2, 3, 5, 7], [4], [7, 7, 2]]
START, END = 8, 0


def case(cell, direction, attention, encoder_layers, decoder_layers, fixed=False):
    torch.manual_seed(len(cell) + 10 * encoder_layers + len(attention))
    gates, both = (3 if cell == "gru" else 4) * H, direction == "both"
    C = 2 * H if both else H
    p = {}

    def parameter(name, *shape):
        p[name] = torch.round(torch.empty(*shape).uniform_(-0.9, 0.9), decimals=2).requires_grad_()

    parameter("source_embedding", V, E), parameter("target_embedding", V, E)
    for i in range(encoder_layers):
        for d in ["forward", "backward"][: 2 if both else 1]:
            parameter(f"encoder.{i}.{d}.input.weight", gates, C if i else E), parameter(f"encoder.{i}.{d}.input.bias", gates)
            parameter(f"encoder.{i}.{d}.hidden.weight", gates, H), parameter(f"encoder.{i}.{d}.hidden.bias", gates)
    for i in range(decoder_layers):
        parameter(f"decoder.{i}.input.weight", gates, H if i else E + (C if fixed else 0)), parameter(f"decoder.{i}.input.bias", gates)
        parameter(f"decoder.{i}.hidden.weight", gates, H), parameter(f"decoder.{i}.hidden.bias", gates)
        parameter(f"decoder.{i}.first.weight", H, H), parameter(f"decoder.{i}.first.bias", H)
    if attention == "additive":
        parameter("attention.key.weight", A, C), parameter("attention.key.bias", A), parameter("attention.query.weight", A, H)
        parameter("attention.context.weight", gates, C), parameter("attention.v", A)
    if attention == "general":
        parameter("attention.key.weight", H, C)
    parameter("deep.weight", E, H + E + (C if attention != "none" or fixed else 0)), parameter("deep.bias", E)
    parameter("output", V, E), parameter("output_bias", V)

    module = (nn.GRU if cell == "gru" else nn.LSTM)(E, H, encoder_layers, bidirectional=both)
    names = {f"{a}_{b}_l{i}{suffix}": f"encoder.{i}.{d}.{c}.{a}" for i in range(encoder_layers)
             for d, suffix in (("forward", ""), ("backward", "_reverse"))
             for a in ("weight", "bias") for b, c in (("ih", "input"), ("hh", "hidden"))}
    weights = {n: p[names[n]] for n, _ in module.named_parameters()}
    flip = (lambda x: x.flip(0)) if direction == "reverse" else (lambda x: x)
    embedded = pack_sequence([flip(p["source_embedding"][torch.tensor(s)]) for s in SOURCES], enforce_sorted=False)
    packed, _ = torch.func.functional_call(module, weights, (embedded,))
    padded, lengths = pad_packed_sequence(packed)
    encoded = [flip(padded[:n, i]) for i, n in enumerate(lengths)]

    step = (nn.GRUCell if cell == "gru" else nn.LSTMCell)
    loss, alignments = 0, []
    for h, target in zip(encoded, TARGETS):
        last = h[-1] if direction == "forward" else h[0]
        last = last[C - H:]
        state = [torch.tanh(p[f"decoder.{i}.first.weight"] @ last + p[f"decoder.{i}.first.bias"]) for i in range(decoder_layers)]
        memory_cell = [torch.zeros(H) for _ in state]
        keys = h
        if attention in ("additive", "general"):
            keys = h @ p["attention.key.weight"].T + p.get("attention.key.bias", 0)
        rows = []
        for token, label in zip([START] + target, target + [END]):
            emb = x = p["target_embedding"][token]
            context = torch.zeros(0)
            if fixed:  # the states that have read the whole source
                context = torch.cat([h[-1][:H], h[0][H:]]) if both else last
                x = torch.cat([x, context])
            for i in range(decoder_layers):
                name = f"decoder.{i}."
                w = {"weight_ih": p[name + "input.weight"], "bias_ih": p[name + "input.bias"],
                     "weight_hh": p[name + "hidden.weight"], "bias_hh": p[name + "hidden.bias"]}
                if attention == "additive" and i == 0:  # as the peer: the cell reads [embedding, context]
                    a = (torch.tanh(keys + p["attention.query.weight"] @ state[0]) @ p["attention.v"]).softmax(0)
                    context = a @ h
                    rows.append(a)
                    w["weight_ih"] = torch.cat([w["weight_ih"], p["attention.context.weight"]], 1)
                    x = torch.cat([x, context])
                one = step(x.shape[0], H)
                if cell == "gru":
                    state[i] = torch.func.functional_call(one, w, (x, state[i]))
                else:
                    state[i], memory_cell[i] = torch.func.functional_call(one, w, (x, (state[i], memory_cell[i])))
                x = state[i]
            if attention in ("dot", "general"):
                a = (keys @ x).softmax(0)
                context = a @ h
                rows.append(a)
            deep = torch.tanh(p["deep.weight"] @ torch.cat([x, context, emb]) + p["deep.bias"])
            loss = loss + nn.functional.cross_entropy(p["output"] @ deep + p["output_bias"], torch.tensor(label), reduction="sum")
        alignments.append(torch.stack(rows) if rows else torch.zeros(0))
    loss.backward()
    numbers = lambda x: [round(v, 8) for v in x.detach().reshape(-1).tolist()]
    config = dict(model_type="gamana-rnn", vocab_size=V, decoder_vocab_size=V, cell_type=cell, encoder_direction=direction,
                  attention_type=attention, fixed_context=fixed, embedding_size=E, hidden_size=H, attention_size=A, encoder_layers=encoder_layers,
                  decoder_layers=decoder_layers, dropout=0.0, eos_token_id=END, decoder_start_token_id=START)
    return dict(config=config, parameters={n: numbers(v) for n, v in p.items()},
                gradients={n: numbers(v.grad) for n, v in p.items()}, encoded=numbers(torch.cat(encoded)),
                alignments=numbers(torch.cat([a.reshape(-1) for a in alignments])), loss=loss.item())


cases = [case("gru", "both", "additive", 1, 1), case("lstm", "both", "general", 2, 2), case("gru", "forward", "dot", 1, 2),
         case("lstm", "reverse", "none", 2, 1), case("lstm", "reverse", "additive", 1, 2),
         case("gru", "both", "none", 1, 1, True), case("lstm", "forward", "none", 1, 2, True)]
out = dict(versions=dict(torch=torch.__version__), sources=SOURCES, targets=TARGETS, cases=cases)
path = pathlib.Path(__file__).parents[2] / "tests/golden/rnn.json"
path.parent.mkdir(exist_ok=True)
path.write_text("{\n" + ",\n".join(f'"{k}": ' + (json.dumps(v) if k != "cases" else
                "[\n" + ",\n".join(json.dumps(c) for c in v) + "]") for k, v in out.items()) + "}\n")
