#include "gamana/data/token_cache.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/base/parallel.h"

namespace gamana {
namespace {

// The file: kMagic, ids (16 or 32 bits), zeros up to a multiple of 8 bytes, offsets (64 bits), a JSON object, the bytes
// of that object (64 bits), kMagic. Numbers are little-endian.
constexpr std::string_view kMagic = "gamtok01";
constexpr size_t kHead = 8;
constexpr size_t kTextsPerChunk = 64, kBytesPerChunk = 128 << 10;  // of what a thread encodes at once, about

uint32_t crc(uint32_t before, const void* data, size_t bytes) {
  return static_cast<uint32_t>(crc32_z(before, static_cast<const Bytef*>(data), bytes));
}

std::string checksum_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) fail("cannot read {}: {}", path, std::strerror(errno));
  std::vector<char> block(1 << 20);
  uint32_t sum = 0;
  for (size_t n; (n = std::fread(block.data(), 1, block.size(), file.get())) > 0;) sum = crc(sum, block.data(), n);
  return fmt::format("{:08x}", sum);
}

// When a file was last changed, in nanoseconds.
int64_t time_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail("cannot read {}: {}", path, std::strerror(errno));
  return static_cast<int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Json sources_of(const TokenCorpus& corpus) {
  Json sources = Json::array();
  for (const std::string& path : corpus.files)
    sources.push_back(
        {{"file", path}, {"bytes", file_size(path)}, {"time", time_of(path)}, {"crc32", checksum_of_file(path)}});
  return sources;
}

// What the ids depend on beside the files.
Json settings_of(const TokenCorpus& corpus) {
  const TextFormat& f = corpus.format;
  return {{"tokenizer",
           fmt::format("{:08x}-{}", crc(0, corpus.tokenizer.data(), corpus.tokenizer.size()), corpus.tokenizer.size())},
          {"vocabulary", corpus.vocabulary},
          {"around", {corpus.before, corpus.after}},
          {"format",
           {static_cast<int>(f.kind), f.keep_line_ends, static_cast<int>(f.table.separator), f.table.quotes, f.header,
            f.columns, f.key}}};
}

// The same files: names do not count, and where the time is another one, the content does.
bool same_sources(const Json& kept, const std::vector<std::string>& files) {
  if (!kept.is_array() || kept.size() != files.size()) return false;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!kept[i].is_object() || kept[i].value("bytes", Json()) != file_size(files[i])) return false;
    if (kept[i].value("time", Json()) != time_of(files[i]) &&
        kept[i].value("crc32", Json()) != checksum_of_file(files[i]))
      return false;
  }
  return true;
}

// Numbers that are written to a file of no name, to be read again from its beginning.
class Spool {
 public:
  explicit Spool(const std::string& path)
      : path_(fmt::format("{}.tmp{}", path, ::getpid())), file_(std::fopen(path_.c_str(), "w+b")) {
    if (file_ == nullptr) fault();
    ::unlink(path_.c_str());
  }
  ~Spool() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void write(int64_t value) {
    if (std::fwrite(&value, sizeof value, 1, file_) != 1) fault();
  }
  void read_all(const Sink& sink) {
    if (std::fflush(file_) != 0 || std::fseek(file_, 0, SEEK_SET) != 0) fault();
    std::vector<char> block(1 << 20);
    for (size_t n; (n = std::fread(block.data(), 1, block.size(), file_)) > 0;) sink(block.data(), n);
    if (std::ferror(file_) != 0) fault();
  }

 private:
  [[noreturn]] void fault() const { fail("cannot write {}: {}", path_, std::strerror(errno)); }

  std::string path_;
  std::FILE* file_;
};

class Writer {
 public:
  Writer(const std::string& path, const TokenCorpus& corpus, const Sink& sink)
      : path_(path), corpus_(corpus), sink_(sink), offsets_(path + ".offsets"), wide_(corpus.vocabulary > 1 << 16) {}

  void write() {
    // Sources as they are before they are read.
    Json trailer = {{"settings", settings_of(corpus_)}, {"sources", sources_of(corpus_)}};
    sink_(kMagic.data(), kMagic.size());
    offsets_.write(0);
    TextSource source(corpus_.files, corpus_.format);
    std::optional<size_t> file;  // that is one text, and is not at its end
    for (std::vector<std::string_view> texts; source.next(texts);) {
      if (in_parts() && file != source.file()) {
        if (file) end_text();
        file = source.file(), add_ids(corpus_.before);
      }
      add(source, texts);
      if (corpus_.progress) corpus_.progress(source.bytes_done(), source.bytes_total());
    }
    if (file) end_text();
    if (tokens_ == 0)
      fail("{}: expected text to learn from, found none", corpus_.files.empty() ? path_ : corpus_.files[0]);
    const char zeros[8] = {};
    put(zeros, (8 - static_cast<size_t>(tokens_) * (wide_ ? 4 : 2) % 8) % 8);
    offsets_.read_all([&](const void* data, size_t bytes) { put(data, bytes); });
    trailer["wide"] = wide_, trailer["tokens"] = tokens_, trailer["texts"] = texts_, trailer["crc32"] = crc_;
    const std::string text = trailer.dump();
    const uint64_t bytes = text.size();
    sink_(text.data(), text.size());
    sink_(&bytes, sizeof bytes);
    sink_(kMagic.data(), kMagic.size());
  }

 private:
  struct Chunk {
    std::vector<int32_t> ids;
    std::vector<int64_t> sizes;
  };

  void put(const void* data, size_t bytes) {
    crc_ = crc(crc_, data, bytes);
    sink_(data, bytes);
  }

  bool in_parts() const { return corpus_.format.kind == TextFormat::Kind::whole; }

  void add(const TextSource& source, const std::vector<std::string_view>& texts) {
    const std::vector<size_t> begins = chunks_of(texts);
    std::vector<Chunk> chunks(begins.size() - 1);
    parallel_for(static_cast<int64_t>(chunks.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c)
        for (size_t t = begins[static_cast<size_t>(c)]; t < begins[static_cast<size_t>(c) + 1]; ++t)
          source.encode(t, texts[t], [&](std::string_view text) { encode(text, chunks[static_cast<size_t>(c)]); });
    });
    for (const Chunk& chunk : chunks) {
      add_ids(chunk.ids);
      if (in_parts()) continue;
      int64_t end = tokens_ - static_cast<int64_t>(chunk.ids.size());
      for (const int64_t size : chunk.sizes) offsets_.write(end += size);
      texts_ += static_cast<int64_t>(chunk.sizes.size());
    }
  }

  // Where the texts of each chunk begin, and the end.
  static std::vector<size_t> chunks_of(const std::vector<std::string_view>& texts) {
    std::vector<size_t> begins = {0};
    size_t bytes = 0;
    for (size_t t = 0; t < texts.size(); bytes += texts[t++].size())
      if (t - begins.back() == kTextsPerChunk || bytes >= kBytesPerChunk) begins.push_back(t), bytes = 0;
    begins.push_back(texts.size());
    return begins;
  }

  void encode(std::string_view text, Chunk& chunk) const {
    const size_t size = chunk.ids.size();
    const auto add = [&](const std::vector<int32_t>& ids) {
      if (!in_parts()) chunk.ids.insert(chunk.ids.end(), ids.begin(), ids.end());
    };
    if (!text.empty()) add(corpus_.before), corpus_.encode(text, chunk.ids), add(corpus_.after);
    chunk.sizes.push_back(static_cast<int64_t>(chunk.ids.size() - size));
  }

  void add_ids(const std::vector<int32_t>& ids) {
    if (ids.empty()) return;  // zlib would begin the checksum anew
    for (const int32_t id : ids)
      if (id < 0 || id >= corpus_.vocabulary)
        fail("{}: expected ids below {}, the size of the vocabulary, found {}", path_, corpus_.vocabulary, id);
    tokens_ += static_cast<int64_t>(ids.size());
    if (wide_) return put(ids.data(), ids.size() * sizeof(int32_t));
    const std::vector<uint16_t> narrow(ids.begin(), ids.end());
    put(narrow.data(), narrow.size() * sizeof(uint16_t));
  }

  // Of a file that is one text.
  void end_text() {
    add_ids(corpus_.after);
    offsets_.write(tokens_), ++texts_;
  }

  const std::string& path_;
  const TokenCorpus& corpus_;
  const Sink& sink_;
  Spool offsets_;
  bool wide_;
  int64_t tokens_ = 0, texts_ = 0;
  uint32_t crc_ = 0;
};

// The JSON object at the end of a cache, and where it begins; null where the bytes are none.
Json trailer_of(const MappedFile& file, size_t& begin) {
  const std::string_view bytes(file.data(), file.size());
  const size_t tail = sizeof(uint64_t) + kMagic.size();
  if (bytes.size() < kHead + tail || !bytes.ends_with(kMagic)) return nullptr;
  uint64_t length = 0;
  std::memcpy(&length, bytes.data() + bytes.size() - tail, sizeof length);
  if (length > bytes.size() - kHead - tail) return nullptr;
  begin = bytes.size() - tail - length;
  Json trailer = Json::parse(bytes.substr(begin, length), nullptr, false);
  return trailer.is_object() ? trailer : nullptr;
}

template <class Id>
bool all_below(const char* ids, int64_t count, int64_t bound) {
  const Id* const begin = reinterpret_cast<const Id*>(ids);
  return std::all_of(begin, begin + count, [bound](Id id) { return static_cast<int64_t>(id) < bound; });
}

}  // namespace

TokenCache::TokenCache(const std::string& path, const TokenCorpus& corpus) {
  if (file_exists(path)) {
    if (open(path, corpus)) return;
    file_.reset();
  }
  write_file(path, [&](const Sink& sink) { Writer(path, corpus, sink).write(); });
  made_ = true;
  if (!open(path, corpus)) fail("{}: was written and is not what was written; is the disk sound?", path);
}

// False if the file has to be made again.
bool TokenCache::open(const std::string& path, const TokenCorpus& corpus) {
  file_ = std::make_unique<MappedFile>(path);
  const std::string_view bytes(file_->data(), file_->size());
  if (!bytes.starts_with(kMagic))
    throw Error(fmt::format("{}: expected a cache of tokens, found another file, which is left as it is", path),
                "give another name, or remove the file");
  size_t end = 0;
  const Json trailer = trailer_of(*file_, end);
  const auto number = [&](const char* key) {
    const Json value = trailer.value(key, Json());
    return value.is_number_unsigned() ? value.get<uint64_t>() : UINT64_MAX;
  };
  if (trailer.is_null() || trailer.value("settings", Json()) != settings_of(corpus)) return false;
  if (!same_sources(trailer.value("sources", Json()), corpus.files)) {
    if (!corpus.kept) return false;
    throw Error(fmt::format("{}: the texts are not those that the run began with", path),
                "put them back as they were, or begin another run from its model (-m)");
  }
  wide_ = trailer.value("wide", Json()) == true;
  const uint64_t tokens = number("tokens"), texts = number("texts"), width = wide_ ? 4 : 2;
  if (tokens > bytes.size() / width || texts > bytes.size() / 8) return false;
  const size_t offsets_at = (kHead + tokens * width + 7) / 8 * 8;
  if (offsets_at + (texts + 1) * 8 != end || crc(0, bytes.data() + kHead, end - kHead) != number("crc32")) return false;
  ids_ = bytes.data() + kHead;
  offsets_ = {reinterpret_cast<const int64_t*>(bytes.data() + offsets_at), texts + 1};
  const auto count = static_cast<int64_t>(tokens);
  return offsets_.front() == 0 && offsets_.back() == count && std::is_sorted(offsets_.begin(), offsets_.end()) &&
         (wide_ ? all_below<uint32_t>(ids_, count, corpus.vocabulary)
                : all_below<uint16_t>(ids_, count, corpus.vocabulary));
}

void TokenCache::append(const TokenRange& range, std::vector<int32_t>& ids) const {
  GAMANA_DCHECK(0 <= range.begin && range.begin <= range.end && range.end <= tokens());
  const auto* const narrow = reinterpret_cast<const uint16_t*>(ids_);
  const auto* const wide = reinterpret_cast<const int32_t*>(ids_);
  wide_ ? ids.insert(ids.end(), wide + range.begin, wide + range.end)
        : ids.insert(ids.end(), narrow + range.begin, narrow + range.end);
}

}  // namespace gamana
