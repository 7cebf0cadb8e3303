"""Differences that are meant to be: (name, predicate(kind, config, request, peer's answer, our answer))."""

import functools
import json

from tokenizers import Regex, Tokenizer, normalizers


def anywhere(node, holds):
    """Whether `holds` for a part of a file."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return holds(node) or any(anywhere(child, holds) for child in children)


def is_stage(node, kind):
    return isinstance(node, dict) and node.get("type") == kind


def shares_ids(config):
    vocab = config.get("model", {}).get("vocab") if isinstance(config, dict) and isinstance(config.get("model"), dict) else None
    return isinstance(vocab, dict) and len(set(map(str, vocab.values()))) < len(vocab)


@functools.cache
def inserts_at_begin(pattern):
    """Whether a match may be empty before the first character: then `content` comes before the text."""
    for probe in "a", "o", " ", "\n", "1", "é", "#":
        try:
            out = normalizers.Replace(Regex(pattern), "Z").normalize_str(probe)
        except BaseException:
            continue
        if out.startswith("Z") and probe in out:
            return True
    return False


def inserts(node):
    if not isinstance(node, dict) or "pattern" not in node or not isinstance(node["pattern"], dict):
        return False
    pattern = node["pattern"]
    return pattern.get("String") == "" or isinstance(pattern.get("Regex"), str) and inserts_at_begin(pattern["Regex"])


def looks_alike(kind, config, *_):
    """Whether two added tokens have the same normalised text."""
    if not isinstance(config, dict) or kind.startswith(("load", "crash")):
        return False
    try:
        contents = {token["content"] for token in config.get("added_tokens", []) if token.get("content") and token.get("normalized")}
        normalizer = Tokenizer.from_str(json.dumps({**config, "added_tokens": []})).normalizer
        return len({normalizer.normalize_str(content) if normalizer else content for content in contents}) < len(contents)
    except BaseException:
        return False


def has_gaps(config):
    """Whether added tokens may get ids that the vocabulary has: they are counted on from its size."""
    vocab = config.get("model", {}).get("vocab") if isinstance(config, dict) and isinstance(config.get("model"), dict) else None
    return isinstance(vocab, dict) and any(isinstance(id, int) and id >= len(vocab) for id in vocab.values())


def leaves_text(kind, config, request, peer, mine):
    model = config.get("model") if isinstance(config, dict) else None
    return (isinstance(model, dict) and kind in ("encode: offsets", "encode: overflowing") and model.get("byte_fallback") and (model.get("continuing_subword_prefix") or model.get("end_of_word_suffix")))


TOP = {"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"}
KNOWN = [
    # Which one is found is a matter of chance, too.
    ("added tokens with one normalised text", looks_alike),
    # Its copy of the text is then out of step: wrong tokens, or a panic, some stages later.
    ("Replace of nothing at the begin", lambda kind, config, *_: kind.startswith(("encode", "ids")) and isinstance(config, dict) and anywhere(
        config.get("normalizer"), inserts)),
    ("Prepend of nothing", lambda kind, config, *_: anywhere(config, lambda node: is_stage(node, "Prepend") and node.get("prepend") == "")),
    # An unknown key at the top, which gamana skips.
    ("unknown key", lambda kind, config, *_: kind == "load: only the peer refuses" and isinstance(config, dict) and set(config) - TOP),
    # The peer's tokens are then as many as the texts, not as the ids.
    ("special token of a template with more ids than texts", lambda kind, config, *_: kind.startswith("encode") and anywhere(
        config, lambda node: isinstance(node, dict) and isinstance(node.get("ids"), list) and isinstance(node.get("tokens"), list)
        and len(node["ids"]) != len(node["tokens"]))),
    # Bytes of a prefix or suffix count as bytes of the text for the peer; gamana's offsets end with the text.
    ("byte tokens of prefixes leave the text", leaves_text),
    # The peer takes any of them, by the order of a hash map.
    ("two tokens of a vocabulary with one id", lambda kind, config, *_: shares_ids(config)),
    # An added token then has the id of another, and which of them the id stands for is the order of a hash map.
    ("an added token with an id of the vocabulary", lambda kind, config, *_: kind in ("decode", "ids") and config.get("added_tokens")
        and has_gaps(config)),
    # \X of Oniguruma is compiled in, for Unicode 14 in Debian's and 16 in the peer's: the others are ours.
    ("clusters of newer characters", lambda kind, config, *_: kind.startswith(("encode", "ids")) and anywhere(
        config, lambda node: isinstance(node, dict) and "\\X" in str(node.get("Regex", "")))),
    # Whatever is wrong in a model without a type, the peer takes it for another kind of model.
    ("a faulty model without a type", lambda kind, config, *_: kind == "load: only gamana refuses" and "type" not in config["model"]),
    # The peer loads it and panics on the first text.
    ("FixedLength of length 0", lambda kind, config, *_: kind == "load: only gamana refuses" and anywhere(
        config, lambda node: is_stage(node, "FixedLength") and node.get("length") == 0)),
]


def name_of(*difference):
    return next((name for name, holds in KNOWN if holds(*difference)), None)
