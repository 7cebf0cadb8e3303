#include "gamana/io/pytorch_bin.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/io/pickle.h"
#include "gamana/io/zip.h"

namespace gamana {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kLongestName = 1024, kMostDimensions = 64;  // torch's own limit of dimensions
// Views that overlap take more room when they are copied; a file of a few bytes must not ask for all memory.
constexpr uint64_t kMostCopies = 4;  // sizes of the file

struct StorageType {
  std::string_view global;
  const char* type;
};
constexpr StorageType kStorageTypes[] = {
    {"torch\nFloatStorage", "F32"}, {"torch\nDoubleStorage", "F64"},    {"torch\nHalfStorage", "F16"},
    {"torch\nLongStorage", "I64"},  {"torch\nBFloat16Storage", "BF16"}, {"torch\nIntStorage", "I32"},
    {"torch\nShortStorage", "I16"}, {"torch\nCharStorage", "I8"},       {"torch\nByteStorage", "U8"},
    {"torch\nBoolStorage", "BOOL"}};

// torch's magic number as a pickle of protocol 2, with which files before PyTorch 1.6 begin.
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);

struct Storage {
  std::string type;
  std::string_view key;
  uint64_t numbers, width;
};

// One dimension of a view, in numbers.
struct Axis {
  uint64_t size, stride;
};

using Storages = std::map<std::string_view, std::string_view>;

class Reader {
 public:
  Reader(const Pickle& pickle, const Storages& storages, uint64_t file_size, const std::string& path)
      : pickle_(pickle), storages_(storages), left_to_copy_(kMostCopies * file_size), path_(path) {}

  std::map<std::string, StoredTensor> read();
  std::vector<std::shared_ptr<const void>> copies;

 private:
  const PickleValue& state_dict() const;
  bool has_tensors(const PickleValue& dict) const;
  StoredTensor read_tensor(const PickleValue& tensor, const std::string& name);
  uint64_t natural(uint32_t place, const std::string& name) const;
  const unsigned char* copy(const unsigned char* data, std::vector<Axis> axes, uint64_t numbers, uint64_t width,
                            const std::string& name);

  const Pickle& pickle_;
  const Storages& storages_;
  uint64_t left_to_copy_;
  const std::string& path_;
};

// The persistent id ("storage", type, key, device, numbers), and None at the end in older files.
Storage read_storage(const Pickle& pickle, const PickleValue& value, const std::string& path) {
  const auto bad = [&]() { fail("{}: a tensor's storage is not described as torch does: the file is damaged", path); };
  if (value.kind != Kind::persistent) bad();
  const PickleValue& id = pickle[value.items[0]];
  if (id.kind != Kind::tuple || id.items.size() < 5 || id.items.size() > 6) bad();
  const PickleValue &type = pickle[id.items[1]], &key = pickle[id.items[2]], &numbers = pickle[id.items[4]];
  if (pickle[id.items[0]].text != "storage" || key.kind != Kind::text || numbers.kind != Kind::integer || numbers.number < 0)
    bad();
  if (id.items.size() == 6 && pickle[id.items[5]].kind != Kind::none)
    fail("{}: views of storages (PyTorch before 0.4) are not read", path);
  for (const StorageType& known : kStorageTypes)
    if (type.kind == Kind::global && type.text == known.global)
      return {known.type, key.text, static_cast<uint64_t>(numbers.number), bytes_of_type(known.type)};
  bad();
  return {};
}

bool Reader::has_tensors(const PickleValue& dict) const {
  for (size_t i = 1; i < dict.items.size(); i += 2)
    if (pickle_[dict.items[i]].kind == Kind::tensor) return true;
  return false;
}

// The dict with the tensors, which may be wrapped (twice: "model" inside a checkpoint of training).
const PickleValue& Reader::state_dict() const {
  const PickleValue* dict = &pickle_[pickle_.root];
  for (int depth = 0; depth < 3 && dict->kind == Kind::dict; ++depth) {
    if (has_tensors(*dict)) return *dict;
    const PickleValue* inner = nullptr;
    for (size_t i = 0; i < dict->items.size(); i += 2) {
      const PickleValue &key = pickle_[dict->items[i]], &value = pickle_[dict->items[i + 1]];
      if (key.kind == Kind::text && (key.text == "state_dict" || key.text == "model") && value.kind == Kind::dict) inner = &value;
    }
    if (!inner) break;
    dict = inner;
  }
  fail("{}: expected a dict of tensors (or one with \"state_dict\" or \"model\"), found none", path_);
}

std::map<std::string, StoredTensor> Reader::read() {
  const PickleValue& dict = state_dict();
  // A name that comes again replaces the first, as in Python.
  std::map<std::string_view, const PickleValue*> named;
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    const PickleValue &key = pickle_[dict.items[i]], &value = pickle_[dict.items[i + 1]];
    if (value.kind != Kind::tensor) continue;
    if (key.kind != Kind::text || key.text.size() > kLongestName || find_invalid_utf8(key.text) != std::string_view::npos)
      fail("{}: the name of a tensor should be UTF-8 text of at most {} bytes, found \"{}\"", path_, kLongestName,
           printable(key.text));
    named[key.text] = &value;
  }
  constexpr std::string_view wrapper = "module.";
  const bool wrapped = std::all_of(named.begin(), named.end(), [&](const auto& n) { return n.first.starts_with(wrapper); });
  std::map<std::string, StoredTensor> tensors;
  for (const auto& [key, value] : named) {
    const std::string name(wrapped ? key.substr(wrapper.size()) : key);
    tensors[name] = read_tensor(*value, name);
  }
  return tensors;
}

uint64_t Reader::natural(uint32_t place, const std::string& name) const {
  const PickleValue& value = pickle_[place];
  if (value.kind != Kind::integer || value.number < 0 || !value.text.empty())
    fail("{}: tensor \"{}\" has a size, stride or offset that is no natural number of 63 bits", path_, name);
  return static_cast<uint64_t>(value.number);
}

// _rebuild_tensor_v2(storage, offset, size, stride, …); offset and strides count numbers.
StoredTensor Reader::read_tensor(const PickleValue& tensor, const std::string& name) {
  const std::vector<uint32_t>& arguments = pickle_[tensor.items[0]].items;
  if (arguments.size() < 4) fail("{}: tensor \"{}\" is not described as torch does: the file is damaged", path_, name);
  const Storage storage = read_storage(pickle_, pickle_[arguments[0]], path_);
  const uint64_t offset = natural(arguments[1], name);
  const PickleValue &sizes = pickle_[arguments[2]], &strides = pickle_[arguments[3]];
  if (sizes.kind != Kind::tuple || strides.kind != Kind::tuple || sizes.items.size() != strides.items.size() ||
      sizes.items.size() > kMostDimensions)
    fail("{}: tensor \"{}\" needs a size and a stride for each of at most {} dimensions", path_, name, kMostDimensions);

  const auto found = storages_.find(storage.key);
  uint64_t storage_bytes = 0;
  if (found == storages_.end() || __builtin_mul_overflow(storage.numbers, storage.width, &storage_bytes) ||
      storage_bytes > found->second.size())
    fail("{}: tensor \"{}\" lies in storage \"{}\" of {} numbers, of which the file has {} bytes: it was cut off or is damaged",
         path_, name, printable(storage.key), storage.numbers, found == storages_.end() ? 0 : found->second.size());

  StoredTensor t;
  t.type = storage.type;
  std::vector<Axis> axes;
  uint64_t numbers = 1, last = offset;
  bool fits = true;
  for (size_t i = 0; i < sizes.items.size(); ++i) {
    const Axis axis = {natural(sizes.items[i], name), natural(strides.items[i], name)};
    t.shape.push_back(static_cast<int64_t>(axis.size));
    fits = fits && !__builtin_mul_overflow(numbers, axis.size, &numbers);
    uint64_t reach = 0;
    if (axis.size > 1)
      fits = fits && !__builtin_mul_overflow(axis.size - 1, axis.stride, &reach) && !__builtin_add_overflow(last, reach, &last);
    if (axis.size != 1) axes.push_back(axis);
  }
  if (std::count(t.shape.begin(), t.shape.end(), 0)) numbers = 0, fits = true;
  uint64_t bytes = 0;
  if (!fits || (numbers > 0 && last >= storage.numbers) || __builtin_mul_overflow(numbers, storage.width, &bytes))
    fail("{}: tensor \"{}\" reaches beyond the {} numbers of its storage", path_, name, storage.numbers);
  t.bytes = bytes;
  t.data = reinterpret_cast<const unsigned char*>(found->second.data());
  if (numbers == 0) return t;
  const unsigned char* const first = t.data + offset * storage.width;
  t.data = copy(first, axes, numbers, storage.width, name), t.in_file = t.data == first;
  return t;
}

// `data` itself where the numbers already follow each other, else a row-major copy. Axes of one step are left out.
const unsigned char* Reader::copy(const unsigned char* data, std::vector<Axis> axes, uint64_t numbers, uint64_t width,
                                  const std::string& name) {
  uint64_t run = 1;  // numbers that follow each other
  while (!axes.empty() && axes.back().stride == run) run *= axes.back().size, axes.pop_back();
  if (axes.empty()) return data;
  if (numbers > left_to_copy_ / width)
    fail("{}: tensor \"{}\" is a view that repeats its storage; written out, such views take more than {} times the file",
         path_, name, kMostCopies);
  left_to_copy_ -= numbers * width;
  const auto out = std::make_shared<std::vector<unsigned char>>(numbers * width);
  std::vector<uint64_t> at(axes.size(), 0);
  for (unsigned char* to = out->data(); to != out->data() + out->size(); to += run * width) {
    uint64_t from = 0;
    for (size_t i = 0; i < axes.size(); ++i) from += at[i] * axes[i].stride;
    std::memcpy(to, data + from * width, run * width);
    for (size_t i = axes.size(); i-- > 0 && ++at[i] == axes[i].size;) at[i] = 0;
  }
  copies.push_back(out);
  return out->data();
}

// A zip archive: STEM/data.pkl, STEM/data/KEY for each storage, STEM/byteorder in newer ones.
Pickle open_archive(std::string_view bytes, const std::string& path, Storages& storages) {
  const auto entries = zip_entries(bytes, path);
  std::string_view stem, program;
  for (const auto& [name, contents] : entries)
    if (name.ends_with("/data.pkl")) stem = name.substr(0, name.size() - 8), program = contents;
  if (stem.empty()) fail("{}: expected the entry data.pkl in the zip archive: not a file of torch.save", path);
  for (const auto& [name, contents] : entries) {
    if (!name.starts_with(stem)) continue;
    const std::string_view rest = name.substr(stem.size());
    if (rest == "byteorder" && contents != "little")
      fail("{}: expected numbers with the lowest byte first, found byteorder \"{}\"", path, printable(contents));
    if (rest.starts_with("data/")) storages[rest.substr(5)] = contents;
  }
  return read_pickle(program, path);
}

// Before PyTorch 1.6: pickles of the magic number, the version, the system, the object and the keys of the storages,
// then for each key the count of numbers (8 bytes) and the numbers.
Pickle open_legacy(std::string_view bytes, const std::string& path, Storages& storages) {
  std::string_view rest = bytes.substr(kLegacyMagic.size());
  const auto next = [&]() {
    Pickle pickle = read_pickle(rest, path);
    rest.remove_prefix(pickle.length);
    return pickle;
  };
  const Pickle version = next();
  if (version[version.root].number != 1001)
    fail("{}: expected version 1001 of torch's older files, found {}", path, version[version.root].number);
  const Pickle system = next();
  const std::vector<uint32_t>& about = system[system.root].items;
  for (size_t i = 0; i + 1 < about.size(); i += 2)
    if (system[about[i]].text == "little_endian" && system[about[i + 1]].number != 1)
      fail("{}: expected numbers with the lowest byte first", path);
  Pickle object = next();
  std::map<std::string_view, uint64_t> widths;
  for (const PickleValue& value : object.values)
    if (value.kind == Kind::persistent) {
      const Storage storage = read_storage(object, value, path);
      widths[storage.key] = storage.width;
    }
  const Pickle keys = next();
  for (const uint32_t place : keys[keys.root].items) {
    const std::string_view key = keys[place].text;
    const auto width = widths.find(key);
    uint64_t numbers = 0, size = 0;
    if (rest.size() >= 8) std::memcpy(&numbers, rest.data(), 8);
    if (width == widths.end() || rest.size() < 8 || __builtin_mul_overflow(numbers, width->second, &size) ||
        size > rest.size() - 8)
      fail("{}: storage \"{}\" is incomplete: the file was cut off or is damaged", path, printable(key));
    storages[key] = rest.substr(8, size);
    rest.remove_prefix(8 + size);
  }
  return object;
}

}  // namespace

PytorchBin::PytorchBin(const std::string& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const std::string_view bytes(file->data(), file->size());
  Storages storages;
  const bool archive = bytes.starts_with("PK\3\4");
  if (!archive && !bytes.starts_with(kLegacyMagic))
    fail("{}: expected a file of torch.save, found {} bytes that begin with \"{}\"", path, bytes.size(),
         printable(bytes.substr(0, 16)));
  const Pickle pickle = archive ? open_archive(bytes, path, storages) : open_legacy(bytes, path, storages);
  Reader reader(pickle, storages, bytes.size(), path);
  tensors_ = reader.read();
  memory_ = std::move(reader.copies);
  memory_.push_back(file);
}

}  // namespace gamana
