"""Golden values of gamana/text/files: small folders of older models and what transformers makes of them.

  python tools/golden/side_files.py            writes tests/golden/text/side_files.json (transformers, sentencepiece)
  python tools/golden/side_files.py FOLDER     writes the folders themselves, each with expected.json, to look at

Vocabularies are trained on the text below; SentencePiece models have a small normalisation table of their own.
"""
import base64, io, json, os, random, struct, sys, tempfile
import sentencepiece, tokenizers, transformers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "side_files.json")
WORDS = ("the a small dog cats runs running over street water children play with red and man woman singing don't 12, "
         "3").split()


TEXTS = ["The small dog, runs over the street!", "  two  spaces don't\n\ncats", "the <mask> [MASK] </s> <s> red",
         "héllo e\u0301 ﬁ\xa0x 日本 <|endoftext|> singing", "", " ", "▁the ▁▁ dog"]


def corpus():
    rng = random.Random(7)
    return [" ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 9))) + rng.choice([".", "!", "?"])
            for _ in range(400)]


def spm(size=60, **options):
    """A model's bytes. Rules: no-break space, ligature, a control character, e with an accent of its own."""
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "rules.tsv")
        with open(rules, "w") as f:
            f.write("A0\t20\nFB01\t66 69\n7F\t\n65 301\tE9\n")
        out = io.BytesIO()
        options = {"normalization_rule_tsv": rules, **options}
        if options["normalization_rule_tsv"] is None:
            del options["normalization_rule_tsv"]
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(corpus()), model_writer=out, vocab_size=size,
                                                 hard_vocab_limit=False, minloglevel=2, **options)
        return out.getvalue()


def byte_bpe(first, extra=(), suffix=""):
    """vocab.json and merges.txt of a byte-level BPE whose ids begin with `first` and end with `extra`."""
    options = {"end_of_word_suffix": suffix} if suffix else {}
    bpe = Tokenizer(models.BPE(**options))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=60, special_tokens=list(first), show_progress=False, **options)
    bpe.train_from_iterator(corpus(), trainer)
    model = json.loads(bpe.to_str())["model"]
    vocab = dict(model["vocab"])
    for token in extra:
        vocab[token] = len(vocab)
    merges = "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in model["merges"])
    return {"vocab.json": json.dumps(vocab, ensure_ascii=False), "merges.txt": merges}


def word_pieces(first):
    tokenizer = Tokenizer(models.WordPiece(unk_token=first[1]))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=70, special_tokens=first, show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    vocab = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return {"vocab.txt": "".join(token + "\n" for token, _ in vocab)}


BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
FAIRSEQ = ["<s>", "<pad>", "</s>", "<unk>"]


def added(content, **flags):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
            "special": True, **flags}


def token(content, **flags):
    out = added(content, **flags)
    del out["special"]
    return {"__type": "AddedToken", **out}


def cases():
    def of(files, tokenizer_class=None, model_type=None, more=None, **settings):
        files = dict(files)
        if tokenizer_class:
            settings["tokenizer_class"] = tokenizer_class
        if settings:
            files["tokenizer_config.json"] = settings
        if model_type:
            files["config.json"] = {"model_type": model_type}
        files.update(more or {})
        return files

    bert = word_pieces(BERT)
    yield "bert", of(bert, model_type="bert")
    yield "bert_cased", of(bert, "BertTokenizer", do_lower_case=False, strip_accents=False,
                           tokenize_chinese_chars=False, additional_special_tokens=["[NEW]"],
                           more={"added_tokens.json": {"[NEW]": 71, "gamana": 70}})
    yield "bert_map", of(bert, "BertTokenizerFast", strip_accents=True, more={"special_tokens_map.json": {
        "mask_token": added("[MASK]", lstrip=True, normalized=True), "cls_token": "[CLS]", "sep_token": "dog"}})
    yield "distilbert", of(bert, "DistilBertTokenizer", do_lower_case=False, model_max_length=512)
    yield "electra", of(bert, model_type="electra", do_lower_case=True)
    yield "mpnet", of(word_pieces(["<s>", "[UNK]", "</s>", "<pad>", "<mask>"]), "MPNetTokenizer")
    yield "funnel", of(word_pieces(["<pad>", "<unk>", "<cls>", "<sep>", "<mask>", "<s>", "</s>"]), "FunnelTokenizer")

    end = "<|endoftext|>"
    gpt2 = byte_bpe([], [end])
    yield "gpt2", of(gpt2, model_type="gpt2")
    yield "gpt_neo", of(gpt2, "GPT2Tokenizer", model_type="gpt_neo", add_prefix_space=True, pad_token=end)
    yield "opt", of(byte_bpe(["<s>", "<pad>", "</s>", "<unk>"]), "GPT2Tokenizer", model_type="opt", add_bos_token=True,
                    bos_token=token("</s>", normalized=True), eos_token=token("</s>", normalized=True),
                    unk_token=token("</s>", normalized=True), pad_token="<pad>")
    roberta = byte_bpe(FAIRSEQ, ["<mask>"])
    yield "roberta", of(roberta, model_type="roberta")
    yield "roberta_decoder", of(roberta, "RobertaTokenizer", add_prefix_space=True, trim_offsets=False,
                                added_tokens_decoder={
        "0": added("<s>", normalized=True), "1": added("<pad>", normalized=True), "2": added("</s>", normalized=True),
        "3": added("<unk>", normalized=True), "65": added("<new>", special=False, single_word=True),
        str(json.loads(roberta["vocab.json"])["<mask>"]): added("<mask>", lstrip=True)}, mask_token="<mask>")
    yield "bart", of(roberta, "BartTokenizer", more={"special_tokens_map.json": {
        "bos_token": "<s>", "eos_token": "</s>", "mask_token": added("<mask>", lstrip=True, normalized=True)}})
    yield "blenderbot", of(roberta, "BlenderbotTokenizer")
    yield "deberta", of(byte_bpe(["[PAD]", "[CLS]", "[SEP]", "[UNK]"], ["[MASK]"]), "DebertaTokenizer")
    yield "gpt_neox", of(byte_bpe([end, "<|padding|>"]), "GPTNeoXTokenizer")
    yield "qwen2", of(byte_bpe([], [end]), "Qwen2Tokenizer", additional_special_tokens=["<|im_start|>", "<|im_end|>"],
                      eos_token="<|im_end|>", add_prefix_space=False, chat_template="{{ messages }}",
                      added_tokens_decoder={
                          "60": added(end), "61": added("<|im_start|>"), "62": added("<|im_end|>")})
    yield "clip", of(byte_bpe([], ["<|startoftext|>", end], "</w>"), "CLIPTokenizer")

    t5 = spm(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    yield "t5", of({"spiece.model": t5}, model_type="t5", extra_ids=3)
    yield "t5_extra", of({"spiece.model": t5}, "T5Tokenizer", extra_ids=2, eos_token="</s>",
                         additional_special_tokens=["<extra_id_0>", "<extra_id_1>"])
    yield "mt5", of({"spiece.model": t5}, model_type="mt5", extra_ids=0)
    albert = spm(pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"])
    yield "albert", of({"spiece.model": albert}, model_type="albert")
    yield "albert_accents", of({"spiece.model": albert}, "AlbertTokenizer", do_lower_case=False, keep_accents=True,
                               mask_token=token("[MASK]", lstrip=True))
    yield "xlnet", of({"spiece.model": spm(control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"])},
                      "XLNetTokenizer", do_lower_case=False)
    yield "big_bird", of({"spiece.model": spm(pad_id=0, eos_id=1, bos_id=2, unk_id=3,
                                              control_symbols=["[CLS]", "[SEP]", "[MASK]"])}, "BigBirdTokenizer")
    fairseq = spm()
    plain = spm(normalization_rule_tsv=None, normalization_rule_name="identity")
    yield "xlm_roberta", of({"sentencepiece.bpe.model": fairseq}, "XLMRobertaTokenizer",
                            mask_token=token("<mask>", lstrip=True, normalized=True))
    yield "xlm_roberta_plain", of({"sentencepiece.bpe.model": plain}, model_type="xlm-roberta")
    yield "camembert", of({"sentencepiece.bpe.model": fairseq}, "CamembertTokenizer")
    yield "mbart", of({"sentencepiece.bpe.model": plain}, "MBartTokenizer", src_lang="de_DE")
    yield "mbart50", of({"sentencepiece.bpe.model": fairseq}, "MBart50Tokenizer", src_lang="ta_IN")
    yield "nllb", of({"sentencepiece.bpe.model": spm(model_type="bpe")}, "NllbTokenizer", src_lang="deu_Latn",
                     additional_special_tokens=["eng_Latn", "deu_Latn", "kan_Knda"])
    yield "pegasus", of({"spiece.model": spm(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)}, "PegasusTokenizer", offset=6)
    deberta = spm(pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]",
                  unk_piece="[UNK]")
    yield "deberta_v2", of({"spm.model": deberta}, "DebertaV2Tokenizer", do_lower_case=True)
    bytes_bpe = dict(model_type="bpe", byte_fallback=True, normalization_rule_tsv=None,
                     normalization_rule_name="identity", remove_extra_whitespaces=False)
    llama = spm(330, **bytes_bpe)
    yield "llama", of({"tokenizer.model": llama}, "LlamaTokenizer", add_bos_token=True, add_eos_token=False,
                      bos_token=token("<s>"), clean_up_tokenization_spaces=True, model_max_length=4096, chat_template=[
                          {"name": "default", "template": "a"}, {"name": "tool_use", "template": "b"}])
    yield "llama_legacy", of({"tokenizer.model": llama}, "LlamaTokenizerFast", legacy=True, add_bos_token=True,
                             add_eos_token=True, pad_token="<pad>", more={"added_tokens.json": {"<pad>": 330}})
    gemma = spm(330, pad_id=0, eos_id=1, bos_id=2, unk_id=3, eos_piece="<eos>", bos_piece="<bos>",
                user_defined_symbols=["<mask>", "\n\n", "<start_of_turn>"], add_dummy_prefix=False, **bytes_bpe)
    yield "gemma", of({"tokenizer.model": gemma}, "GemmaTokenizer", add_bos_token=True,
                      truncation_side="left", model_max_length=10**30, more={"chat_template.jinja": "c\n"})
    yield "any_bpe", of({"tokenizer.model": spm(330, user_defined_symbols=["<sep>", "a|b"], **bytes_bpe)},
                        "TokenizersBackend", add_bos_token=True)
    yield "any_unigram", of({"tokenizer.model": fairseq}, "PreTrainedTokenizerFast")


def write(folder, files):
    os.makedirs(folder, exist_ok=True)
    for name, content in files.items():
        if isinstance(content, dict):
            content = json.dumps(content, ensure_ascii=False)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())


def expected(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    out = json.loads(tokenizer.backend_tokenizer.to_str())
    settings = {**tokenizer.special_tokens_map, "model_max_length": min(tokenizer.model_max_length, 2**63 - 1),
                "padding_side": tokenizer.padding_side, "truncation_side": tokenizer.truncation_side,
                "clean_up_tokenization_spaces": tokenizer.clean_up_tokenization_spaces,
                "chat_template": tokenizer.chat_template}
    if out["model"]["type"] == "Unigram":
        # Scores are 32-bit numbers, but where transformers copies a tokenizer they pass through text that loses a bit.
        for entry in out["model"]["vocab"]:
            entry[1] = struct.unpack("f", struct.pack("f", entry[1]))[0]
    encoded = [tokenizer.backend_tokenizer.encode(text) for text in TEXTS]
    texts = {"ids": [e.ids for e in encoded],
             "pair": tokenizer.backend_tokenizer.encode(TEXTS[0], TEXTS[1]).ids,
             "decoded": [tokenizer.decode(e.ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
                         for e in encoded]}
    return out, settings, texts


def blob(blobs, content):
    """{"blob": index}, in a list that has each content once."""
    content = base64.b64encode(content).decode()
    if content not in blobs:
        blobs.append(content)
    return {"blob": blobs.index(content)}


def main():
    out = {"versions": {m.__name__: m.__version__ for m in (transformers, tokenizers, sentencepiece)},
           "texts": TEXTS, "blobs": [], "cases": {}}
    keep = sys.argv[1] if len(sys.argv) > 1 else None
    for name, files in cases():
        with tempfile.TemporaryDirectory() as temporary:
            folder = os.path.join(keep or temporary, name)
            write(folder, files)
            try:
                json_expected, settings, texts = expected(folder)
            except Exception as e:
                print(name, "FAILED", type(e).__name__, str(e)[:300])
                continue
            if keep:
                with open(os.path.join(folder, "expected.json"), "w") as f:
                    json.dump(json_expected, f, ensure_ascii=False)
        stored = {n: blob(out["blobs"], c) if isinstance(c, bytes) else c for n, c in files.items()}
        out["cases"][name] = {"files": stored,
                              "expected": json_expected, "settings": settings, **texts}
    if not keep:
        with open(OUT, "w") as f:
            json.dump(out, f, ensure_ascii=False, separators=(",", ":"))
            f.write("\n")


if __name__ == "__main__":
    main()
