#pragma once
// Ids to text: a tokenizer's decoder together with its vocabulary. Where the decoder looks at tokens one by one, the
// text of every id is kept, and decoding is copying.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/text/post/decode_steps.h"

namespace gamana {

// Immutable, may be shared by threads.
class TextDecoder {
 public:
  // Token of an id as the vocabulary or the added tokens write it, or none. It and `decoder` have to outlive this.
  using TokenOf = std::function<std::optional<std::string_view>(int32_t)>;
  using IsSpecial = std::function<bool(std::string_view token)>;

  // `decoder` may be null. All ids that have a token are below `ids`. `clean_up`: spaces of the decoded text are cleaned
  // up as transformers' clean_up_tokenization_spaces does.
  TextDecoder(const Decoder* decoder, int64_t ids, TokenOf token_of, IsSpecial is_special, bool clean_up = false);

  // Ids that no token has are left out.
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens = true) const;
  // Tokens given as text, which no vocabulary has to hold; spaces stay as they are.
  std::string join(std::vector<std::string> tokens) const;

 private:
  friend class StreamDecoder;
  // What an id adds to the text between others: text, or one byte of a run of byte tokens.
  struct Entry {
    uint32_t begin = 0;
    uint32_t size : 29 = 0;
    uint32_t missing : 1 = 1, special : 1 = 0, byte : 1 = 0;
  };
  struct Table {
    std::vector<Entry> entries;
    std::string bytes;
    // The entry of an id that is decoded at all, or null.
    const Entry* find(int32_t id, bool skip_special_tokens) const {
      if (static_cast<uint32_t>(id) >= entries.size()) return nullptr;
      const Entry& entry = entries[static_cast<uint32_t>(id)];
      return entry.missing || (entry.special && skip_special_tokens) ? nullptr : &entry;
    }
  };
  struct Mapped {
    std::string text;
    bool byte = false;
  };

  // Made when it is first needed. Null if the decoder needs the whole list, or if all texts together are too long.
  const Table* table() const;
  bool fill(Table& table) const;
  Mapped map(std::string_view token, Place place) const;
  // What a run of byte tokens becomes, the first part of the text if `first`.
  void append_run(const std::string& run, bool first, std::string& out) const;
  bool repeats(int32_t id, std::optional<int32_t> last) const;  // whether CTC drops `id` behind `last`
  // Bytes of up to `most` characters to strip at the begin or end of a text.
  size_t stripped_begin(std::string_view text, int64_t most) const;
  size_t stripped_end(std::string_view text, int64_t most) const;
  std::string decode_list(std::span<const int32_t> ids, bool skip_special_tokens) const;
  void append_texts(const Table& table, std::span<const int32_t> ids, bool skip_special_tokens, std::string& out) const;

  const Decoder* decoder_;
  int64_t ids_;
  TokenOf token_of_;
  IsSpecial is_special_;
  bool clean_up_;
  std::optional<DecodeSteps> steps_;  // none: the decoder sees the whole list
  mutable std::once_flag once_;
  mutable std::optional<Table> table_;
};

}  // namespace gamana
