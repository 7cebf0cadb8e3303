#pragma once
// A corpus of any size, tokenized once into a file that is then mapped into memory. It is made again when the texts,
// the way they are read or the tokenizer have changed. docs/data.md has the format.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/file.h"
#include "gamana/data/segments.h"
#include "gamana/text/train/text_source.h"

namespace gamana {

struct TokenCorpus {
  std::vector<std::string> files;
  TextFormat format;
  // Appends the ids of a text, or of a part of one; called from several threads. Empty texts are not handed to it and
  // have no tokens.
  std::function<void(std::string_view text, std::vector<int32_t>& ids)> encode;
  std::vector<int32_t> before = {}, after = {};  // ids around those of each text that is not empty
  std::string tokenizer;   // all that ids depend on (a tokenizer.json, options); a checksum of it is kept
  int64_t vocabulary = 0;  // ids are below
  // Called now and then with bytes of the files, done and in all. What it throws ends the work, and no file is left.
  std::function<void(int64_t done, int64_t total)> progress = {};
  bool kept = false;  // a cache of other files is not made anew, but an error
};

class TokenCache {
 public:
  // Maps the file at `path`, which is first made if there is none, if it is damaged, or if it was made of something
  // else: of files whose size, or whose time of change and checksum, are others. Making it takes the memory of a few
  // blocks of text. Throws Error for what TextSource refuses, for a corpus without tokens, for ids outside the
  // vocabulary, and if a file that is no such cache, or one that is to be kept, is there.
  TokenCache(const std::string& path, const TokenCorpus& corpus);

  bool was_made() const { return made_; }
  int64_t tokens() const { return offsets_.back(); }
  // Text t has the tokens [offsets[t], offsets[t + 1]); texts are lines, files, rows or JSON objects.
  std::span<const int64_t> offsets() const { return offsets_; }
  void append(const TokenRange& range, std::vector<int32_t>& ids) const;

 private:
  bool open(const std::string& path, const TokenCorpus& corpus);

  std::unique_ptr<MappedFile> file_;
  bool made_ = false, wide_ = false;  // ids have 32 bits, else 16
  const char* ids_ = nullptr;
  std::span<const int64_t> offsets_;
};

}  // namespace gamana
