#include "gamana/text/post/stream_decoder.h"

#include "gamana/text/post/replace.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

// Whether the bytes begin a character that later ones may complete (Unicode 15, table 3-7).
bool begins_character(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = byte(0);
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() >= size) return false;
  for (size_t i = 1; i < bytes.size(); ++i)
    if ((byte(i) & 0xC0) != 0x80) return false;
  if (bytes.size() < 2) return true;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return byte(1) >= low && byte(1) <= high;
}

// Bytes at the end that may become a character.
size_t open_bytes(std::string_view text) {
  for (size_t size = 1; size <= 3 && size <= text.size(); ++size)
    if (begins_character(text.substr(text.size() - size))) return size;
  return 0;
}

}  // namespace

StreamDecoder::StreamDecoder(const TextDecoder& decoder, bool skip_special_tokens)
    : decoder_(decoder), table_(decoder.table()), skip_special_tokens_(skip_special_tokens) {
  if (table_) strip_left_ = decoder.steps_->strip_begin;
  if (decoder.clean_up_) cleaner_ = std::make_unique<SpaceCleaner>();
}

StreamDecoder::~StreamDecoder() = default;

void StreamDecoder::push(int32_t id, std::string& out) {
  if (!table_) return ids_.push_back(id);
  if (!table_->find(id, skip_special_tokens_) || decoder_.repeats(id, before_)) return;
  before_ = id;
  if (decoder_.steps_->needs_last) {
    if (last_) add(*last_, {first_, false}, out);
    last_ = id;
    return;
  }
  add(id, {first_, false}, out);
}

void StreamDecoder::add(int32_t id, Place place, std::string& out) {
  const TextDecoder::Entry& entry = *table_->find(id, skip_special_tokens_);
  const std::string_view text = std::string_view(table_->bytes).substr(entry.begin, entry.size);
  if (entry.byte) {
    if (run_.empty()) run_is_first_ = first_;
    run_ += text;
  } else {
    end_run(out);
    if ((place.first && decoder_.steps_->needs_first) || place.last)
      emit(decoder_.map(*decoder_.token_of_(id), place).text, false, out);
    else
      emit(text, false, out);
  }
  first_ = false;
}

void StreamDecoder::end_run(std::string& out) {
  if (run_.empty()) return;
  std::string text;
  decoder_.append_run(run_, run_is_first_, text);
  run_.clear();
  emit(text, false, out);
}

void StreamDecoder::emit(std::string_view text, bool end, std::string& out) {
  if (!table_ || !decoder_.steps_->byte_level) return emit_valid(text, out);
  held_ += text;
  const size_t open = end ? 0 : open_bytes(held_);
  const std::string_view whole = std::string_view(held_).substr(0, held_.size() - open);
  if (valid_utf8(whole))
    emit_valid(whole, out);
  else
    emit_valid(repair_utf8(whole), out);
  held_.erase(0, whole.size());
}

void StreamDecoder::emit_valid(std::string_view text, std::string& out) {
  while (strip_left_ > 0 && !text.empty()) {
    const CodePoint point = code_point(text, 0);
    if (point.c != decoder_.steps_->strip) strip_left_ = 0;
    if (strip_left_ > 0) text.remove_prefix(point.bytes), --strip_left_;
  }
  if (!table_ || decoder_.steps_->strip_end == 0) return release(text, out);
  tail_ += text;
  const size_t size = tail_.size() - decoder_.stripped_end(tail_, decoder_.steps_->strip_end);
  release(std::string_view(tail_).substr(0, size), out);
  tail_.erase(0, size);
}

void StreamDecoder::release(std::string_view text, std::string& out) {
  if (cleaner_)
    cleaner_->push(text, out);
  else
    out += text;
}

void StreamDecoder::finish(std::string& out) {
  if (!table_) {
    emit_valid(decoder_.decode_list(ids_, skip_special_tokens_), out);
    ids_.clear();
  } else {
    if (last_) add(*last_, {first_, true}, out);
    last_.reset();
    end_run(out);
    emit({}, true, out);
    tail_.clear();
    before_.reset();
    first_ = true;
    strip_left_ = decoder_.steps_->strip_begin;
  }
  if (cleaner_) cleaner_->finish(out);
}

}  // namespace gamana
