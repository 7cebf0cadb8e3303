#pragma once
// Python's pickles of protocol 2 and 3, as far as files of tensors need them (Lib/pickletools.py describes the
// operations). A pickle is a program; this reader builds plain values of it and calls nothing. The only names it may
// refer to are those of a short list; any other is an error that says the name.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gamana {

struct PickleValue {
  enum class Kind {
    none,
    boolean,     // number
    integer,     // number; of more than 64 bits: number 0, text the little-endian bytes
    real,        // not kept: nothing here needs it
    text,        // text
    tuple,       // items
    list,        // items
    dict,        // items: key, value, key, value …
    global,      // text: module and name, a newline between them
    persistent,  // items: its id
    tensor,      // items: the tuple of arguments of torch._utils._rebuild_tensor or _rebuild_tensor_v2
  };
  Kind kind = Kind::none;
  int64_t number = 0;
  std::string_view text;
  std::vector<uint32_t> items;  // places in Pickle::values
};

// Values refer to each other by place, may be shared and may contain themselves.
struct Pickle {
  std::vector<PickleValue> values;
  uint32_t root = 0;
  size_t length = 0;  // bytes up to the end of the pickle

  const PickleValue& operator[](uint32_t place) const { return values[place]; }
};

// Reads the pickle that `program` begins with; texts are views of it. Takes time and memory in proportion to its length;
// more than two million values are refused. Throws Error that begins with `where` if it is cut off, damaged or refused.
Pickle read_pickle(std::string_view program, const std::string& where);

// Bytes of a file for a message: what is not printable is a '?', what is long is cut.
std::string printable(std::string_view bytes);

}  // namespace gamana
