#include "gamana/io/zip.h"

#include <cstdint>
#include <cstring>

#include "gamana/base/check.h"

namespace gamana {
namespace {

constexpr size_t kEndSize = 22, kLocatorSize = 20, kEnd64Size = 56, kEntrySize = 46, kLocalSize = 30;
constexpr size_t kLongestComment = 0xFFFF;

class Archive {
 public:
  Archive(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  std::map<std::string_view, std::string_view> entries() const;

 private:
  struct Directory {
    uint64_t entries, size, offset;
  };
  struct Entry {
    std::string_view name;
    uint64_t packed_size, size, offset;
    uint64_t length;  // of the entry in the directory
    uint16_t flags, method;
  };

  template <class T>
  static T number(std::string_view bytes, size_t at) {  // little-endian, as the machine is
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
  // `size` bytes at `at`; what they are is said if they are not there.
  std::string_view part(uint64_t at, uint64_t size, const char* what) const {
    if (at > bytes_.size() || size > bytes_.size() - at)
      fail("{}: {} should take {} bytes at {}, but the file has {}: it was cut off or is damaged", where_, what, size, at,
           bytes_.size());
    return bytes_.substr(at, size);
  }
  // The same, behind a signature.
  std::string_view record(uint64_t at, uint64_t size, const char* signature, const char* what) const {
    const std::string_view found = part(at, size, what);
    if (!found.starts_with(std::string_view(signature, 4))) fail("{}: expected {} at byte {}: the file is damaged", where_, what, at);
    return found;
  }
  Directory find_directory() const;
  Entry read_entry(uint64_t at) const;
  void read_zip64(std::string_view fields, Entry& entry) const;
  std::string_view contents(const Entry& entry) const;

  std::string_view bytes_;
  const std::string& where_;
};

Archive::Directory Archive::find_directory() const {
  size_t at = std::string_view::npos;
  if (bytes_.size() >= kEndSize) {
    const size_t last = bytes_.size() - kEndSize, first = last > kLongestComment ? last - kLongestComment : 0;
    for (size_t i = last + 1; i-- > first && at == std::string_view::npos;)
      if (bytes_.substr(i, 4) == "PK\5\6" && number<uint16_t>(bytes_, i + 20) == last - i) at = i;
  }
  if (at == std::string_view::npos) fail("{}: expected a zip directory at the end: the file was cut off or is damaged", where_);
  if (at < kLocatorSize || bytes_.substr(at - kLocatorSize, 4) != "PK\6\7")
    return {number<uint16_t>(bytes_, at + 10), number<uint32_t>(bytes_, at + 12), number<uint32_t>(bytes_, at + 16)};
  const auto end = record(number<uint64_t>(bytes_, at - kLocatorSize + 8), kEnd64Size, "PK\6\6", "the end of the zip64 directory");
  return {number<uint64_t>(end, 32), number<uint64_t>(end, 40), number<uint64_t>(end, 48)};
}

Archive::Entry Archive::read_entry(uint64_t at) const {
  const std::string_view head = record(at, kEntrySize, "PK\1\2", "an entry of the zip directory");
  Entry e;
  e.flags = number<uint16_t>(head, 8), e.method = number<uint16_t>(head, 10);
  e.packed_size = number<uint32_t>(head, 20), e.size = number<uint32_t>(head, 24), e.offset = number<uint32_t>(head, 42);
  const uint64_t name = number<uint16_t>(head, 28), extra = number<uint16_t>(head, 30), comment = number<uint16_t>(head, 32);
  const std::string_view rest = part(at + kEntrySize, name + extra + comment, "an entry of the zip directory");
  e.name = rest.substr(0, name), e.length = kEntrySize + rest.size();
  read_zip64(rest.substr(name, extra), e);
  return e;
}

// Numbers of more than 32 bits stand in an extra field, in a fixed order, those only that did not fit.
void Archive::read_zip64(std::string_view fields, Entry& e) const {
  while (fields.size() >= 4) {
    const auto id = number<uint16_t>(fields, 0), size = number<uint16_t>(fields, 2);
    if (size > fields.size() - 4) return;
    std::string_view field = fields.substr(4, size);
    fields.remove_prefix(4 + size);
    if (id != 1) continue;
    for (uint64_t* value : {&e.size, &e.packed_size, &e.offset}) {
      if (*value != 0xFFFFFFFF) continue;
      if (field.size() < 8) fail("{}: an entry of the zip directory lacks a zip64 number: the file is damaged", where_);
      *value = number<uint64_t>(field, 0);
      field.remove_prefix(8);
    }
    return;
  }
}

std::string_view Archive::contents(const Entry& e) const {
  if (e.flags & 1) fail("{}: an entry of the zip archive is encrypted", where_);
  if (e.method != 0)
    fail("{}: an entry of the zip archive is compressed (method {}); torch.save stores them as they are", where_, e.method);
  if (e.packed_size != e.size) fail("{}: a stored entry has two sizes, {} and {}: the file is damaged", where_, e.packed_size, e.size);
  const std::string_view head = record(e.offset, kLocalSize, "PK\3\4", "an entry of the zip archive");
  const uint64_t name = number<uint16_t>(head, 26), extra = number<uint16_t>(head, 28);
  const uint64_t begin = e.offset + kLocalSize;
  if (part(begin, name + extra, "an entry's name").substr(0, name) != e.name)
    fail("{}: an entry of the zip archive has another name than in the directory: the file is damaged", where_);
  return part(begin + name + extra, e.size, "an entry of the zip archive");
}

std::map<std::string_view, std::string_view> Archive::entries() const {
  const Directory directory = find_directory();
  part(directory.offset, directory.size, "the zip directory");
  if (directory.entries > directory.size / kEntrySize)
    fail("{}: {} entries do not fit into a zip directory of {} bytes: the file is damaged", where_, directory.entries,
         directory.size);
  std::map<std::string_view, std::string_view> all;
  uint64_t at = directory.offset;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const Entry entry = read_entry(at);
    if (!all.emplace(entry.name, contents(entry)).second) fail("{}: two entries of the zip archive have the same name", where_);
    at += entry.length;
  }
  return all;
}

}  // namespace

std::map<std::string_view, std::string_view> zip_entries(std::string_view archive, const std::string& where) {
  return Archive(archive, where).entries();
}

}  // namespace gamana
