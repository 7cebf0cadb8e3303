#pragma once
// Text of ids that arrive one by one, as a model writes them.
#include <memory>
#include <string>
#include <vector>

#include "gamana/text/post/text_decoder.h"

namespace gamana {

class SpaceCleaner;

// What push() and finish() append, joined, is TextDecoder::decode() of all ids. push() appends only whole characters,
// and only what later ids cannot change: the bytes of a character that is not complete are held back, so is a run of
// byte tokens
// (<0xNN>) until another token ends it, because a fault in it changes all of it. A decoder that needs the whole list
// (such as one that replaces something behind Fuse) gives everything at the end.
class StreamDecoder {
 public:
  // `decoder` has to outlive this.
  explicit StreamDecoder(const TextDecoder& decoder, bool skip_special_tokens = true);
  ~StreamDecoder();

  void push(int32_t id, std::string& out);
  // The rest. After it a new text begins.
  void finish(std::string& out);

 private:
  void add(int32_t id, Place place, std::string& out);
  void end_run(std::string& out);
  void emit(std::string_view text, bool end, std::string& out);
  void emit_valid(std::string_view text, std::string& out);
  void release(std::string_view text, std::string& out);

  const TextDecoder& decoder_;
  const TextDecoder::Table* table_;
  bool skip_special_tokens_;
  bool first_ = true, run_is_first_ = false;
  std::string run_;              // byte tokens
  std::string held_;             // the begin of a character
  int64_t strip_left_ = 0;       // characters that may yet be stripped at the begin
  std::string tail_;             // characters that are stripped if nothing follows them
  std::optional<int32_t> before_;  // the id before this one
  std::optional<int32_t> last_;  // an id that is held back because it may be the last one
  std::vector<int32_t> ids_;     // where the decoder needs them all
  std::unique_ptr<SpaceCleaner> cleaner_;
};

}  // namespace gamana
