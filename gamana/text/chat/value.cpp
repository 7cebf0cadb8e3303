#include "gamana/text/chat/value.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/utf8.h"

namespace gamana::jinja {
namespace {

constexpr uint32_t kMaxNesting = 200;  // of nested containers: they are gone through recursively
constexpr size_t kSearched = 8;        // entries of a dict that are searched one by one

uint32_t depth_above(uint32_t deepest) {
  if (deepest >= kMaxNesting) fail("lists and dicts are nested more than {} deep", kMaxNesting);
  return deepest + 1;
}

uint32_t storable(const Value& value) {
  if (value.is(Value::Kind::object)) fail("a {} cannot be stored in a list, a dict or a namespace", value.type_name());
  return value.depth();
}

uint32_t depth_of(const std::vector<Value>& items) {
  uint32_t deepest = 0;
  for (const Value& item : items) deepest = std::max(deepest, storable(item));
  return depth_above(deepest);
}

std::string text_key(std::string_view key) { return std::string("s").append(key); }

// The same text for keys that Python takes for one.
std::string hash_key(const Value& key) {
  switch (key.kind()) {
    case Value::Kind::text:
      return text_key(key.as_text());
    case Value::Kind::undefined:
      return "u";
    case Value::Kind::none:
      return "n";
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return std::string("i").append(integer_text(key.as_integer()));
    case Value::Kind::floating: {
      const double value = key.as_double();
      const bool whole = std::abs(value) < 1e30 && value == std::floor(value);
      return whole ? std::string("i").append(integer_text(static_cast<Integer>(value)))
                   : std::string("f").append(float_text(value));
    }
    case Value::Kind::tuple: {
      std::string out = "t";
      for (const Value& item : key.items()) {
        const std::string part = hash_key(item);
        out.append(std::to_string(part.size())).append(":").append(part);
      }
      return out;
    }
    default:
      fail("a {} cannot be a key", key.type_name());
  }
}

}  // namespace

Value Value::undefined(std::string what) { return {Kind::undefined, std::make_shared<std::string>(std::move(what))}; }

Value Value::none() { return {Kind::none, nullptr}; }

Value Value::boolean(bool value) {
  Value out(Kind::boolean, nullptr);
  out.boolean_ = value;
  return out;
}

Value Value::integer(Integer value) {
  Value out(Kind::integer, nullptr);
  out.integer_ = value;
  return out;
}

Value Value::floating(double value) {
  Value out(Kind::floating, nullptr);
  out.floating_ = value;
  return out;
}

Value Value::text(std::string value) { return {Kind::text, std::make_shared<std::string>(std::move(value))}; }

Value Value::list(std::vector<Value> items) {
  const uint32_t depth = depth_of(items);
  return {Kind::list, std::make_shared<std::vector<Value>>(std::move(items)), depth};
}

Value Value::tuple(std::vector<Value> items) {
  const uint32_t depth = depth_of(items);
  return {Kind::tuple, std::make_shared<std::vector<Value>>(std::move(items)), depth};
}

Value Value::dict(Dict entries) {
  uint32_t deepest = 0;
  for (const auto& [key, value] : entries.entries()) deepest = std::max({deepest, key.depth(), storable(value)});
  const uint32_t depth = depth_above(deepest);
  return {Kind::dict, std::make_shared<Dict>(std::move(entries)), depth};
}

Value Value::generator(std::vector<Value> items) {
  const uint32_t depth = depth_of(items);
  return {Kind::generator, std::make_shared<Generator>(Generator{std::move(items), 0}), depth};
}

Value Value::object(std::shared_ptr<Object> object) { return {Kind::object, std::move(object)}; }

Value Value::from(const Json& json, int depth) {
  if (depth >= static_cast<int>(kMaxNesting)) fail("lists and dicts are nested more than {} deep", kMaxNesting);
  switch (json.type()) {
    case Json::value_t::boolean:
      return boolean(json.get<bool>());
    case Json::value_t::number_integer:
      return integer(json.get<int64_t>());
    case Json::value_t::number_unsigned:
      return integer(json.get<uint64_t>());
    case Json::value_t::number_float:
      return floating(json.get<double>());
    case Json::value_t::string:
      if (!valid_utf8(json.get_ref<const std::string&>())) fail("a text is not UTF-8");
      return text(json.get<std::string>());
    case Json::value_t::array: {
      std::vector<Value> items;
      for (const Json& item : json) items.push_back(from(item, depth + 1));
      return list(std::move(items));
    }
    case Json::value_t::object: {
      Dict entries;
      for (const auto& [key, item] : json.items()) entries.set(text(key), from(item, depth + 1));
      return dict(std::move(entries));
    }
    default:
      return none();
  }
}

const std::vector<Value>& Value::items() const { return *static_cast<const std::vector<Value>*>(data_.get()); }
const Dict& Value::as_dict() const { return *static_cast<const Dict*>(data_.get()); }
Generator& Value::as_generator() const { return *static_cast<Generator*>(data_.get()); }

const std::string& Value::what() const {
  static const std::string unknown = "a value is undefined";
  return data_ ? as_text() : unknown;
}

bool Value::truth() const {
  switch (kind_) {
    case Kind::undefined:
    case Kind::none:
      return false;
    case Kind::boolean:
      return boolean_;
    case Kind::integer:
      return integer_ != 0;
    case Kind::floating:
      return floating_ != 0;
    case Kind::text:
      return !as_text().empty();
    case Kind::list:
    case Kind::tuple:
      return !items().empty();
    case Kind::dict:
      return as_dict().size() > 0;
    default:
      return true;
  }
}

std::string Value::str() const {
  if (kind_ == Kind::text) return as_text();
  if (kind_ == Kind::undefined) return "";
  return repr();
}

std::string Value::repr() const {
  switch (kind_) {
    case Kind::undefined:
      return "Undefined";
    case Kind::none:
      return "None";
    case Kind::boolean:
      return boolean_ ? "True" : "False";
    case Kind::integer:
      return integer_text(integer_);
    case Kind::floating:
      return float_text(floating_);
    case Kind::text:
      return repr_text(as_text());
    case Kind::dict: {
      std::string out = "{";
      for (const auto& [key, value] : as_dict().entries())
        out += (out.size() > 1 ? ", " : "") + key.repr() + ": " + value.repr();
      return out + "}";
    }
    case Kind::list:
    case Kind::tuple: {
      const bool list = kind_ == Kind::list;
      std::string out = list ? "[" : "(";
      for (const Value& item : items()) out += (out.size() > 1 ? ", " : "") + item.repr();
      if (!list && items().size() == 1) out += ",";
      return out + (list ? "]" : ")");
    }
    default:
      fail("a {} has no text", type_name());
  }
}

const char* Value::type_name() const {
  static constexpr const char* kNames[] = {"undefined value", "None", "bool",     "int", "float", "str", "list",
                                           "tuple",           "dict", "generator"};
  return kind_ == Kind::object ? as_object().type_name() : kNames[static_cast<size_t>(kind_)];
}

void Dict::set(const Value& key, Value value) {
  if (const Value* known = find(key)) {
    *const_cast<Value*>(known) = std::move(value);
    return;
  }
  if (entries_.size() == kSearched)
    for (uint32_t i = 0; i < kSearched; ++i) index_.emplace(hash_key(entries_[i].first), i);
  if (entries_.size() >= kSearched) index_.emplace(hash_key(key), static_cast<uint32_t>(entries_.size()));
  entries_.emplace_back(key, std::move(value));
}

const Value* Dict::find(const Value& key) const {
  if (key.is(Value::Kind::text)) return find(key.as_text());
  const std::string wanted = hash_key(key);
  if (const auto it = index_.find(wanted); it != index_.end()) return &entries_[it->second].second;
  if (index_.empty())
    for (const auto& [known, value] : entries_)
      if (hash_key(known) == wanted) return &value;
  return nullptr;
}

const Value* Dict::find(std::string_view key) const {
  if (!index_.empty()) {
    const auto it = index_.find(text_key(key));
    return it == index_.end() ? nullptr : &entries_[it->second].second;
  }
  for (const auto& [known, value] : entries_)
    if (known.is(Value::Kind::text) && known.as_text() == key) return &value;
  return nullptr;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number())
    return a.is_whole() && b.is_whole() ? a.as_integer() == b.as_integer() : a.as_double() == b.as_double();
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::text:
      return a.as_text() == b.as_text();
    case Value::Kind::list:
    case Value::Kind::tuple:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), equal);
    case Value::Kind::dict:
      return a.as_dict().size() == b.as_dict().size() &&
             std::all_of(a.as_dict().entries().begin(), a.as_dict().entries().end(), [&](const auto& entry) {
               const Value* other = b.as_dict().find(entry.first);
               return other && equal(entry.second, *other);
             });
    case Value::Kind::generator:
    case Value::Kind::object:
      return a.identity() == b.identity();
    default:
      return true;
  }
}

int compare(const Value& a, const Value& b, const char* sign, bool& unordered) {
  if (a.is_number() && b.is_number()) {
    if (a.is_whole() && b.is_whole()) return a.as_integer() < b.as_integer() ? -1 : a.as_integer() > b.as_integer();
    const double x = a.as_double(), y = b.as_double();
    unordered = std::isnan(x) || std::isnan(y);
    return x < y ? -1 : x > y;
  }
  if (a.is(Value::Kind::text) && b.is(Value::Kind::text)) return a.as_text().compare(b.as_text());
  if (a.is_sequence() && a.kind() == b.kind()) {
    const auto& x = a.items();
    const auto& y = b.items();
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i)
      if (!equal(x[i], y[i])) return compare(x[i], y[i], sign, unordered);
    return x.size() < y.size() ? -1 : x.size() > y.size();
  }
  for (const Value* value : {&a, &b})
    if (value->is(Value::Kind::undefined)) fail("{}", value->what());
  fail("'{}' does not compare a {} and a {}", sign, a.type_name(), b.type_name());
}

std::string integer_text(Integer value) {
  if (value == 0) return "0";
  std::string digits;
  for (Integer left = value; left != 0; left /= 10)
    digits += static_cast<char>('0' + std::abs(static_cast<int>(left % 10)));
  if (value < 0) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

// The shortest digits that are read back as the same number; with an exponent below 1e-4 and from 1e16.
std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto scientific = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string text(buffer, scientific.ptr);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  if (exponent < -4 || exponent >= 16) return text;
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  std::string out(buffer, fixed.ptr);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string repr_text(std::string_view text) {
  const bool both = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = both ? '"' : '\'';
  std::string out(1, quote);
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    const char32_t c = point.c;
    if (c == static_cast<unsigned char>(quote) || c == '\\')
      out += {'\\', static_cast<char>(c)};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (c == ' ' || (u_isgraph(static_cast<UChar32>(c)) && u_charType(static_cast<UChar32>(c)) != U_FORMAT_CHAR))
      out += text.substr(at, point.bytes);
    else
      out += c < 0x100     ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c))
             : c < 0x10000 ? fmt::format("\\u{:04x}", static_cast<uint32_t>(c))
                           : fmt::format("\\U{:08x}", static_cast<uint32_t>(c));
    at += point.bytes;
  }
  return out += quote;
}

}  // namespace gamana::jinja
