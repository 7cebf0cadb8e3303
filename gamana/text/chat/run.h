#pragma once
// A template while it is rendered.
#include <ctime>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/text/chat/ast.h"

namespace gamana::jinja {

// Names and their values. What a scope lacks is looked for in the one around it.
class Scope {
 public:
  explicit Scope(Scope* parent) : parent_(parent) {}
  const Value* find(std::string_view name) const;
  void set(const std::string& name, Value value);

 private:
  Scope* parent_;
  std::vector<std::pair<std::string, Value>> values_;
};

struct Span64 {
  size_t begin, end;
};

// What one rendering shares: its output, and how much it may still do. A template is not trusted: a fault of it is an
// Error, whatever it asks for.
class Run {
 public:
  explicit Run(std::tm now);

  void write(std::string_view text);
  // Runs `body` with an output of its own.
  template <class Act>
  std::string capture(const Act& body) {
    std::string text;
    std::swap(text, out_);
    ++captures_;
    body();
    --captures_;
    std::swap(text, out_);
    return text;
  }
  std::string& out() { return out_; }
  bool captures() const { return captures_ > 0; }

  // Counts work: bytes of text and lists that are made, and steps as if they were some. Throws Error when it is too
  // much.
  void spend(size_t work);
  void step() { spend(512); }
  // Throws Error if calls and expressions are nested so deeply that the stack could end.
  void check_stack() const;
  const std::tm& now() const { return now_; }

  std::vector<Span64> generations;  // of out()

 private:
  std::string out_;
  size_t spent_ = 0;
  int captures_ = 0;
  const char* stack_;
  std::tm now_;
};

// A function of the template: a macro, a method, a global.
class Function : public Object {
 public:
  virtual Value call(const Given& given, Run& run) = 0;
  const char* type_name() const override { return "function"; }
};

class Namespace : public Object {
 public:
  const char* type_name() const override { return "Namespace"; }
  Dict attributes;
};

// The special variable of a for loop.
class Loop : public Object {
 public:
  const char* type_name() const override { return "LoopContext"; }
  Value attribute(const std::string& name, const Value& self) const;
  const std::vector<Value>* items = nullptr;
  size_t index = 0;
  int depth = 1;
  std::optional<Value> changed;  // what loop.changed() saw last
};

// Arguments by the names of the parameters; null where one is not given. Throws Error for those that have no parameter.
std::vector<const Value*> bind(const Given& given, std::initializer_list<const char*> names, const char* function);
// A parameter that is given and not none.
inline const Value* given_value(const Value* value) { return value && !value->is(Value::Kind::none) ? value : nullptr; }

// Operators.
Value add(const Value& a, const Value& b, Run& run);
Value arithmetic(const std::string& sign, const Value& a, const Value& b, Run& run);
bool holds(const std::string& sign, const Value& a, const Value& b, Run& run);  // == < in …
Value negative(const Value& value);
Value format_percent(const std::string& format, const Value& values, Run& run);
Value format_braces(const std::string& format, const Given& given, Run& run);  // str.format

// Attributes and items, undefined where there is none.
Value attribute_of(const Value& object, const std::string& name);
Value item_of(const Value& object, const Value& index);
Value slice_of(const Value& object, const Value* begin, const Value* end, const Value* step, Run& run);

// The items that a loop goes through. Throws Error where there are none.
std::vector<Value> iterate(const Value& value, Run& run);
size_t length_of(const Value& value);
Value new_text(std::string text, Run& run);
const std::string& text_argument(const Value& value, const char* what);
Integer whole_argument(const Value& value, const char* what);

// Whether values of this kind have the method, and its call. False for `known` if only Python has it.
bool has_method(const Value& self, std::string_view name);
Value call_method(const Value& self, const std::string& name, const Given& given, Run& run);

Value apply_filter(const std::string& name, const Value& input, const Given& given, Run& run);
bool apply_test(const std::string& name, const Value& input, const Given& given, Run& run);
const Value* find_global(std::string_view name);

// Python's json.dumps with the options of transformers' tojson.
struct JsonStyle {
  std::string indent, item_separator = ", ", key_separator = ": ";
  bool lines = false, sorted = false, ascii = false;
};
void write_json(const Value& value, const JsonStyle& style, std::string& out, size_t level = 0);

}  // namespace gamana::jinja
