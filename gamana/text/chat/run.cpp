#include "gamana/text/chat/run.h"

#include <algorithm>
#include <cstddef>

#include "gamana/base/check.h"

namespace gamana::jinja {
namespace {

constexpr size_t kMostWork = size_t{1} << 30;
constexpr std::ptrdiff_t kMostStack = 1 << 20;  // bytes; threads have 8 MiB

}  // namespace

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope; scope = scope->parent_)
    for (const auto& [known, value] : scope->values_)
      if (known == name) return &value;
  return nullptr;
}

void Scope::set(const std::string& name, Value value) {
  for (auto& [known, old] : values_)
    if (known == name) {
      old = std::move(value);
      return;
    }
  values_.emplace_back(name, std::move(value));
}

Run::Run(std::tm now) : stack_(static_cast<const char*>(__builtin_frame_address(0))), now_(now) {}

void Run::write(std::string_view text) {
  spend(text.size());
  out_ += text;
}

void Run::spend(size_t work) {
  spent_ += work;
  if (work > kMostWork || spent_ > kMostWork) fail("the template does too much");
}

void Run::check_stack() const {
  const std::ptrdiff_t used = stack_ - static_cast<const char*>(__builtin_frame_address(0));
  if (std::abs(used) > kMostStack) fail("macros and expressions are nested too deeply");
}

std::vector<const Value*> bind(const Given& given, std::initializer_list<const char*> names, const char* function) {
  std::vector<const Value*> out(names.size(), nullptr);
  if (given.list.size() > names.size())
    fail("{} takes at most {} arguments, {} are given", function, names.size(), given.list.size());
  for (size_t i = 0; i < given.list.size(); ++i) out[i] = &given.list[i];
  for (const auto& [name, value] : given.named) {
    const auto it = std::find_if(names.begin(), names.end(), [&wanted = name](const char* known) { return wanted == known; });
    if (it == names.end()) fail("{} has no parameter {}", function, name);
    const Value*& slot = out[static_cast<size_t>(it - names.begin())];
    if (slot) fail("{} has two values for its parameter {}", function, name);
    slot = &value;
  }
  return out;
}

Value new_text(std::string text, Run& run) {
  run.spend(text.size() + 1);
  return Value::text(std::move(text));
}

const std::string& text_argument(const Value& value, const char* what) {
  if (value.is(Value::Kind::undefined)) fail("{}", value.what());
  if (!value.is(Value::Kind::text)) fail("{}: expected a str, found a {}", what, value.type_name());
  return value.as_text();
}

Integer whole_argument(const Value& value, const char* what) {
  if (value.is(Value::Kind::undefined)) fail("{}", value.what());
  if (!value.is_whole()) fail("{}: expected an int, found a {}", what, value.type_name());
  return value.as_integer();
}

Value Loop::attribute(const std::string& name, const Value& self) const {
  const size_t count = items->size();
  const auto whole = [](size_t value) { return Value::integer(static_cast<Integer>(value)); };
  if (name == "index") return whole(index + 1);
  if (name == "index0") return whole(index);
  if (name == "revindex") return whole(count - index);
  if (name == "revindex0") return whole(count - index - 1);
  if (name == "first") return Value::boolean(index == 0);
  if (name == "last") return Value::boolean(index + 1 == count);
  if (name == "length") return whole(count);
  if (name == "depth") return whole(static_cast<size_t>(depth));
  if (name == "depth0") return whole(static_cast<size_t>(depth - 1));
  if (name == "previtem") return index > 0 ? (*items)[index - 1] : Value::undefined("there is no previous item");
  if (name == "nextitem") return index + 1 < count ? (*items)[index + 1] : Value::undefined("there is no next item");
  return has_method(self, name) ? Value() : Value::undefined(fmt::format("a loop has no attribute {}", name));
}

}  // namespace gamana::jinja
