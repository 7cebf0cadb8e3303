#include "gamana/cli/shown_text.h"

#include <cstdio>
#include <unordered_set>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/post/decode_steps.h"
#include "gamana/view/text.h"

namespace gamana {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

}  // namespace

std::string whole_text(const std::optional<std::string>& given, const std::string& file) {
  if (given && !file.empty()) fail("expected --text or a file, found both");
  const std::string path = file.empty() ? "-" : file, name = given ? "--text" : name_of_input(path);
  std::string text = given.value_or("");
  if (!given) append_unix_lines(without_mark(read_file(path)), text);
  if (!given && text.ends_with('\n')) text.pop_back();
  if (find_invalid_utf8(text) != std::string::npos)
    throw Error(name + " is not valid UTF-8", "convert it, for instance with iconv -t UTF-8");
  if (text.empty()) fail("{}: expected a text, found none", name);
  return text;
}

view::TokenizedText shown_tokens(const Tokenizer& tokenizer, const std::string& name, const std::string& text,
                                 bool add_special_tokens) {
  EncodeOptions options;
  options.add_special_tokens = add_special_tokens, options.truncate = false;
  const Encoding encoding = tokenizer.encode(text, options);
  const std::vector<std::string> tokens = tokenizer.tokens(encoding);
  std::unordered_set<int32_t> special;
  for (const AddedToken& token : tokenizer.added_tokens())
    if (token.special) special.insert(token.id);
  view::TokenizedText out{name, {}};
  for (size_t i = 0; i < encoding.size(); ++i) {
    const int32_t id = encoding.ids[i];
    const auto kind = id == tokenizer.unknown_id()                                    ? view::TokenKind::unknown
                      : encoding.special_tokens_mask[i] != 0 || special.count(id) > 0 ? view::TokenKind::special
                                                                                      : view::TokenKind::plain;
    out.tokens.push_back({id, tokens[i], encoding.offsets[i].begin, encoding.offsets[i].end, kind});
  }
  return out;
}

std::string token_bytes(const Tokenizer& tokenizer, int32_t id) {
  std::optional<std::string> token = tokenizer.token(id);
  if (!token) return fmt::format("#{}", id);
  if (const auto byte = byte_token(*token)) return std::string(1, static_cast<char>(*byte));
  // What it adds behind itself: a text's first token may lose its space.
  const int32_t twice[] = {id, id};
  const std::string one = tokenizer.decode(std::span(twice, 1), false), two = tokenizer.decode(twice, false);
  std::string text = two.starts_with(one) ? two.substr(one.size()) : one;
  if (text.find(kReplacement) == std::string::npos || token->find(kReplacement) != std::string::npos) return text;
  unmap_bytes(*token);
  return *token;
}

std::vector<std::string> token_labels(const Tokenizer& tokenizer, const Encoding& encoding) {
  std::vector<std::string> labels = tokenizer.tokens(encoding);
  if (!tokenizer.continuing_prefix().empty()) return labels;
  for (size_t i = 0; i < labels.size(); ++i)
    if (!encoding.special_tokens_mask[i]) labels[i] = view::visible(token_bytes(tokenizer, encoding.ids[i]));
  return labels;
}

}  // namespace gamana
