#include "gamana/text/post/text_decoder.h"

#include <algorithm>
#include <cstring>

#include "gamana/text/post/replace.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

constexpr int32_t kMostIds = 1 << 22;   // of a table; a file may name any id
constexpr size_t kMostBytes = 1 << 28;  // of a table; a replacement may be longer than the token
constexpr size_t kSlack = 16;           // short texts are copied as this many bytes

// A string that grows ahead of what is written.
class Writer {
 public:
  Writer(std::string& out, size_t expected) : out_(out), size_(out.size()) { out_.resize(size_ + expected + kSlack); }
  void put(const char* text, size_t size) {
    if (size_ + size + kSlack > out_.size()) out_.resize(2 * (size_ + size + kSlack));
    char* to = out_.data() + size_;
    if (size <= kSlack)
      std::memcpy(to, text, kSlack);
    else
      std::memcpy(to, text, size);
    size_ += size;
  }
  void put(const std::string& text) {
    if (size_ + text.size() + kSlack > out_.size()) out_.resize(2 * (size_ + text.size() + kSlack));
    std::memcpy(out_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void finish() { out_.resize(size_); }

 private:
  std::string& out_;
  size_t size_;
};

}  // namespace

TextDecoder::TextDecoder(const Decoder* decoder, int64_t ids, TokenOf token_of, IsSpecial is_special, bool clean_up)
    : decoder_(decoder ? decoder : &space_decoder()),
      ids_(ids),
      token_of_(std::move(token_of)),
      is_special_(std::move(is_special)),
      clean_up_(clean_up) {
  DecodeSteps steps;
  if (decoder_->add_to(steps)) steps_ = std::move(steps);
}

TextDecoder::Mapped TextDecoder::map(std::string_view token, Place place) const {
  Mapped out{std::string(token)};
  for (const TokenDecoder* decoder : steps_->tokens) decoder->map(out.text, place);
  if (steps_->byte_tokens)
    if (const auto byte = byte_token(out.text)) return {std::string(1, static_cast<char>(*byte)), true};
  for (const TokenDecoder* decoder : steps_->parts) decoder->map(out.text, place);
  if (steps_->byte_level) unmap_bytes(out.text);
  return out;
}

bool TextDecoder::fill(Table& table) const {
  if (ids_ > kMostIds) return false;
  table.entries.reserve(static_cast<size_t>(ids_));
  for (int32_t id = 0; id < ids_; ++id) {
    Entry& entry = table.entries.emplace_back();
    const auto token = token_of_(id);
    if (!token) continue;
    const Mapped mapped = map(*token, {});
    if (table.bytes.size() + mapped.text.size() > kMostBytes) return false;
    entry.begin = static_cast<uint32_t>(table.bytes.size());
    entry.size = static_cast<uint32_t>(mapped.text.size());
    entry.missing = 0;
    entry.special = is_special_(*token);
    entry.byte = mapped.byte;
    table.bytes += mapped.text;
  }
  table.bytes.append(kSlack, '\0');
  return true;
}

const TextDecoder::Table* TextDecoder::table() const {
  if (!steps_) return nullptr;
  std::call_once(once_, [this] {
    if (!fill(table_.emplace())) table_.reset();
  });
  return table_ ? &*table_ : nullptr;
}

void TextDecoder::append_run(const std::string& run, bool first, std::string& out) const {
  const bool valid = valid_utf8(run);
  for (size_t i = 0; i < (valid ? 1 : run.size()); ++i) {
    std::string part = valid ? run : "\uFFFD";
    for (const TokenDecoder* decoder : steps_->parts) decoder->map(part, {first && i == 0, false});
    out += part;
  }
}

bool TextDecoder::repeats(int32_t id, std::optional<int32_t> last) const {
  return steps_->drops_repeats && last && (id == *last || token_of_(id) == token_of_(*last));
}

size_t TextDecoder::stripped_begin(std::string_view text, int64_t most) const {
  size_t at = 0;
  for (; most > 0 && at < text.size(); --most) {
    const CodePoint point = code_point(text, at);
    if (point.c != steps_->strip) break;
    at += point.bytes;
  }
  return at;
}

size_t TextDecoder::stripped_end(std::string_view text, int64_t most) const {
  if (most == 0) return 0;
  char bytes[4];
  const std::string_view strip(bytes, utf8_bytes(steps_->strip, bytes));
  size_t end = text.size();
  for (; most > 0 && text.substr(0, end).ends_with(strip); --most) end -= strip.size();
  return text.size() - end;
}

std::string TextDecoder::decode_list(std::span<const int32_t> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  for (const int32_t id : ids) {
    const auto token = token_of_(id);
    if (token && !(skip_special_tokens && is_special_(*token))) tokens.emplace_back(*token);
  }
  return join(std::move(tokens));
}

std::string TextDecoder::join(std::vector<std::string> tokens) const {
  decoder_->decode(tokens);
  std::string out;
  for (const std::string& part : tokens) out += part;
  return out;
}

void TextDecoder::append_texts(const Table& table, std::span<const int32_t> ids, bool skip_special_tokens,
                               std::string& out) const {
  const auto kept = [&](int32_t id) { return table.find(id, skip_special_tokens); };
  // The ends, where what they become depends on their place.
  while (!ids.empty() && !kept(ids.front())) ids = ids.subspan(1);
  while (!ids.empty() && !kept(ids.back())) ids = ids.first(ids.size() - 1);
  if (ids.empty()) return;
  size_t expected = 0;
  for (const int32_t id : ids)
    if (const Entry* e = kept(id)) expected += e->size;
  Writer writer(out, expected);
  std::string run, part;  // of byte tokens
  bool first = true, run_is_first = false;
  std::optional<int32_t> before;
  const auto flush = [&] {
    part.clear();
    append_run(run, run_is_first, part);
    writer.put(part);
    run.clear();
  };
  for (size_t i = 0; i < ids.size(); ++i) {
    const Entry* e = kept(ids[i]);
    if (!e || repeats(ids[i], before)) continue;
    before = ids[i];
    const bool last = i + 1 == ids.size(), in_place = (first && steps_->needs_first) || (last && steps_->needs_last);
    if (e->byte) {
      if (run.empty()) run_is_first = first;
      run += table.bytes[e->begin];
    } else {
      if (!run.empty()) flush();
      if (in_place)
        writer.put(map(*token_of_(ids[i]), {first, last}).text);
      else
        writer.put(table.bytes.data() + e->begin, e->size);
    }
    first = false;
  }
  if (!run.empty()) flush();
  writer.finish();
}

std::string TextDecoder::decode(std::span<const int32_t> ids, bool skip_special_tokens) const {
  std::string out;
  const Table* table = this->table();
  if (!table) {
    out = decode_list(ids, skip_special_tokens);
  } else {
    append_texts(*table, ids, skip_special_tokens, out);
    if (steps_->byte_level && !valid_utf8(out)) out = repair_utf8(out);
    out.erase(0, stripped_begin(out, steps_->strip_begin));
    out.resize(out.size() - stripped_end(out, steps_->strip_end));
  }
  if (clean_up_) clean_up_spaces(out);
  return out;
}

}  // namespace gamana
