"""BigBird base (random weights) in gamana and in transformers, in turn: tokens a second and memory by length.

    python bench/bigbird.py [--lengths 1024,2048,4096] [--own-lengths 8192,16384] [--rounds 3] [--out FOLDER]

One text of random tokens at a time, forward (`encode`) and a training step of a classifier (`finetune`), block-sparse and full
attention, f32 and bf16; each figure in a process of its own, whose largest resident size is the memory. The peer trains in bf16
under autocast or, where its attention stops there, with its weights in bf16. Prints a table of medians, which says where the peer
stopped; FOLDER gets results.json and the logs of which the pictures are drawn. Run it alone on the machine.
"""
import argparse, collections, itertools, json, os, pathlib, resource, statistics, subprocess, sys, time

PROJECT = pathlib.Path(__file__).resolve().parents[1]


def transformers_figures(job, attention, precision, length, seconds):
    """The peer's side, in a process of its own."""
    import torch, transformers
    transformers.logging.set_verbosity_error()
    torch.manual_seed(1)
    config = transformers.BigBirdConfig(vocab_size=30522, max_position_embeddings=max(4096, length), attention_type=attention)
    model = transformers.BigBirdForSequenceClassification(config)
    tokens = torch.randint(1000, 30000, (1, length))
    half, note = precision == "bf16", ""
    if job == "encode":
        model = model.bert.to(torch.bfloat16 if half else torch.float32).eval()

        def step():
            with torch.inference_mode():
                model(input_ids=tokens)
    else:
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), 2e-5, fused=True)

        def step(autocast=half):
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                loss = model(input_ids=tokens, labels=torch.tensor([1])).loss
            loss.backward()
            optimizer.step(), optimizer.zero_grad()

        try:
            step()
        except RuntimeError as error:
            if not half:
                raise
            note, model, with_autocast = f"weights in bf16, since autocast stops: {error}", model.to(torch.bfloat16), step
            step = lambda: with_autocast(False)
    step()
    begin, steps = time.time(), 0
    while not steps or time.time() - begin < seconds:
        step()
        steps += 1
    rate = steps * length / (time.time() - begin)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"tokens_per_second": rate, "peak_memory_bytes": memory, "note": note}))


def run(command):
    """Tokens a second and bytes, or None; what is to be said of them."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode < 0:
        return None, f"killed by signal {-done.returncode}"  # 9: too little memory
    if done.returncode:
        return None, "stops: " + (done.stderr.strip().splitlines() or ["without a word"])[-1]
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    return (figures["tokens_per_second"], figures["peak_memory_bytes"]), figures.get("note", "")


def medians(found):
    return {key: [statistics.median(f[i] for f in figures) for i in (0, 1)] for key, figures in found.items() if figures}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", default="1024,2048,4096", help="of both programs")
    parser.add_argument("--own-lengths", default="8192,16384", help="of gamana alone")
    parser.add_argument("--jobs", default="encode,finetune")
    parser.add_argument("--attention", default="block_sparse,original_full")
    parser.add_argument("--precision", default="f32,bf16")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10, help="of each figure")
    parser.add_argument("--program", default=str(PROJECT / "build/release/gamana"))
    parser.add_argument("--out", default="bigbird")
    parser.add_argument("--peer", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return transformers_figures(*args.peer[:3], int(args.peer[3]), args.seconds)

    os.environ.setdefault("OMP_NUM_THREADS", "2")
    own = args.own_lengths.split(",") if args.own_lengths else []
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    found, notes = collections.defaultdict(list), {}
    cases = itertools.product(range(args.rounds), args.jobs.split(","), args.attention.split(","), args.precision.split(","),
                              args.lengths.split(",") + own, ("gamana", "transformers"))
    for _, job, attention, precision, length, name in cases:
        if name == "transformers" and length in own:
            continue
        ours = [args.program, "bench", job, "--preset", "bigbird-base", "--attention-type", attention, "--length", length,
                "--batch", "1", "--precision", precision, "--threads", os.environ["OMP_NUM_THREADS"], "--json"]
        peer = [sys.executable, __file__, "--peer", job, attention, precision, length]
        figures, note = run((ours if name == "gamana" else peer) + ["--seconds", str(args.seconds)])
        print(name, job, attention, precision, length, figures or "", note, file=sys.stderr, flush=True)
        key = job, attention, precision, int(length), name
        found[key] += [figures] if figures else []
        notes[key] = note
        median = medians(found)  # written at once, so that a run may be ended at any time
        rows = [[*key, *median.get(key, (None, None)), notes[key]] for key in found]
        (out / "results.json").write_text(json.dumps(rows, indent=0))

    print("| job | attention | precision | tokens | transformers | gamana | speed | memory |\n" + "| --- " * 8 + "|")
    def told(key):
        figures = "{:,.0f} tok/s, {:,.0f} MiB".format(median[key][0], median[key][1] / 2**20) if key in median else ""
        return "; ".join(filter(None, (figures, notes.get(key, "").replace("|", "/"))))

    for key in [key for key in found if key[4] == "gamana"]:
        peer = (*key[:4], "transformers")
        both = key in median and peer in median
        ratios = f"{median[key][0] / median[peer][0]:.2f} x | {median[key][1] / median[peer][1]:.2f}" if both else " | "
        print(f"| {' | '.join(map(str, key[:4]))} | {told(peer)} | {told(key)} | {ratios} |")

    # Logs as `gamana view curves` reads them: a folder for each curve, an entry for each length.
    for job in args.jobs.split(","):
        curves = collections.defaultdict(list)
        for (j, attention, precision, length, name), (rate, memory) in median.items():
            if j == job:
                curve = f"{name} {'sparse' if attention == 'block_sparse' else 'full'} {precision}"
                curves[curve].append({"step": length, "eval_seconds": length / rate, "eval_memory (MiB)": memory / 2**20})
        for name, points in curves.items():
            folder = out / job / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "trainer_state.json").write_text(json.dumps({"log_history": sorted(points, key=lambda p: p["step"])}))


main()
