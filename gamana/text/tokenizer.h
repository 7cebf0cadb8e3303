#pragma once
// Text to ids and back as `tokenizers` and transformers do it, from their files: a tokenizer.json, or the files of older models
// beside it. A Tokenizer is immutable and may be shared by threads.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/added_token.h"
#include "gamana/text/encoding.h"
#include "gamana/text/post/post_processor.h"
#include "gamana/text/post/text_decoder.h"

namespace gamana {

struct EncodeOptions {
  bool add_special_tokens = true;
  OffsetUnit unit = OffsetUnit::bytes;
  std::optional<Truncation> truncation;  // instead of the file's
  bool truncate = true;                  // false: nothing is cut, whatever the file says
  bool pad = false;  // as the file says; batches here have no padding, so that it is only asked for to compare with others
};

class Tokenizer {
 public:
  // `path`: a tokenizer.json or a folder with one, or with the files of files/side_files.h. A folder's settings count
  // (files/tokenizer_settings.h): decoded text is cleaned up where transformers does so. Throws Error naming the file.
  static Tokenizer load(const std::string& path);
  // The text of a tokenizer.json; `where` names it in messages.
  static Tokenizer parse(std::string_view json, const std::string& where);

  // Texts that are not UTF-8 are read with U+FFFD for each invalid sequence; offsets count the replaced text.
  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  Encoding encode(std::string_view first, std::string_view second, const EncodeOptions& options = {}) const;
  // Words that were split elsewhere: word_ids are their indices. `second` may be empty (none).
  Encoding encode_words(std::span<const std::string> first, std::span<const std::string> second = {},
                        const EncodeOptions& options = {}) const;
  // Ids alone, much faster, appended to `out`; nothing is cut.
  void encode_ids(std::string_view text, bool add_special_tokens, std::vector<int32_t>& out) const;

  // Ids that no token has are left out, as there.
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens = true) const;
  // For a StreamDecoder, which decodes ids as they arrive. Lives as long as this or a copy of it.
  const TextDecoder& decoder() const;

  // Tokens as text, as transformers' convert_tokens_to_string does it.
  std::string join(std::vector<std::string> tokens) const;

  std::optional<int32_t> id(std::string_view token) const;
  std::optional<std::string> token(int32_t id) const;
  std::vector<std::string> tokens(const Encoding& encoding) const;
  int64_t size() const;  // entries, with the added ones
  std::optional<int32_t> unknown_id() const;  // the token of what no other stands for, if there is one
  std::string_view continuing_prefix() const;  // what tokens begin with that go on with a word, or empty
  const std::vector<AddedToken>& added_tokens() const;  // by id
  const std::optional<Truncation>& truncation() const;
  const std::optional<Padding>& padding() const;

  std::string json() const;                    // as a tokenizer.json
  // Writes tokenizer.json and, where it was loaded from a folder, the settings of that one: transformers opens both alike.
  void save(const std::string& folder) const;

 private:
  struct Impl;
  explicit Tokenizer(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gamana
