"""Golden values of gamana/text/tokenizer.h: small folders, and what transformers' AutoTokenizer decodes and asks with them.

  python tools/golden/folders.py        writes tests/golden/text/folders.json (transformers)
"""
import json, os, tempfile
import tokenizers, transformers
from transformers import AutoTokenizer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "text", "folders.json")
TOKENS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "do", "n't", ".", "?", ",", "'", "a", "b", "'s", "'re", "'m", "not", "'ve", "!"]
IDS = [[5, 6, 11, 7], [5, 16, 10, 12, 13, 14, 15, 17, 8, 18, 9], [7, 7, 10, 10, 11], [1, 11, 18, 2], []]
MODELS = {
    "WordPiece": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": {token: i for i, token in enumerate(TOKENS)}},
    "WordLevel": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {token: i for i, token in enumerate(TOKENS)}},
    "BPE": {"type": "BPE", "unk_token": "[UNK]", "vocab": {token: i for i, token in enumerate(TOKENS)}, "merges": []},
    "Unigram": {"type": "Unigram", "unk_id": 0, "vocab": [[token, -1.5] for token in TOKENS]}}
TEXTS = ["a b [MASK] <ent> b", "<one> a  <two>  b <ent>[MASK]", "do <img>n't <x>a <pad2> [CLS] <none>", "a <b os> . <one><two>"]
FLAGS = "single_word", "lstrip", "rstrip", "normalized", "special"
INSISTS = {"clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": True}
CLEANS = {"clean_up_tokenization_spaces": True}


def flags(content, special=False, **others):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special, **others}


def folder(model, config, name="PreTrainedTokenizerFast", templates=()):
    special = [{"id": i, "content": TOKENS[i], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
               for i in range(5)]
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
            "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": None, "model": MODELS[model]}
    return {"tokenizer.json": file, "tokenizer_config.json": {"tokenizer_class": name, "pad_token": "[PAD]", "sep_token": "[SEP]",
                                                              "model_max_length": 64, "padding_side": "left", **config}, **dict(templates)}


CASES = {
    "word_pieces": folder("WordPiece", CLEANS), "word_pieces_kept": folder("WordPiece", {}),
    "word_level": folder("WordLevel", CLEANS), "unigram": folder("Unigram", {**CLEANS, **INSISTS}),
    "bpe": folder("BPE", CLEANS), "bpe_insists": folder("BPE", {**CLEANS, **INSISTS}), "bpe_kept": folder("BPE", INSISTS),
    "bert": folder("WordPiece", CLEANS, "BertTokenizer"),
    "list_of_templates": folder("BPE", {"chat_template": [{"name": "default", "template": "{{ pad_token }}"}, {"name": "tool_use", "template": "tools"}]}),
    "template": folder("BPE", {"chat_template": "{{ sep_token }}", "image_token": "[MASK]", "additional_special_tokens": ["[CLS]"]}),
    "files_of_templates": folder("BPE", {"chat_template": "no"}, templates={
        "chat_template.jinja": "{{ sep_token }}", "additional_chat_templates/tool_use.jinja": "tools\n", "additional_chat_templates/rag.jinja": "r"}.items()),
    # Tokens that stand beside the tokenizer.json alone.
    "tokens_beside": folder("WordLevel", {"added_tokens_decoder": {
        "20": flags("<ent>", lstrip=True), "19": flags("<x>", True), "4": flags("[MASK]", True, lstrip=True, rstrip=True), "3": flags("[PAD]")},
        "bos_token": "<b os>", "eos_token": "[SEP]", "additional_special_tokens": ["<one>", {"__type": "AddedToken", **flags("<two>", True, rstrip=True)}], "image_token": "<img>"}),
    "tokens_of_old_files": folder("Unigram", {"unk_token": "[UNK]"}, templates={
        "special_tokens_map.json": {"bos_token": {k: v for k, v in flags("<b os>", lstrip=True).items() if k != "special"}, "mask_token": "[MASK]",
                                    "extra_special_tokens": ["<one>", {k: v for k, v in flags("<two>", rstrip=True).items() if k != "special"}]},
        "added_tokens.json": {"<ent>": 25, "[CLS]": 1, "<x>": 22}}.items()),
    "tokens_of_all_kinds": folder("BPE", {"added_tokens_decoder": {"5": flags("do", normalized=True), "30": flags("<ent>", single_word=True)}, "cls_token": "<pad2>",
                                          "extra_special_tokens": {"video_token": "<one>"}})}


def write(files, path):
    for name, content in files.items():
        os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
        with open(os.path.join(path, name), "w") as f:
            f.write(content if isinstance(content, str) else json.dumps(content))


def record(path):
    """What transformers finds in a folder."""
    tokenizer = AutoTokenizer.from_pretrained(path)
    added = ["%d %s%s" % (id, token.content, "".join(" " + flag for flag in FLAGS if getattr(token, flag))) for id, token in sorted(tokenizer.added_tokens_decoder.items())]
    plain = type(tokenizer).__name__ == "TokenizersBackend"  # others build a tokenizer of their own
    encoded = [" ".join(map(str, tokenizer(text, add_special_tokens=False)["input_ids"])) for text in TEXTS] if plain else None
    return {"added_tokens": added if plain else None, "encoded": encoded, "decoded": [tokenizer.decode(ids) for ids in IDS], "skipped": [tokenizer.decode(ids, skip_special_tokens=True) for ids in IDS],
            "chat_template": tokenizer.chat_template, "special_tokens": tokenizer.special_tokens_map,
            "model_max_length": tokenizer.model_max_length, "padding_side": tokenizer.padding_side}


def main():
    cases = {}
    for name, files in CASES.items():
        with tempfile.TemporaryDirectory() as path:
            write(files, path)
            cases[name] = {"files": files, **record(path)}
    versions = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    with open(OUT, "w") as f:
        json.dump({"versions": versions, "ids": IDS, "texts": TEXTS, "cases": cases}, f, ensure_ascii=False, indent=0, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
