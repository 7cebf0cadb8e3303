"""Golden values of BLEU, chrF and TER from sacreBLEU, for tests/metric.

    python tools/golden/metric.py tests/golden/metric

writes corpus.json (sentences made by perturbing those below) and scores.json (options, scores, signatures, and
statistics summed over groups of lines, so that a fault is found near its line).
"""
import json
import logging
import platform
import random
import sys

import numpy
import regex
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import _compute_p_value, estimate_ci

logging.disable(logging.WARNING)
GROUP = 20  # lines

SENTENCES = """The cat sat on the mat, and the dog (a big one) slept next to it.
In 2019, the price rose by 3.5% to $1,234.56 - its highest level since 1997-98.
"Well," she said, "it's John's book; isn't it?"
He wrote &quot;AT&amp;T &lt;rules&gt;&quot; on the wall, didn't he?
Visit http://example.org/a_b/c?d=1&e=2#top or mail me@example.org!
The U.S. economy, e.g. its 1.5-million-strong work force, grew... slowly.
A well-known state-of-the-art system: 50/50, +/-3, 10^6, x_1 = {a, b} | [c] ~ `d`.
Version 2.0.1-beta was released on 12.03.2021, at 10:30, for 5,000,000 users.
Numbers like 1. and 2, or .5 and ,7 are hard; so is 3-4 and -5 and 6-.
The quick brown fox jumps over the lazy dog while the lazy dog watches the quick brown fox.
Der schnelle braune Fuchs springt über den faulen Hund, während die Straße naß ist.
Zwei Männer stehen am Herd und bereiten Essen zu – „ganz ruhig“, sagt einer.
L'été dernier, j'ai vu à Paris l'œuvre « Les Misérables » : c'était génial !
Où est-ce qu'il a mis les 1 000 € d'aujourd'hui ?
¿Dónde está la biblioteca? ¡Aquí, señor, en la 2.ª planta!
Съешь ещё этих мягких французских булок, да выпей же чаю № 5.
Москва — столица России; население: 12,6 млн человек (2020 г.).
ΟΔΥΣΣΕΥΣ ΚΑΙ ΠΗΝΕΛΟΠΗ: Ο ΣΟΦΟΣ ΛΟΓΟΣ ΤΗΣ ΕΛΛΑΔΟΣ.
Ο Οδυσσέας γύρισε στην Ιθάκη ύστερα από 20 χρόνια· τι λες;
İSTANBUL'DA IŞIK VE İYİ GÜNLER, DİYARBAKIR'DA DA.
ಗಮನ ಎಂದರೆ ಒಂದು ವಿಷಯದ ಮೇಲೆ ಮನಸ್ಸನ್ನು ಇಡುವುದು, ೨೦೨೩ ರಲ್ಲಿ.
यह एक छोटा वाक्य है। क्या आप इसे १२३ बार पढ़ सकते हैं?
هذه جملة قصيرة، هل تستطيع قراءتها؟ العدد ١٢٣٫٤٥ كبير.
זה משפט קצר, נכון? כן: „שלום עולם” – 3.14.
今天天气很好,我们去公园散步吧。你觉得怎么样?
他在2019年花了3,500元买了一台“新”电脑(很贵!)。
今日は天気がいいですね。公園へ行きましょう、2時に!
カタカナとひらがなと漢字が混ざった文です・・・(テスト)。
오늘은 날씨가 좋습니다. 공원에 갈까요? 3,000원입니다.
วันนี้อากาศดีมาก เราไปเดินเล่นกันเถอะ ๑๒๓
😀 emoji 👍🏽 and ★ stars ☆, arrows → ←, math ∑ ≤ ∞ ± 5°, © 2020 ™.
Full width ABC123,text.with!marks? and 𠀀𠀁 𝒳𝟙𝟚 Ⅻ ½ ² letters.
Mixed don't can't won't the boys' toys' and the dog's tail's end 's
(hi) [there] {you} <skipped>all</skipped> "quoted" 'single' ... --- ... !!! ??
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
a
.
Yes.
ok ok ok ok ok ok ok ok ok ok ok ok""".split("\n")

ODD = [
    "", " ", "\t\t", "no-break\u00a0space and\u3000wide space\u2003em",
    "line\u2028separator\u2029paragraph\u0085next\x1cfile\x1funit ", "hyphen-\nated and\nbroken\n-lines",
    "  leading and trailing  ", "zero\u200bwidth\u200djoiner\ufeffmark",
    "e\u0301 combining n\u0303 vs \u00e9 \u00f1",
    "\u2f00\u2fa1 \u31c0 \u2e80 \u3200 \u3400 \u3f21 \uf900 \ufe30 \u3040\u3041 \u2a6d\u2a6e",
    "&amp;quot; &amp;amp;lt; & &lt &quot;&quot;", "X" * 300, "ǅ ǆ ẞ ß ŉ ﬁ İ ı Σ ΑΣ ΑΣ. Σ' ΑΣΑ",
    "the dog's, the cat's. 0's- &amp;#39;s, X", "..,,--''\"\"", "5.5.5,5,5-5-5 .5. ,5, -5-"]

SHORT = 5 * len(SENTENCES) + 3 * len(ODD)  # lines before the long ones


def perturbed(rng, line, strength):
    words = line.split(" ")
    for _ in range(rng.randint(0, strength)):
        i = rng.randrange(len(words))
        kind = rng.randrange(9)
        if kind == 0 and len(words) > 1:
            del words[i]
        elif kind == 1:
            words.insert(i, rng.choice(words))
        elif kind == 2:
            j = rng.randrange(len(words))
            words[i], words[j] = words[j], words[i]
        elif kind == 3:  # a run of words moves
            n = rng.randint(1, 6)
            run = words[i:i + n]
            rest = words[:i] + words[i + n:]
            j = rng.randint(0, len(rest))
            words = rest[:j] + run + rest[j:]
        elif kind == 4:
            words[i] = words[i].upper() if rng.random() < 0.5 else words[i].lower()
        elif kind == 5:
            words[i] += rng.choice(list(".,;:!?-'\")%") + ["&quot;", "。", "…", "'s"])
        elif kind == 6:
            words[i] = words[i][:rng.randint(1, max(1, len(words[i])))] or "x"
        elif kind == 7:
            words[i] = rng.choice(rng.choice(SENTENCES).split(" "))
        else:
            words[i] = rng.choice("([\"'$€") + words[i]
    return " ".join(words)


def make_corpus():
    rng = random.Random(20)
    hypotheses, references = [], [[], [], []]

    def add(hypothesis, *others):
        hypotheses.append(hypothesis)
        for r in range(3):
            references[r].append(others[r % len(others)])

    for line in SENTENCES:
        for strength in (0, 2, 4, 8, 16):
            add(perturbed(rng, line, strength), line, perturbed(rng, line, 3), perturbed(rng, line, 6))
    for line in ODD:
        add(line, line)
        add(line, rng.choice(ODD), rng.choice(SENTENCES), rng.choice(ODD))
        add(rng.choice(SENTENCES), line, rng.choice(ODD), "")
    assert len(hypotheses) == SHORT
    # What reaches the limits of TER: long sentences, far shifts, many equal words, very different lengths.
    for _ in range(12):
        words = [rng.choice(SENTENCES).split(" ") for _ in range(rng.randint(3, 9))]
        long = " ".join(sum(words, []))
        add(perturbed(rng, long, 30), long, perturbed(rng, long, 10), perturbed(rng, long, 50))
        shuffled = words[:]
        rng.shuffle(shuffled)
        add(" ".join(sum(shuffled, [])), long, perturbed(rng, long, 5), rng.choice(SENTENCES))
    few = " ".join(rng.choice("a b c".split()) for _ in range(90))
    add(" ".join(rng.choice("a b c".split()) for _ in range(80)), few, few[:60], few[40:])
    add("the a", "the " * 120 + "a", "a b", few)
    add("the " * 130 + "a", "the a", "a " * 60, few)
    add("a", few, few + " d", few + " e " + few)
    return hypotheses, references


def smoothed_parts(hypotheses, references):
    """Lines whose higher orders have no match, or no n-gram at all: one of each pattern."""
    patterns = {}
    for i, row in enumerate(BLEU()._extract_corpus_statistics(hypotheses, references)):
        correct, total = row[2:6], row[6:10]
        if 0 in correct or 0 in total:
            patterns.setdefault(tuple((c > 0) + (t > 0) for c, t in zip(correct, total)), (i, i + 1))
    return list(patterns.values())


def bleu_cases(corpus):
    parts = [None] + smoothed_parts(corpus[0], corpus[1][:2])
    for tokenize in ("13a", "intl", "char", "zh", "none"):
        for lowercase in (False, True):
            for references in (1, 3):
                yield dict(tokenize=tokenize, lowercase=lowercase), references, None
    for method, value in (("exp", None), ("floor", None), ("floor", 0.01), ("add-k", None), ("add-k", 0.456),
                          ("none", None)):
        for effective in (False, True):
            for part in parts:
                yield dict(smooth_method=method, smooth_value=value, effective_order=effective), 2, part


def chrf_cases():
    for word_order in (0, 1, 2):
        for lowercase in (False, True):
            for references in (1, 3):
                yield dict(word_order=word_order, lowercase=lowercase), references, None
    for options in (dict(whitespace=True), dict(eps_smoothing=True), dict(beta=1), dict(beta=3, word_order=2),
                    dict(char_order=4), dict(eps_smoothing=True, word_order=2, whitespace=True)):
        for part in (None, (175, 176), (195, 200)):
            yield options, 2, part


def ter_cases():
    for bits in range(16):
        options = {name: bool(bits >> i & 1) for i, name in
                   enumerate(("normalized", "no_punct", "asian_support", "case_sensitive"))}
        yield options, 1 + 2 * (bits % 2), (0, SHORT)  # sacreBLEU takes a minute for the long ones
    yield {}, 1, None
    yield {}, 3, (0, SHORT)
    yield {}, 2, (SHORT + 20, SHORT + 28)


def case(metric_class, options, references, part, corpus):
    hypotheses, all_references = corpus
    begin, end = part or (0, len(hypotheses))
    metric = metric_class(**options)
    hyp, refs = hypotheses[begin:end], [r[begin:end] for r in all_references[:references]]
    rows = metric._extract_corpus_statistics(hyp, refs)
    score = metric._aggregate_and_compute(rows)
    stats = numpy.array(rows, dtype=float)
    out = dict(options={k: v for k, v in options.items() if v is not None}, references=references, begin=begin, end=end,
               name=score.name, score=score.score, signature=str(metric.get_signature()),
               groups=[stats[i:i + GROUP].sum(0).tolist() for i in range(0, len(stats), GROUP)])
    if metric_class is BLEU:
        out.update(precisions=score.precisions, bp=score.bp, verbose=score._verbose)
    return out


MASK = (1 << 64) - 1


def mix(x):  # gamana/base/rng.h
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def comparison(metric, hypotheses, baseline, references, samples, seed):
    """sacreBLEU's estimates on the samples of gamana/metric/bootstrap.h."""
    n = len(hypotheses)
    keys = [mix(mix(mix(seed) ^ s) ^ 0) for s in range(samples)]
    lines = numpy.array([[mix(key ^ mix(i)) * n >> 64 for i in range(n)] for key in keys])
    scores, real = [], []
    for system in (hypotheses, baseline):
        rows = metric._extract_corpus_statistics(system, references)
        stats = numpy.array(rows, dtype=float)
        real.append(metric._aggregate_and_compute(rows).score)
        scores.append(numpy.array([metric._compute_score_from_stats(stats[sample].sum(0)).score for sample in lines]))
    differences = numpy.abs(scores[0] - scores[1])
    p = _compute_p_value(differences - differences.mean(), abs(real[0] - real[1]))
    return dict(name=metric.__class__.__name__, samples=samples, seed=seed, scores=real, p=p,
                means=[float(estimate_ci(s)[0]) for s in scores], margins=[float(estimate_ci(s)[1]) for s in scores])


def main(folder):
    corpus = hypotheses, references = make_corpus()
    versions = dict(sacrebleu=sacrebleu.__version__, regex=regex.__version__, numpy=numpy.__version__,
                    python=platform.python_version())
    with open(f"{folder}/corpus.json", "w", encoding="utf-8") as file:
        json.dump(dict(hypotheses=hypotheses, references=references), file, ensure_ascii=False, indent=0)
        file.write("\n")
    short = [lines[:SHORT] for lines in (hypotheses, references[0])]
    sentence = BLEU(effective_order=True)
    baseline = [perturbed(random.Random(i), line, 2) for i, line in enumerate(short[0])]
    out = dict(
        versions=versions, group=GROUP,
        bleu=[case(BLEU, *c, corpus) for c in bleu_cases(corpus)],
        chrf=[case(CHRF, *c, corpus) for c in chrf_cases()],
        ter=[case(TER, *c, corpus) for c in ter_cases()],
        sentence_bleu=[sentence.sentence_score(h, list(r)).score for h, *r in zip(hypotheses, *references)],
        baseline=baseline,
        comparisons=[comparison(metric, short[0], baseline, [short[1]], samples, 12345)
                     for metric, samples in ((BLEU(), 200), (CHRF(), 100), (TER(), 100))])
    with open(f"{folder}/scores.json", "w", encoding="utf-8") as file:
        file.write("{\n")
        for i, (key, value) in enumerate(out.items()):  # one case a line
            lines = ",\n".join(json.dumps(v, ensure_ascii=False) for v in value) if isinstance(value, list) else None
            text = f"[\n{lines}\n]" if lines else json.dumps(value)
            file.write(f'"{key}": {text}{"," if i + 1 < len(out) else ""}\n')
        file.write("}\n")


if __name__ == "__main__":
    main(sys.argv[1])
