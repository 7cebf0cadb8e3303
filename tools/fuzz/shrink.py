"""A smaller case with the same kind of difference."""
import copy
import time

from compare import compare

STAGES = ["normalizer", "pre_tokenizer", "post_processor", "decoder", "truncation", "padding"]


def shrink(program, config, request, kind, seconds=8):
    """(config, request): request is None where the file itself is the difference."""
    end = time.monotonic() + seconds

    def remains(config, request):
        if time.monotonic() > end:
            return False
        differences, _ = compare(program, config, [request] if request else [])
        return any(found == kind for found, *_ in differences)

    if not remains(config, request):
        return config, request
    before = None
    while before != (config, request) and time.monotonic() < end:
        before = copy.deepcopy((config, request))
        if request:
            request = smaller_request(request, lambda it: remains(config, it))
        if not isinstance(config, str):
            for stage in STAGES:
                if config.get(stage) is not None:
                    candidate = {**config, stage: None}
                    if remains(candidate, request):
                        config = candidate
            config = smaller(config, lambda it: remains(it, request))
    return config, request


def smaller_request(request, remains):
    request = list(request)
    for i in range(1, len(request)):
        def try_part(part, i=i):
            return remains(request[:i] + [part] + request[i + 1:])
        if request[i] is not None and request[0] == "encode" and i == 2 and try_part(None):
            request[i] = None
        elif isinstance(request[i], (str, list)):
            request[i] = smaller(request[i], try_part)
    return request


def smaller(node, remains):
    """`remains(candidate)` says whether a candidate in the place of `node` keeps the difference."""
    if isinstance(node, str):
        return smaller_string(node, remains)
    if isinstance(node, bool):
        return False if node and remains(False) else node
    if isinstance(node, int):
        return next((n for n in (0, 1, node // 2, node - 1) if 0 <= n < node and remains(n)), node)
    if isinstance(node, float):
        return next((n for n in (0.0, -1.0, -2.0, float(round(node))) if n != node and abs(n) < abs(node) and remains(n)), node)
    if isinstance(node, list):
        return smaller_list(node, remains)
    if isinstance(node, dict):
        return smaller_dict(node, remains)
    return node


def cut(items, remains):
    """`items` without the chunks that are not needed (Zeller and Hildebrandt 2002, simplified)."""
    chunk = len(items)
    while chunk:
        at = 0
        while at < len(items):
            candidate = items[:at] + items[at + chunk:]
            if remains(candidate):
                items = candidate
            else:
                at += chunk
        chunk //= 2
    return items


def smaller_string(text, remains):
    if len(text) > 1000:  # a table
        return text
    text = cut(text, remains)
    for i, c in enumerate(text):
        for simple in " a":
            if c != simple and not (c == "a" or c == " ") and remains(text[:i] + simple + text[i + 1:]):
                text = text[:i] + simple + text[i + 1:]
                break
    return text


def smaller_list(items, remains):
    items = cut(items, remains)
    for i in range(len(items)):
        small = smaller(items[i], lambda it, i=i: remains(items[:i] + [it] + items[i + 1:]))
        items = items[:i] + [small] + items[i + 1:]
    return items


def smaller_dict(node, remains):
    for parts in "normalizers", "pretokenizers", "processors", "decoders":
        for child in node.get(parts) or []:
            if remains(child):
                return smaller(child, remains)
    keys = cut(list(node), lambda keys: remains({key: node[key] for key in keys}))
    node = {key: node[key] for key in keys}
    for key in keys:
        if key == "vocab" and isinstance(node[key], dict):  # ids stay different: of equal ones the peer takes any
            vocab = node[key]
            node = {**node, key: {token: vocab[token] for token in cut(list(vocab), lambda tokens: remains(
                {**node, key: {token: vocab[token] for token in tokens}}))}}
        elif key != "type" and node[key] is not None:
            node = {**node, key: smaller(node[key], lambda it, key=key: remains({**node, key: it}))}
    return node
