// Any bytes as a text, under tokenizers of several kinds: offsets stay inside the text and grow, ids alone are the same ids,
// and ids decode. The first byte chooses the tokenizer, the second options.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gamana/text/tokenizer.h"

namespace {

const char* const kFiles[] = {
    R"({"version": "1.0", "added_tokens": [{"id": 4, "content": "<s>", "single_word": false, "lstrip": true, "rstrip": true, "normalized": false, "special": true}],
        "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}, "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3}, "merges": ["a b"], "unk_token": "a"}})",
    R"({"version": "1.0", "added_tokens": [{"id": 5, "content": "É", "single_word": true, "lstrip": false, "rstrip": false, "normalized": true, "special": false}],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "BertProcessing", "sep": ["s", 1], "cls": ["c", 2]}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "u", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"u": 0, "s": 1, "c": 2, "a": 3, "##a": 4}}})",
    R"({"version": "1.0", "added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Nmt"}, {"type": "NFC"},
        {"type": "Replace", "pattern": {"Regex": " {2,}|^a*"}, "content": "▁"}, {"type": "Prepend", "prepend": "▁"}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}, "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["<unk>", 0], ["▁", -1], ["a", -2], ["▁a", -2.5], ["<0x41>", -3]]}})",
    R"({"version": "1.0", "added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Strip", "strip_left": true, "strip_right": true}, {"type": "NFKC"}, {"type": "Lowercase"}]},
        "truncation": {"direction": "Left", "max_length": 5, "strategy": "LongestFirst", "stride": 2}, "padding": {"strategy": {"Fixed": 7}, "direction": "Left", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "p"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "UnicodeScripts"}, {"type": "Digits", "individual_digits": true}, {"type": "Punctuation", "behavior": "MergedWithNext"}]},
        "model": {"type": "BPE", "unk_token": "u", "fuse_unk": true, "byte_fallback": true, "end_of_word_suffix": "</w>", "vocab": {"u": 0, "a": 1, "a</w>": 2, "aa</w>": 3, "aa": 4}, "merges": ["a a</w>", "a a"]}})"};

void check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<gamana::Tokenizer> tokenizers = [] {
    std::vector<gamana::Tokenizer> read;
    for (const char* file : kFiles) read.push_back(gamana::Tokenizer::parse(file, "fuzz"));
    return read;
  }();
  if (size < 2) return 0;
  const gamana::Tokenizer& tokenizer = tokenizers[data[0] % tokenizers.size()];
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  gamana::EncodeOptions options;
  options.add_special_tokens = data[1] & 1;
  options.truncate = data[1] & 2;
  options.pad = data[1] & 16;
  options.unit = data[1] & 4 ? gamana::OffsetUnit::code_points : gamana::OffsetUnit::bytes;
  const gamana::Encoding encoding = tokenizer.encode(text, options);
  for (const gamana::Span& span : encoding.offsets) check(span.begin <= span.end && span.end <= 3 * text.size());
  tokenizer.tokens(encoding);
  tokenizer.decode(encoding.ids, data[1] & 8);
  if (!options.truncate && !options.pad) {
    std::vector<int32_t> ids;
    tokenizer.encode_ids(text, options.add_special_tokens, ids);
    check(ids == encoding.ids);
  }
  return 0;
}
