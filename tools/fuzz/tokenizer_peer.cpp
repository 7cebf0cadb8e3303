// A tokenizer.json at work behind stdin and stdout, for tools/fuzz/ours.py. All numbers are little-endian, u32 unless noted.
//
// In:  frames: bytes that follow, then requests. Out, once a frame was read and worked through: for each request a status (u8:
// 0 done, 1 gamana::Error, 2 any other exception), bytes that follow, and the answer or the message.
//   'L' text                      load a tokenizer.json; empty answer. A fault ends the frame
//   'F' text                      load a file or folder of this name
//   'E' u8 flags, text [, text]   encode: 1 add special tokens, 2 a pair, 4 offsets in bytes, 8 words (texts are then lists)
//   'I' u8 add, text              ids alone
//   'D' u8 skip, ids              decode
//   'J'                           json()
//   'T' u8 mode, u8 threads, repeats, texts   seconds (f64, all repeats; modes: 0 ids, 1 encode, 2 decode their ids), tokens of one
// text: length, bytes; lists: count, entries.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gamana/base/check.h"
#include "gamana/text/tokenizer.h"

namespace gamana {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }
  uint8_t u8() { return static_cast<uint8_t>(take(1)[0]); }
  uint32_t u32() {
    uint32_t value;
    std::memcpy(&value, take(4).data(), 4);
    return value;
  }
  std::string_view text() { return take(u32()); }
  std::vector<std::string> texts() {
    std::vector<std::string> list(u32());
    for (std::string& entry : list) entry = text();
    return list;
  }
  std::vector<int32_t> ids() {
    std::vector<int32_t> list(u32());
    const std::string_view bytes = take(4 * list.size());
    std::memcpy(list.data(), bytes.data(), bytes.size());
    return list;
  }

 private:
  std::string_view take(size_t n) {
    if (n > bytes_.size()) fail("request: expected {} more bytes, found {}", n, bytes_.size());
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  std::string_view bytes_;
};

void put(std::string& out, const void* data, size_t bytes) { out.append(static_cast<const char*>(data), bytes); }
void put_u32(std::string& out, size_t value) {
  const auto narrow = static_cast<uint32_t>(value);
  put(out, &narrow, 4);
}
void put_ids(std::string& out, const std::vector<int32_t>& ids) { put(out, ids.data(), 4 * ids.size()); }
void put_mask(std::string& out, const std::vector<uint8_t>& mask) {
  for (uint8_t bit : mask) put_u32(out, bit);
}

// Everything that `tokenizers` shows of an encoding, in the order of compare.py's canonical().
void put_encoding(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding) {
  const std::vector<std::string> tokens = tokenizer.tokens(encoding);
  put_u32(out, encoding.size());
  put_ids(out, encoding.ids);
  put_ids(out, encoding.type_ids);
  for (const Span& span : encoding.offsets) put(out, &span, 8);
  put_ids(out, encoding.word_ids);
  for (size_t i = 0; i < encoding.size(); ++i) put_u32(out, static_cast<size_t>(encoding.sequence_of(i)));
  put_mask(out, encoding.special_tokens_mask);
  put_mask(out, encoding.attention_mask);
  for (const std::string& token : tokens) put_u32(out, token.size());
  for (const std::string& token : tokens) out += token;
  put_u32(out, encoding.overflowing.size());
  for (const Encoding& window : encoding.overflowing) put_encoding(out, tokenizer, window);
}

Encoding encode(const Tokenizer& tokenizer, Reader& in) {
  const uint8_t flags = in.u8();
  EncodeOptions options;
  options.add_special_tokens = flags & 1;
  options.pad = true;
  options.unit = flags & 4 ? OffsetUnit::bytes : OffsetUnit::code_points;
  if (flags & 8) {
    const std::vector<std::string> first = in.texts();
    return tokenizer.encode_words(first, flags & 2 ? in.texts() : std::vector<std::string>(), options);
  }
  const std::string_view first = in.text();
  return flags & 2 ? tokenizer.encode(first, in.text(), options) : tokenizer.encode(first, options);
}

// Each thread takes every n-th text.
void time_texts(std::string& out, const Tokenizer& tokenizer, Reader& in) {
  const int mode = in.u8(), threads = in.u8();
  const uint32_t repeats = in.u32();
  const std::vector<std::string> texts = in.texts();
  std::vector<std::vector<int32_t>> ids(texts.size());
  if (mode == 2)
    for (size_t i = 0; i < texts.size(); ++i) tokenizer.encode_ids(texts[i], false, ids[i]);
  std::vector<size_t> tokens(threads);
  const auto work = [&](int thread) {
    std::vector<int32_t> scratch;
    for (size_t i = thread; i < texts.size(); i += threads) {
      scratch.clear();
      if (mode == 0) tokenizer.encode_ids(texts[i], false, scratch);
      tokens[thread] += mode == 0   ? scratch.size()
                        : mode == 1 ? tokenizer.encode(texts[i]).size()
                                    : (tokenizer.decode(ids[i]), ids[i].size());
    }
  };
  const auto begin = std::chrono::steady_clock::now();
  for (uint32_t r = 0; r < repeats; ++r) {
    std::vector<std::jthread> helpers;
    for (int thread = 1; thread < threads; ++thread) helpers.emplace_back(work, thread);
    work(0);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  size_t total = 0;
  for (size_t n : tokens) total += n;
  put(out, &seconds, 8);
  put_u32(out, total / std::max(1u, repeats));
}

void answer(std::string& out, std::optional<Tokenizer>& tokenizer, Reader& in) {
  const char request = static_cast<char>(in.u8());
  if (request == 'L' || request == 'F') {
    const std::string_view text = in.text();
    tokenizer.reset();
    tokenizer = request == 'L' ? Tokenizer::parse(text, "tokenizer.json") : Tokenizer::load(std::string(text));
    return;
  }
  if (!tokenizer) fail("request: expected a tokenizer to be loaded");
  if (request == 'E') {
    put_encoding(out, *tokenizer, encode(*tokenizer, in));
  } else if (request == 'I') {
    const bool add = in.u8();
    std::vector<int32_t> ids;
    tokenizer->encode_ids(in.text(), add, ids);
    put_ids(out, ids);
  } else if (request == 'D') {
    const bool skip = in.u8();
    out += tokenizer->decode(in.ids(), skip);
  } else if (request == 'J') {
    out += tokenizer->json();
  } else if (request == 'T') {
    time_texts(out, *tokenizer, in);
  } else {
    fail("request: expected one of LFEIDJT, found {:?}", request);
  }
}

bool read_all(std::string& into, size_t bytes) {
  into.resize(bytes);
  return std::fread(into.data(), 1, bytes, stdin) == bytes;
}

int serve() {
  std::optional<Tokenizer> tokenizer;
  std::string head, frame, out, result;
  while (read_all(head, 4)) {
    if (!read_all(frame, Reader(head).u32())) return 1;
    out.clear();
    for (Reader in(frame); !in.done();) {
      uint8_t status = 0;
      result.clear();
      try {
        answer(result, tokenizer, in);
      } catch (const Error& error) {
        status = 1;
        result = error.what();
      } catch (const std::exception& error) {
        status = 2;
        result = error.what();
      }
      out += static_cast<char>(status);
      put_u32(out, result.size());
      out += result;
      if (!tokenizer) break;
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace gamana

int main() { return gamana::serve(); }
