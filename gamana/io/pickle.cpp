#include "gamana/io/pickle.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "gamana/base/check.h"

namespace gamana {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMostValues = size_t{1} << 21;  // a tensor takes about a dozen

// What a pickle may refer to: "module\nname", as it stands there.
constexpr std::array<std::string_view, 15> kAllowed = {
    "collections\nOrderedDict", "torch._utils\n_rebuild_tensor", "torch._utils\n_rebuild_tensor_v2",
    "torch._utils\n_rebuild_parameter", "torch\nSize", "torch\nFloatStorage", "torch\nDoubleStorage",
    "torch\nHalfStorage", "torch\nBFloat16Storage", "torch\nLongStorage", "torch\nIntStorage", "torch\nShortStorage",
    "torch\nCharStorage", "torch\nByteStorage", "torch\nBoolStorage"};

enum Op : unsigned char {
  kMark = '(', kStop = '.', kBinFloat = 'G', kBinInt = 'J', kBinInt1 = 'K', kBinInt2 = 'M', kNone = 'N', kPersistent = 'Q',
  kReduce = 'R', kBinString = 'T', kShortBinString = 'U', kBinUnicode = 'X', kAppend = 'a', kBuild = 'b', kGlobal = 'c',
  kAppends = 'e', kGet = 'h', kLongGet = 'j', kPut = 'q', kLongPut = 'r', kSetItem = 's', kTuple = 't', kSetItems = 'u',
  kEmptyDict = '}', kEmptyList = ']', kEmptyTuple = ')', kProto = 0x80, kNewObject = 0x81, kTuple1 = 0x85, kTuple2 = 0x86,
  kTuple3 = 0x87, kTrue = 0x88, kFalse = 0x89, kLong1 = 0x8A
};

class Machine {
 public:
  Machine(std::string_view program, const std::string& where) : program_(program), where_(where) {}

  Pickle run() {
    while (step(static_cast<unsigned char>(take(1)[0]))) {}
    out_.root = pop(), out_.length = at_;
    return std::move(out_);
  }

 private:
  bool step(unsigned char op);
  bool structure_step(unsigned char op);
  [[noreturn]] void damaged(std::string_view what) const {
    fail("{}: {} at byte {} of the pickle: it is damaged or no file of weights", where_, what, at_);
  }

  std::string_view take(uint64_t bytes) {
    if (bytes > program_.size() - at_) fail("{}: the pickle ends within a value: it was cut off or is damaged", where_);
    at_ += bytes;
    return program_.substr(at_ - bytes, bytes);
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view line() {
    const size_t end = program_.find('\n', at_);
    const std::string_view found = take(end == std::string_view::npos ? program_.size() : end - at_);
    take(1);
    return found;
  }

  void push(Kind kind, int64_t number = 0, std::string_view text = {}) {
    if (out_.values.size() == kMostValues) fail("{}: the pickle holds more than {} values", where_, kMostValues);
    stack_.push_back(static_cast<uint32_t>(out_.values.size()));
    out_.values.push_back({kind, number, text, {}});
  }
  uint32_t pop() {
    if (stack_.size() <= floor()) damaged("nothing to take from the stack");
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }
  // Values above the last mark, or all, belong to the operation that is under way.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleValue& top(Kind kind, const char* what) {
    if (stack_.size() <= floor() || out_.values[stack_.back()].kind != kind) damaged(what);
    return out_.values[stack_.back()];
  }
  std::vector<uint32_t> pop_to_mark() {
    if (marks_.empty()) damaged("no mark");
    const auto first = stack_.begin() + static_cast<ptrdiff_t>(marks_.back());
    std::vector<uint32_t> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<uint32_t> pop_items(size_t n) {
    std::vector<uint32_t> items(n);
    for (size_t i = n; i-- > 0;) items[i] = pop();
    return items;
  }
  void push_items(Kind kind, std::vector<uint32_t> items) {
    push(kind);
    out_.values.back().items = std::move(items);
  }
  void add_items(Kind kind, const char* what, const std::vector<uint32_t>& items) {
    std::vector<uint32_t>& all = top(kind, what).items;
    all.insert(all.end(), items.begin(), items.end());
  }

  void put(uint64_t key) {
    if (key >= program_.size()) damaged("an impossible place of the memo");
    if (stack_.size() <= floor()) damaged("nothing to remember");
    if (key >= memo_.size()) memo_.resize(key + 1, kEmpty);
    memo_[key] = stack_.back();
  }
  void get(uint64_t key) {
    if (key >= memo_.size() || memo_[key] == kEmpty) damaged("an empty place of the memo");
    stack_.push_back(memo_[key]);
  }

  void global();
  void call();
  void long_integer();

  static constexpr uint32_t kEmpty = UINT32_MAX;
  std::string_view program_;
  const std::string& where_;
  size_t at_ = 0;
  Pickle out_;
  std::vector<uint32_t> stack_, memo_;
  std::vector<size_t> marks_;  // heights of the stack
};

// Refused already here, before anything is called with it.
void Machine::global() {
  const size_t begin = at_;
  const std::string_view module = line(), name = line(), both = program_.substr(begin, at_ - begin - 1);
  if (std::find(kAllowed.begin(), kAllowed.end(), both) == kAllowed.end())
    fail("{}: refused, because it wants to call \"{}.{}\": a file of weights may hold tensors, numbers and texts only",
         where_, printable(module), printable(name));
  push(Kind::global, 0, both);
}

// The callable and the tuple of its arguments give way to what the call would give. Nothing of the tuple is copied: it
// may be shared by any number of calls.
void Machine::call() {
  top(Kind::tuple, "a call without a tuple of arguments");
  const uint32_t arguments = pop();
  const std::string_view name = top(Kind::global, "a call of what is no function").text;
  pop();
  const std::vector<uint32_t>& items = out_[arguments].items;
  if (name == kAllowed[0] && items.empty())
    push(Kind::dict);
  else if (name == kAllowed[1] || name == kAllowed[2])
    push_items(Kind::tensor, {arguments});
  else if ((name == kAllowed[3] || name == kAllowed[4]) && !items.empty())
    stack_.push_back(items[0]);  // a parameter is its tensor, a size its tuple
  else
    damaged("a call with other arguments than torch gives");
}

void Machine::long_integer() {
  const std::string_view bytes = take(number<uint8_t>());
  uint64_t value = !bytes.empty() && (bytes.back() & 0x80) ? ~uint64_t{0} : 0;
  if (bytes.size() <= 8) {
    std::memcpy(&value, bytes.data(), bytes.size());
    push(Kind::integer, static_cast<int64_t>(value));
  } else {
    push(Kind::integer, 0, bytes);
  }
}

// Plain values; false at the end.
bool Machine::step(unsigned char op) {
  switch (op) {
    case kStop: return false;
    case kProto: {
      const auto protocol = number<uint8_t>();
      if (protocol < 2 || protocol > 3) fail("{}: expected a pickle of protocol 2, found {}", where_, protocol);
      return true;
    }
    case kNone: push(Kind::none); return true;
    case kTrue: push(Kind::boolean, 1); return true;
    case kFalse: push(Kind::boolean, 0); return true;
    case kBinInt: push(Kind::integer, number<int32_t>()); return true;
    case kBinInt1: push(Kind::integer, number<uint8_t>()); return true;
    case kBinInt2: push(Kind::integer, number<uint16_t>()); return true;
    case kLong1: long_integer(); return true;
    case kBinFloat: take(8), push(Kind::real); return true;
    case kBinUnicode:
    case kBinString: {
      const std::string_view text = take(number<uint32_t>());
      push(Kind::text, 0, text);
      return true;
    }
    case kShortBinString: {
      const std::string_view text = take(number<uint8_t>());
      push(Kind::text, 0, text);
      return true;
    }
    case kPut: put(number<uint8_t>()); return true;
    case kLongPut: put(number<uint32_t>()); return true;
    case kGet: get(number<uint8_t>()); return true;
    case kLongGet: get(number<uint32_t>()); return true;
    default: return structure_step(op);
  }
}

// What is made of other values.
bool Machine::structure_step(unsigned char op) {
  switch (op) {
    case kMark: marks_.push_back(stack_.size()); break;
    case kEmptyTuple: push(Kind::tuple); break;
    case kEmptyList: push(Kind::list); break;
    case kEmptyDict: push(Kind::dict); break;
    case kTuple: push_items(Kind::tuple, pop_to_mark()); break;
    case kTuple1: push_items(Kind::tuple, pop_items(1)); break;
    case kTuple2: push_items(Kind::tuple, pop_items(2)); break;
    case kTuple3: push_items(Kind::tuple, pop_items(3)); break;
    case kAppend: add_items(Kind::list, "an item without a list", pop_items(1)); break;
    case kAppends: add_items(Kind::list, "items without a list", pop_to_mark()); break;
    case kSetItem: add_items(Kind::dict, "an item without a dict", pop_items(2)); break;
    case kSetItems: {
      const std::vector<uint32_t> items = pop_to_mark();
      if (items.size() % 2) damaged("a key without a value");
      add_items(Kind::dict, "items without a dict", items);
      break;
    }
    case kPersistent: push_items(Kind::persistent, pop_items(1)); break;
    case kGlobal: global(); break;
    case kReduce:
    case kNewObject: call(); break;
    case kBuild:  // attributes of an OrderedDict, which say nothing about tensors
      pop();
      top(Kind::dict, "attributes of what is no dict");
      break;
    default: damaged(fmt::format("the operation {:#04x}, which files of weights do not have,", op));
  }
  return true;
}

}  // namespace

std::string printable(std::string_view bytes) {
  constexpr size_t kLongest = 100;
  std::string out(bytes.substr(0, kLongest));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return bytes.size() > kLongest ? out + "…" : out;
}

Pickle read_pickle(std::string_view program, const std::string& where) { return Machine(program, where).run(); }

}  // namespace gamana
