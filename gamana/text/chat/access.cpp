// Attributes, items and slices.
#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/chat/text_methods.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

std::string missing(const Value& object, const std::string& name) {
  return fmt::format("'{} object' has no attribute '{}'", object.type_name(), name);
}

// An index as Python counts, from the end if negative. False if it is outside.
bool place(Integer index, size_t size, size_t& out) {
  const Integer count = static_cast<Integer>(size);
  if (index < -count || index >= count) return false;
  out = static_cast<size_t>(index < 0 ? index + count : index);
  return true;
}

// The places that begin:end:step stands for.
std::vector<size_t> places(const Value* begin, const Value* end, const Value* step, size_t size) {
  const Integer count = static_cast<Integer>(size), by = step ? whole_argument(*step, "slice") : 1;
  if (by == 0) fail("the step of a slice cannot be zero");
  const auto bound = [&](const Value* value, Integer fallback) {
    if (!value) return fallback;
    Integer at = whole_argument(*value, "slice");
    if (at < 0) at = std::max<Integer>(at, -count - 1) + count;
    return by > 0 ? std::clamp<Integer>(at, 0, count) : std::clamp<Integer>(at, -1, count - 1);
  };
  std::vector<size_t> out;
  const Integer first = bound(begin, by > 0 ? 0 : count - 1), last = bound(end, by > 0 ? count : -1);
  const Integer stride = std::clamp<Integer>(by, -count - 1, count + 1);
  for (Integer at = first; by > 0 ? at < last : at > last; at += stride) out.push_back(static_cast<size_t>(at));
  return out;
}

}  // namespace

Value attribute_of(const Value& object, const std::string& name) {
  if (object.is(Kind::undefined)) fail("{}", object.what());
  if (const Namespace* space = object.as<Namespace>()) {
    const Value* value = space->attributes.find(name);
    return value ? *value : Value::undefined(missing(object, name));
  }
  if (const Loop* loop = object.as<Loop>()) return loop->attribute(name, object);
  // Python's methods come before the entries of a dict.
  if (object.is(Kind::dict) && !has_method(object, name))
    if (const Value* value = object.as_dict().find(name)) return *value;
  return Value::undefined(missing(object, name));
}

Value item_of(const Value& object, const Value& index) {
  size_t at = 0;
  switch (object.kind()) {
    case Kind::undefined:
      fail("{}", object.what());
    case Kind::dict:
      if (!index.is(Kind::list) && !index.is(Kind::dict) && !index.is(Kind::generator) && !index.is(Kind::object))
        if (const Value* value = object.as_dict().find(index)) return *value;
      break;
    case Kind::list:
    case Kind::tuple:
      if (index.is_whole() && place(index.as_integer(), object.items().size(), at)) return object.items()[at];
      break;
    case Kind::text:
      if (index.is_whole()) {
        const std::vector<std::string_view> all = characters(object.as_text());
        if (place(index.as_integer(), all.size(), at)) return Value::text(std::string(all[at]));
      }
      break;
    default:
      break;
  }
  if (index.is(Kind::text) && !object.is(Kind::dict)) return attribute_of(object, index.as_text());
  return Value::undefined(
      missing(object, index.is(Kind::object) || index.is(Kind::generator) ? index.type_name() : index.str()));
}

Value slice_of(const Value& object, const Value* begin, const Value* end, const Value* step, Run& run) {
  if (object.is(Kind::undefined)) fail("{}", object.what());
  if (object.is(Kind::text)) {
    const std::vector<std::string_view> all = characters(object.as_text());
    std::string out;
    for (const size_t at : places(begin, end, step, all.size())) out += all[at];
    return new_text(std::move(out), run);
  }
  if (!object.is_sequence()) return Value::undefined(fmt::format("a {} has no slices", object.type_name()));
  std::vector<Value> out;
  for (const size_t at : places(begin, end, step, object.items().size())) out.push_back(object.items()[at]);
  run.spend(out.size() * sizeof(Value));
  return object.is(Kind::list) ? Value::list(std::move(out)) : Value::tuple(std::move(out));
}

}  // namespace gamana::jinja
