"""Random texts that are hard on tokenizers."""

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.", "I'll say it's 1,234.56 dollars; they've WON'T!", "  leading and trailing  ",
    "Straße, Ärger und Übermut — „Zitat“", "L’été dernier, à l'œuvre… où ça?", "¿Qué pasó, niño? ¡Año 2024!",
    "Быстрая коричневая лиса ёжика", "Η γρήγορη αλεπού πηδάει", "敏捷的棕色狐狸跳過懶狗。你好,世界!", "日本語のテキストとカタカナー、ひらがな。",
    "한국어 문장입니다. 안녕하세요", "مرحبا بالعالم كيف حالك؟ ١٢٣", "שלום עולם, מה נשמע?", "नमस्ते दुनिया। क्षत्रिय १२३", "ಕನ್ನಡ ಭಾಷೆ ಸ್ವಾಗತ",
    "สวัสดีชาวโลก ๑๒๓", "Tiếng Việt có dấu thanh điệu", "İstanbul ıçin ĞÜŞ", "ﬁnance ﬂow ½ ² ™ ℃ Ⅷ ｆｕｌｌ ｗｉｄｔｈ", "def f(x):\n\treturn x**2  # ok\r\n\r\n",
    "https://example.com/a?b=c&d=%20#e foo_bar-baz@qux.org", "don't can't we're I'M YOU'LL they'D", "<s>hello</s> [CLS] a [SEP] <|endoftext|>",
    "한글 e\u0301 a\u0308 n\u0303 \u0928\u093c", "`` quoted '' text . , ! ? n't 's", "###heading ##sub _under_ *bold*", "▁already ▁▁marked", "Ġbyte Ċlevel",
]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "🇩🇪🇫", "👍🏽", "❤️", "☺", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🤷🏿‍♀️", "\u200d", "\ufe0f"]
SPACES = [" ", " ", " ", "  ", "   ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2003", "\u200b", "\u2028", "\u0085", "\x0b", "\x0c", "\x1c", "\u1680", "\ufeff",
          "\u2029", "\u202f", "\u180e"]
ODD = ["\0", "\x01", "\x7f", "\x80", "\x9f", "\ufffd", "\u00ad", "\u200c", "\u200d", "\u200e", "\u202e", "\u2066", "\ufffe", "\uffff", "\ue000", "\U000f0000",
       "\U0010ffff", "\u0378", "\U0001fbff", "\u0345", "\u0130", "\u0131", "\u017f", "\u1e9e", "\u212a", "\u03c2", "\u03a3", "\u01c5", "\ufb03", "\u3164", "\u115f",
       "\u1100", "\u1161", "\u11a8", "\uac00", "\uac01", "\u0f73", "\u0344", "\u0958", "\u2126", "\uf900", "\U0002f800", "\U0001d15e", "\u0338", "\u0301", "\u0327",
       "\u05b0", "\u0650", "\u3099", "\u30fc", "\u3005", "\u2581", "\u0120", "\u010a", "\u2047", "\u00b2", "\u00bd", "\u2160", "\u0e33", "\u0eb3", "\u00b7", "\u00b4",
       "\u02b0", "\u1d2c", "\u20dd", "\u093f", "\u0903", "\u0600", "\u06dd", "\U000110bd", "\U000e0001", "\U0001f1e6", "\u2e80", "\u31f0", "\U00020000", "\U0002b820",
       "\U0002ceb0", "\U0002a6df", "\U0002a6e0", "\u9fff", "\u4dbf", "\u4dc0", "\u3007", "\u00aa", "\u00ba", "\u2071", "\u066b", "\u0966", "\U0001d7d8", "\u2488"]
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["—", "…", "«", "»", "。", "、", "，", "！", "・", "؟", "।", "¡", "¿", "§", "€", "№", "“", "’", "¬", "´", "¨"]
LOOKALIKES = ["a", "а", "ａ", "ɑ", "𝐚", "ᴬ", "ⓐ", "å", "a\u030a", "Å", "Å", "o", "о", "ο", "0", "O", "l", "1", "I", "Ⅰ", "|"]
BLOCKS = [(0x20, 0x7f), (0x80, 0x250), (0x250, 0x300), (0x300, 0x370), (0x370, 0x530), (0x530, 0x780), (0x780, 0xe00), (0xe00, 0x1100), (0x1100, 0x1200), (0x1200, 0x1e00),
          (0x1e00, 0x2000), (0x2000, 0x2100), (0x2100, 0x2c00), (0x2c00, 0x3000), (0x3000, 0x3200), (0x3200, 0x3400), (0x3400, 0xa000), (0xa000, 0xac00), (0xac00, 0xd7b0),
          (0xf900, 0xfb00), (0xfb00, 0x10000), (0x10000, 0x11000), (0x11000, 0x12000), (0x16000, 0x18000), (0x1b000, 0x1b200), (0x1d000, 0x1d800), (0x1e000, 0x1f000),
          (0x1f000, 0x20000), (0x20000, 0x32000), (0xe0000, 0xe0200), (0xf0000, 0x110000), (0, 0x20), (0, 0x110000)]


def any_character(rng):
    low, high = rng.choice(BLOCKS)
    c = rng.randrange(low, high)
    return chr(c) if not 0xd800 <= c < 0xe000 else "\ufffd"


def atom(rng):
    """One or a few characters."""
    kind = rng.random()
    if kind < 0.25:
        return rng.choice("abcdehilnorstuABT")
    if kind < 0.32:
        return rng.choice("0123456789")
    if kind < 0.47:
        return rng.choice(SPACES)
    if kind < 0.57:
        return rng.choice(PUNCTUATION)
    if kind < 0.67:
        return rng.choice(ODD)
    if kind < 0.73:
        return rng.choice(EMOJI)
    if kind < 0.78:
        return rng.choice(LOOKALIKES)
    if kind < 0.88:
        return rng.choice(rng.choice(SENTENCES))
    return any_character(rng)


def palette_text(rng):
    """Few different atoms, so that what was seen comes again."""
    palette = [atom(rng) for _ in range(rng.randint(1, 9))]
    return "".join(rng.choice(palette) * (rng.randint(2, 6) if rng.random() < 0.1 else 1) for _ in range(rng.randint(1, 40)))


def sentence_text(rng):
    parts = []
    for _ in range(rng.randint(1, 3)):
        sentence = rng.choice(SENTENCES)
        a = rng.randrange(len(sentence)) if rng.random() < 0.5 else 0
        parts.append(sentence[a:a + rng.randint(3, 40)])
    return rng.choice(["", " ", " ", "\n", rng.choice(SPACES)]).join(parts)


def mutate(rng, text):
    for _ in range(rng.randint(1, 4)):
        a = rng.randint(0, len(text))
        b = min(len(text), a + rng.choice([0, 0, 1, 1, 3]))
        text = text[:a] + rng.choice([atom(rng), atom(rng), text[a:b] * 2, ""]) + text[b:]
    return text


def random_text(rng):
    kind = rng.random()
    if kind < 0.35:
        text = palette_text(rng)
    elif kind < 0.75:
        text = sentence_text(rng)
    elif kind < 0.85:
        text = "".join(atom(rng) for _ in range(rng.randint(0, 25)))
    elif kind < 0.9:
        text = "".join(any_character(rng) for _ in range(rng.randint(0, 20)))
    elif kind < 0.93:
        text = atom(rng) * rng.choice([1, 2, 30, 101, 260])
    elif kind < 0.94:
        text = ""
    else:
        text = mutate(rng, sentence_text(rng))
    return mutate(rng, text) if rng.random() < 0.2 else text


def with_tokens(rng, text, tokens):
    """`tokens` (contents of added tokens) put in at random places, sometimes changed a little."""
    for _ in range(rng.randint(1, 3)):
        token = rng.choice(tokens)
        change = rng.random()
        if change < 0.1:
            token = token.upper() if rng.random() < 0.5 else token.lower()
        elif change < 0.2:
            token = token[:-1]
        elif change < 0.3:
            token = rng.choice(SPACES) + token + rng.choice(SPACES)
        a = rng.randint(0, len(text))
        text = text[:a] + token + text[a:]
    return text
