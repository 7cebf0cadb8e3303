#include "gamana/text/post/post_processor.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/post/fields.h"
#include "gamana/text/post/processors.h"
#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

constexpr int kProcessorDepth = 32;

template <class T>
void extend(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// The entries alone, without the windows.
void append_entries(Encoding& encoding, const Encoding& other) {
  const uint32_t size = static_cast<uint32_t>(encoding.size());
  extend(encoding.ids, other.ids);
  extend(encoding.type_ids, other.type_ids);
  extend(encoding.offsets, other.offsets);
  extend(encoding.word_ids, other.word_ids);
  extend(encoding.special_tokens_mask, other.special_tokens_mask);
  extend(encoding.attention_mask, other.attention_mask);
  for (const auto& [number, tokens] : other.sequences)
    encoding.set_sequence(number, {tokens.begin + size, tokens.end + size});
  for (const auto& [token, text] : other.literals) encoding.literals.emplace_back(token + size, text);
}

struct Special {
  std::string token;
  int32_t id = 0;
};

Special read_special(const Fields& fields, const char* key) {
  const Json& pair = fields.any(key);
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string())
    fail("{}: expected a token and its id, found {}", fields.where(key), describe(pair));
  const Json id{{"id", pair[1]}};
  return {pair[0].get<std::string>(), static_cast<int32_t>(Fields(id, fields.where(key)).count("id", INT32_MAX))};
}

// One special token around a sequence, without the mark of a sequence.
void add_special(Encoding& encoding, const Special& special, int32_t type_id, const TokenNames& names) {
  append_entries(encoding, special_tokens({special.id}, {special.token}, type_id, names));
}

// `before` (may be null), the sequence, `after`. What was special in it is no longer: the peer writes a new mask.
Encoding enclose(const Special* before, const Encoding& sequence, const Special& after, int32_t number, int32_t type_id,
                 const TokenNames& names) {
  Encoding out;
  if (before) add_special(out, *before, type_id, names);
  const uint32_t begin = static_cast<uint32_t>(out.size());
  append_entries(out, sequence);
  const uint32_t end = static_cast<uint32_t>(out.size());
  out.sequences = {{number, {begin, end}}};
  std::fill(out.special_tokens_mask.begin() + begin, out.special_tokens_mask.end(), 0);
  std::fill(out.attention_mask.begin(), out.attention_mask.end(), 1);
  add_special(out, after, type_id, names);
  for (const Encoding& window : sequence.overflowing)
    out.overflowing.push_back(enclose(before, window, after, number, type_id, names));
  for (Encoding& window : out.overflowing) window.overflowing.clear();
  return out;
}

// [CLS] A [SEP] and B [SEP] (tokenizers: processors/bert.rs).
class BertProcessing : public PostProcessor {
 public:
  explicit BertProcessing(const Fields& fields)
      : separator_(read_special(fields, "sep")), class_(read_special(fields, "cls")) {}

  int added_tokens(bool pair) const override { return pair ? 3 : 2; }

  std::vector<Encoding> process(std::vector<Encoding> sequences, bool add_special_tokens,
                                const TokenNames& names) const override {
    if (!add_special_tokens) return sequences;
    for (size_t i = 0; i < sequences.size(); ++i)
      sequences[i] = i == 0 ? enclose(&class_, sequences[i], separator_, 0, 0, names)
                            : enclose(nullptr, sequences[i], separator_, 1, 1, names);
    return sequences;
  }

 private:
  Special separator_, class_;
};

bool leading_space(char32_t c) { return c == U'Ġ' || has(c, kWhiteSpace); }

// Spaces at the ends of a token do not belong to its place in the text; the one space that was put before the first
// token is none of its text (tokenizers: pre_tokenizers/byte_level.rs).
void trim(Encoding& encoding, bool add_prefix_space, const TokenNames& names) {
  for (size_t i = 0; i < encoding.size(); ++i) {
    const std::string token = names.name(encoding, i);
    uint32_t before = 0, after = 0;
    bool at_begin = true;
    for (size_t at = 0; at < token.size();) {
      const CodePoint point = code_point(token, at);
      const bool space = leading_space(point.c);
      at_begin = at_begin && space;
      before += at_begin;
      after = space ? after + 1 : 0;
      at += point.bytes;
    }
    Span& place = encoding.offsets[i];
    if (before == 1 && add_prefix_space && (i == 0 || place.begin == 0)) before = 0;
    if (before) place.begin = std::min(place.begin + before, place.end);
    if (after && place.end >= after) place.end = std::max(place.end - after, place.begin);
  }
}

void trim_all(std::vector<Encoding>& sequences, bool add_prefix_space, const TokenNames& names) {
  for (Encoding& sequence : sequences) {
    trim(sequence, add_prefix_space, names);
    for (Encoding& window : sequence.overflowing) trim(window, add_prefix_space, names);
  }
}

// <s> A </s> and </s> B </s>, all of type 0 (tokenizers: processors/roberta.rs).
class RobertaProcessing : public PostProcessor {
 public:
  explicit RobertaProcessing(const Fields& fields)
      : separator_(read_special(fields, "sep")),
        class_(read_special(fields, "cls")),
        trim_offsets_(fields.flag("trim_offsets")),
        add_prefix_space_(fields.flag("add_prefix_space")) {}

  int added_tokens(bool pair) const override { return pair ? 4 : 2; }

  std::vector<Encoding> process(std::vector<Encoding> sequences, bool add_special_tokens,
                                const TokenNames& names) const override {
    if (trim_offsets_) trim_all(sequences, add_prefix_space_, names);
    for (Encoding& sequence : sequences) std::fill(sequence.type_ids.begin(), sequence.type_ids.end(), 0);
    if (!add_special_tokens) return sequences;
    for (size_t i = 0; i < sequences.size(); ++i) {
      sequences[i] = enclose(i == 0 ? &class_ : &separator_, sequences[i], separator_, i == 0 ? 0 : 1, 0, names);
      for (Encoding& window : sequences[i].overflowing) std::fill(window.type_ids.begin(), window.type_ids.end(), 0);
    }
    return sequences;
  }

 private:
  Special separator_, class_;
  bool trim_offsets_, add_prefix_space_;
};

class ByteLevelOffsets : public PostProcessor {
 public:
  explicit ByteLevelOffsets(const Fields& fields)
      : add_prefix_space_(fields.flag("add_prefix_space")), trim_offsets_(fields.flag("trim_offsets")) {
    if (fields.has("use_regex")) fields.flag("use_regex");
  }

  int added_tokens(bool) const override { return 0; }

  std::vector<Encoding> process(std::vector<Encoding> sequences, bool, const TokenNames& names) const override {
    if (trim_offsets_) trim_all(sequences, add_prefix_space_, names);
    for (size_t i = 0; i < sequences.size(); ++i)
      sequences[i].set_sequence(static_cast<int32_t>(i), {0, static_cast<uint32_t>(sequences[i].size())});
    return sequences;
  }

 private:
  bool add_prefix_space_, trim_offsets_;
};

std::unique_ptr<PostProcessor> make_post_processor(const Json& json, const std::string& where, int depth);

class ProcessorSequence : public PostProcessor {
 public:
  ProcessorSequence(const Fields& fields, int depth) {
    if (depth > kProcessorDepth) fail("{}: sequences are nested more than {} deep", fields.where(), kProcessorDepth);
    size_t i = 0;
    for (const Json& item : fields.list("processors")) {
      const std::string where = fmt::format("{}[{}]", fields.where("processors"), i++);
      processors_.push_back(make_post_processor(item, where, depth + 1));
      if (!processors_.back()) fail("{}: expected an object, found null", where);
    }
  }

  int added_tokens(bool pair) const override {
    int count = 0;
    for (const auto& processor : processors_) count += processor->added_tokens(pair);
    return count;
  }

  std::vector<Encoding> process(std::vector<Encoding> sequences, bool add_special_tokens,
                                const TokenNames& names) const override {
    for (const auto& processor : processors_)
      sequences = processor->process(std::move(sequences), add_special_tokens, names);
    return sequences;
  }

 private:
  std::vector<std::unique_ptr<PostProcessor>> processors_;
};

std::unique_ptr<PostProcessor> make_post_processor(const Json& json, const std::string& where, int depth) {
  if (json.is_null()) return nullptr;
  const Fields fields(json, where);
  // As there, these are told by their fields and not by their type.
  if (fields.has("sep") && fields.has("cls")) {
    if (fields.is_bool("trim_offsets") && fields.is_bool("add_prefix_space"))
      return std::make_unique<RobertaProcessing>(fields);
    return std::make_unique<BertProcessing>(fields);
  }
  if (fields.has("single") && fields.has("pair") && fields.has("special_tokens")) return make_template_processing(fields);
  const std::string type = fields.type();
  if (type == "ByteLevel") return std::make_unique<ByteLevelOffsets>(fields);
  if (type == "TemplateProcessing") fail("{}: expected \"single\", \"pair\" and \"special_tokens\"", where);
  if (type == "Sequence") return std::make_unique<ProcessorSequence>(fields, depth);
  if (type == "BertProcessing" || type == "RobertaProcessing")
    fail("{}: expected \"sep\" and \"cls\", each a token and its id", where);
  fail(
      "{}: \"type\": expected one of TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence, found "
      "{}",
      where, fields.has("type") ? describe(json["type"]) : "nothing");
}

}  // namespace

void append(Encoding& encoding, const Encoding& other) {
  std::vector<Encoding> windows;
  const auto join = [&](const Encoding& left, const Encoding& right) {
    windows.push_back(left);
    append(windows.back(), right);
  };
  for (const Encoding& window : encoding.overflowing) {
    join(window, other);
    for (const Encoding& next : other.overflowing) join(window, next);
  }
  for (const Encoding& next : other.overflowing) join(encoding, next);
  append_entries(encoding, other);
  encoding.overflowing = std::move(windows);
}

Encoding special_tokens(const std::vector<int32_t>& ids, const std::vector<std::string>& tokens, int32_t type_id,
                        const TokenNames& names) {
  Encoding out;
  const size_t count = ids.size();
  out.ids = ids;
  out.type_ids.assign(count, type_id);
  out.offsets.assign(count, {});
  out.word_ids.assign(count, -1);
  out.special_tokens_mask.assign(count, 1);
  out.attention_mask.assign(count, 1);
  for (size_t i = 0; i < tokens.size(); ++i)
    if (names.name(out, i) != tokens[i]) out.literals.emplace_back(static_cast<uint32_t>(i), tokens[i]);
  return out;
}

std::unique_ptr<PostProcessor> make_post_processor(const Json& json, const std::string& where) {
  return make_post_processor(json, where, 0);
}

Encoding post_process(Encoding first, std::optional<Encoding> second, const PostProcessor* processor,
                      const std::optional<Truncation>& truncation, bool add_special_tokens, const TokenNames& names) {
  if (truncation) {
    Truncation left = *truncation;
    if (processor && add_special_tokens) left.max_length -= processor->added_tokens(second.has_value());
    if (left.max_length >= 0) truncate(first, second ? &*second : nullptr, left);
  }
  if (!processor && !second) return first;
  std::vector<Encoding> sequences;
  sequences.push_back(std::move(first));
  if (second) sequences.push_back(std::move(*second));
  for (size_t i = 0; i < sequences.size(); ++i) {
    const int32_t number = static_cast<int32_t>(i);
    sequences[i].set_sequence(number, {0, static_cast<uint32_t>(sequences[i].size())});
    if (!processor) continue;
    for (Encoding& window : sequences[i].overflowing)
      window.set_sequence(number, {0, static_cast<uint32_t>(window.size())});
    std::fill(sequences[i].type_ids.begin(), sequences[i].type_ids.end(), number);
  }
  if (processor) sequences = processor->process(std::move(sequences), add_special_tokens, names);
  if (sequences.empty()) return {};
  Encoding out = std::move(sequences[0]);
  for (size_t i = 1; i < sequences.size(); ++i) append(out, sequences[i]);
  return out;
}

}  // namespace gamana
