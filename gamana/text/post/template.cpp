// TemplateProcessing, after `tokenizers` (processors/template.rs).
#include <algorithm>
#include <charconv>
#include <map>

#include "gamana/base/check.h"
#include "gamana/text/post/processors.h"

namespace gamana {
namespace {

struct Item {
  int sequence = -1;    // 0: A, 1: B
  std::string special;  // or the name of a special token
  int32_t type_id = 0;
};

struct SpecialTokens {
  std::vector<int32_t> ids;
  std::vector<std::string> tokens;  // of the first ids; the others show what the vocabulary has
};

Item read_item(const Json& json, const std::string& where) {
  if (!json.is_object() || json.size() != 1)
    fail("{}: expected a Sequence or a SpecialToken, found {}", where, describe(json));
  const Fields outer(json, where);
  Item item;
  if (outer.has("Sequence")) {
    const Fields fields(outer.any("Sequence"), where);
    item.sequence = static_cast<int>(fields.choice("id", {"A", "B"}));
    item.type_id = static_cast<int32_t>(fields.count("type_id", INT32_MAX));
  } else {
    const Fields fields(outer.object("SpecialToken"), where);
    item.special = fields.text("id");
    item.type_id = static_cast<int32_t>(fields.count("type_id", INT32_MAX));
  }
  return item;
}

std::vector<Item> read_template(const Fields& fields, const char* key) {
  std::vector<Item> items;
  for (const Json& item : fields.list(key))
    items.push_back(read_item(item, fmt::format("{}[{}]", fields.where(key), items.size())));
  return items;
}

SpecialTokens read_special_tokens(const Fields& fields) {
  SpecialTokens out;
  fields.text("id");
  for (const Json& id : fields.list("ids")) {
    const Json entry{{"ids", id}};
    out.ids.push_back(static_cast<int32_t>(Fields(entry, fields.where()).count("ids", INT32_MAX)));
  }
  for (const Json& token : fields.list("tokens")) {
    const Json entry{{"tokens", token}};
    out.tokens.push_back(Fields(entry, fields.where()).text("tokens"));
  }
  out.tokens.resize(std::min(out.tokens.size(), out.ids.size()));
  return out;
}

class TemplateProcessing : public PostProcessor {
 public:
  explicit TemplateProcessing(const Fields& fields)
      : single_(read_template(fields, "single")), pair_(read_template(fields, "pair")), where_(fields.where()) {
    for (const auto& [name, token] : fields.object("special_tokens").items())
      special_tokens_[name] =
          read_special_tokens(Fields(token, fmt::format("{}: {}", fields.where("special_tokens"), name)));
    added_single_ = count(single_);
    added_pair_ = count(pair_);
  }

  int added_tokens(bool pair) const override { return pair ? added_pair_ : added_single_; }

  std::vector<Encoding> process(std::vector<Encoding> sequences, bool add_special_tokens,
                                const TokenNames& names) const override {
    if (sequences.size() > 2)
      fail("{}: expected one or two sequences, found {} parts from the processor before it", where_, sequences.size());
    std::vector<Encoding> out;
    const std::vector<Item>& items = sequences.size() == 2 ? pair_ : single_;
    for (size_t i = 0; i < items.size(); ++i) {
      const Item& item = items[i];
      if (item.sequence >= 0) {
        if (item.sequence >= static_cast<int>(sequences.size()))
          fail("{}: the template for one sequence uses a second one", where_);
        Encoding& sequence = sequences[item.sequence];
        std::fill(sequence.type_ids.begin(), sequence.type_ids.end(), item.type_id);
        sequence.set_sequence(item.sequence, {0, static_cast<uint32_t>(sequence.size())});
        const bool again = std::any_of(items.begin() + i + 1, items.end(),
                                       [&](const Item& later) { return later.sequence == item.sequence; });
        out.push_back(again ? sequence : std::move(sequence));
      } else if (add_special_tokens) {
        const auto token = special_tokens_.find(item.special);
        if (token == special_tokens_.end())
          fail("{}: \"special_tokens\" lacks {}, which the template uses", where_, item.special);
        out.push_back(special_tokens(token->second.ids, token->second.tokens, item.type_id, names));
      }
    }
    return out;
  }

 private:
  int count(const std::vector<Item>& items) const {
    size_t count = 0;
    for (const Item& item : items)
      if (const auto it = special_tokens_.find(item.special); item.sequence < 0 && it != special_tokens_.end())
        count += it->second.ids.size();
    return static_cast<int>(count);
  }

  std::vector<Item> single_, pair_;
  std::map<std::string, SpecialTokens> special_tokens_;
  std::string where_;
  int added_single_, added_pair_;
};

// Rust's str::parse::<u32>, which takes a plus.
std::optional<int32_t> parse_type_id(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || text.empty()) return std::nullopt;
  return value;
}

// $A, $B:1, $2, [CLS], [SEP]:1 …
std::optional<Item> parse_item(std::string_view text) {
  Item item;
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (!name.starts_with('$')) {
    item.special = name;
  } else if (const std::string_view rest = name.substr(1); rest.empty() || rest == "A" || rest == "a") {
    item.sequence = 0;
  } else if (rest == "B" || rest == "b") {
    item.sequence = 1;
  } else {
    const auto type_id = parse_type_id(rest);
    if (!type_id) return std::nullopt;
    item.sequence = 0;
    item.type_id = *type_id;
  }
  if (colon != std::string_view::npos) {
    const auto type_id = parse_type_id(text.substr(colon + 1));
    if (!type_id) return std::nullopt;
    item.type_id = *type_id;
  }
  return item;
}

std::vector<Item> parse_template(const std::string& text) {
  std::vector<Item> items;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const auto item = parse_item(std::string_view(text).substr(begin, end - begin));
    if (!item)
      fail("template \"{}\": expected items such as $A, $B:1 or [SEP]:1, found \"{}\"", text,
           text.substr(begin, end - begin));
    items.push_back(*item);
    begin = end + 1;
  }
  return items;
}

Json items_json(const std::vector<Item>& items) {
  Json out = Json::array();
  for (const Item& item : items)
    out.push_back(item.sequence >= 0
                      ? Json{{"Sequence", {{"id", item.sequence ? "B" : "A"}, {"type_id", item.type_id}}}}
                      : Json{{"SpecialToken", {{"id", item.special}, {"type_id", item.type_id}}}});
  return out;
}

}  // namespace

std::unique_ptr<PostProcessor> make_template_processing(const Fields& fields) {
  return std::make_unique<TemplateProcessing>(fields);
}

Json template_processing(const std::string& single, const std::string& pair,
                         const std::vector<std::pair<std::string, int32_t>>& special_tokens) {
  const std::vector<Item> one = parse_template(single), two = parse_template(pair);
  const std::map<std::string, int32_t> ids(special_tokens.begin(), special_tokens.end());
  for (const int sequence : {0, 1})
    if (std::none_of(two.begin(), two.end(), [&](const Item& item) { return item.sequence == sequence; }))
      fail("template \"{}\": expected both sequences, found no ${}", pair, sequence ? "B" : "A");
  for (const std::vector<Item>& items : {one, two})
    for (const Item& item : items)
      if (item.sequence < 0 && !ids.count(item.special))
        fail("templates \"{}\" and \"{}\": no id is given for the special token \"{}\"", single, pair, item.special);
  Json tokens = Json::object();
  for (const auto& [token, id] : ids) tokens[token] = {{"id", token}, {"ids", {id}}, {"tokens", {token}}};
  return {{"type", "TemplateProcessing"},
          {"single", items_json(one)},
          {"pair", items_json(two)},
          {"special_tokens", tokens}};
}

}  // namespace gamana
