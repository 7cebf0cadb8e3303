#pragma once
// The values of a template: what Python's objects are to Jinja. They are immutable, as in the sandbox that transformers
// renders in; a copy shares its contents.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gamana/base/json.h"

namespace gamana::jinja {

using Integer = __int128;  // Python's have no bounds; results beyond this are an Error

class Value;
class Dict;

// What can be neither stored in a list nor in a namespace, so that nothing ever holds itself: namespaces, loops,
// macros.
class Object {
 public:
  virtual ~Object() = default;
  virtual const char* type_name() const = 0;
};

// Items that can be gone through once, as Python's generators: map, select and others give them.
struct Generator;

class Value {
 public:
  enum class Kind : uint8_t { undefined, none, boolean, integer, floating, text, list, tuple, dict, generator, object };

  Value() = default;  // undefined
  static Value undefined(std::string what);
  static Value none();
  static Value boolean(bool value);
  static Value integer(Integer value);
  static Value floating(double value);
  static Value text(std::string value);
  static Value list(std::vector<Value> items);
  static Value tuple(std::vector<Value> items);
  static Value dict(Dict entries);
  static Value generator(std::vector<Value> items);
  static Value object(std::shared_ptr<Object> object);
  // Throws Error if it is nested too deeply, not UTF-8 or has a number that is none.
  static Value from(const Json& json, int depth = 0);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_number() const { return kind_ == Kind::boolean || kind_ == Kind::integer || kind_ == Kind::floating; }
  bool is_whole() const { return kind_ == Kind::boolean || kind_ == Kind::integer; }
  bool is_sequence() const { return kind_ == Kind::list || kind_ == Kind::tuple; }

  Integer as_integer() const { return kind_ == Kind::boolean ? Integer{boolean_} : integer_; }  // of whole numbers
  double as_double() const { return kind_ == Kind::floating ? floating_ : static_cast<double>(as_integer()); }
  const std::string& as_text() const { return *static_cast<const std::string*>(data_.get()); }
  const std::vector<Value>& items() const;  // of lists and tuples
  const Dict& as_dict() const;
  Generator& as_generator() const;
  Object& as_object() const { return *static_cast<Object*>(data_.get()); }
  template <class T>
  T* as() const {  // the object of that class, or null
    return kind_ == Kind::object ? dynamic_cast<T*>(&as_object()) : nullptr;
  }
  const void* identity() const { return data_.get(); }
  const std::string& what() const;  // of an undefined value: why it is

  bool truth() const;
  std::string str() const;   // Python's str()
  std::string repr() const;  // Python's repr()
  // Python's type names, for messages.
  const char* type_name() const;
  uint32_t depth() const { return depth_; }  // of nested containers

 private:
  Value(Kind kind, std::shared_ptr<void> data, uint32_t depth = 0)
      : kind_(kind), depth_(depth), data_(std::move(data)) {}

  Kind kind_ = Kind::undefined;
  uint32_t depth_ = 0;
  union {
    bool boolean_;
    Integer integer_ = 0;
    double floating_;
  };
  std::shared_ptr<void> data_;
};

struct Generator {
  std::vector<Value> items;
  size_t next = 0;
};

// Keys in the order they came, with Python's equality: 1, 1.0 and True are one key.
class Dict {
 public:
  void set(const Value& key, Value value);
  const Value* find(const Value& key) const;  // Error for keys that Python cannot hash
  const Value* find(std::string_view key) const;
  size_t size() const { return entries_.size(); }
  const std::vector<std::pair<Value, Value>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<Value, Value>> entries_;
  std::unordered_map<std::string, uint32_t> index_;  // by hash_key; empty while a search is as quick
};

bool equal(const Value& a, const Value& b);
// Negative, 0 or positive. Throws Error where Python cannot compare them; `sign` is shown there. Of numbers that are
// none nothing holds: then `unordered` is set.
int compare(const Value& a, const Value& b, const char* sign, bool& unordered);

std::string integer_text(Integer value);
std::string float_text(double value);          // Python's repr of a float
std::string repr_text(std::string_view text);  // Python's repr of a str

}  // namespace gamana::jinja
