#include "gamana/text/files/spm_sections.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

using Type = SpmModel::PieceType;

// A piece has at most as many splits as bytes, each of which is looked up in as many steps.
constexpr size_t kLongestPiece = 1024;

struct Split {
  double rank;  // lowest first
  size_t id;    // of the merged piece
  std::string_view left, right;
};

// Every split of a piece into two; `rank_of(id)` of a piece is its rank, or none if it takes no part.
template <class RankOf>
std::vector<Split> splits(const SpmModel& model, const std::string& where, const RankOf& rank_of) {
  std::unordered_set<std::string_view> known;
  std::unordered_map<std::string_view, size_t> last;  // of equal pieces the last counts
  for (size_t id = 0; id < model.pieces.size(); ++id)
    if (rank_of(id)) known.insert(model.pieces[id].text), last[model.pieces[id].text] = id;
  std::vector<Split> out;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const std::string_view piece = model.pieces[id].text;
    const std::optional<double> rank = rank_of(id);
    if (!rank || last.at(piece) != id) continue;
    if (piece.size() > kLongestPiece)
      fail("{}: expected pieces of at most {} bytes, found {} with the id {}", where, kLongestPiece, piece.size(), id);
    for (size_t at = 1; at < piece.size(); ++at) {
      if ((piece[at] & 0xC0) == 0x80) continue;  // inside a character
      const std::string_view left = piece.substr(0, at), right = piece.substr(at);
      if (known.contains(left) && known.contains(right)) out.push_back({*rank, id, left, right});
    }
  }
  return out;
}

Merges merges(const std::vector<Split>& list) {
  Merges out;
  for (const Split& split : list) out.emplace_back(split.left, split.right);
  return out;
}

// `text` as a regular expression.
std::string escape_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}-#&~ \t\n\r\v\f").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

SpmModel read_checked(const std::string& path) {
  SpmModel model = read_spm_model(read_file(path), path);
  if (model.whitespace_as_suffix) fail("{}: expected \"▁\" before words, found treat_whitespace_as_suffix", path);
  return model;
}

}  // namespace

SpmModel load_spm(const SideFiles& files, std::initializer_list<const char*> names) {
  std::string list;
  for (const char* name : names) {
    if (files.has(name)) return read_checked(files.path(name));
    (list += list.empty() ? "" : " or ") += name;
  }
  fail("{}: expected {} for the tokenizer class {}, found no such file", files.folder, list,
       files.settings.tokenizer_class);
}

Pieces pieces_of(const SpmModel& model) {
  Pieces out;
  for (const SpmModel::Piece& piece : model.pieces) out.emplace_back(piece.text, piece.score);
  return out;
}

Entries entries_of(const SpmModel& model) {
  Entries out;
  for (const SpmModel::Piece& piece : model.pieces) out.emplace_back(piece.text, static_cast<int32_t>(out.size()));
  return out;
}

int64_t index_of(const Pieces& pieces, const std::string& piece, int64_t otherwise) {
  for (size_t id = 0; id < pieces.size(); ++id)
    if (pieces[id].first == piece) return static_cast<int64_t>(id);
  return otherwise;
}

std::vector<AddedToken> symbols_of(const SpmModel& model) {
  std::vector<AddedToken> out;
  for (const SpmModel::Piece& piece : model.pieces)
    if (piece.type == Type::control || piece.type == Type::user_defined)
      out.push_back({.content = piece.text, .normalized = false, .special = piece.type == Type::control});
  return out;
}

bool has_user_defined(const SpmModel& model) {
  return std::any_of(model.pieces.begin(), model.pieces.end(),
                     [](const SpmModel::Piece& piece) { return piece.type == Type::user_defined; });
}

// The splits of one piece come by the length of their left part already.
Merges merges_by_id(const SpmModel& model, const std::string& where) {
  return merges(splits(model, where, [](size_t id) { return std::optional<double>(id); }));
}

Merges merges_by_score(const SpmModel& model, const std::string& where) {
  std::vector<Split> list = splits(model, where, [&](size_t id) {
    const SpmModel::Piece& piece = model.pieces[id];
    return piece.type == Type::normal ? std::optional<double>(-piece.score) : std::nullopt;
  });
  std::sort(list.begin(), list.end(), [](const Split& a, const Split& b) {
    return std::tie(a.rank, a.id, a.left) < std::tie(b.rank, b.id, b.left);
  });
  return merges(list);
}

void set_spm_steps(TokenizerSections& sections, const SpmModel& model, bool prefix_each) {
  Json steps = Json::array(), splits = Json::array();
  if (!model.charsmap.empty()) steps.push_back(precompiled(model.charsmap));
  if (model.remove_extra_whitespaces) {
    // Of all white space only spaces count.
    steps.push_back(replace_regex(R"(\A +| +\z)", ""));
    steps.push_back(replace_regex(" {2,}", " "));
  }
  if (model.escape_whitespaces) steps.push_back(replace(" ", "▁"));
  // Metaspace leaves the dummy prefix out before a text that begins with "▁", SentencePiece does not.
  if (model.add_dummy_prefix && prefix_each) steps.push_back(replace_regex(R"(\A▁)", "▁▁"));
  sections.normalizer = sequence("normalizers", steps);
  if (model.add_dummy_prefix) splits.push_back(metaspace(prefix_each ? "always" : "first", false));
  std::vector<std::string_view> symbols;
  for (const SpmModel::Piece& piece : model.pieces)
    if (piece.type == Type::user_defined) symbols.push_back(piece.text);
  std::stable_sort(symbols.begin(), symbols.end(), [](auto a, auto b) { return a.size() > b.size(); });
  std::string pattern;
  for (const std::string_view symbol : symbols) pattern += (pattern.empty() ? "" : "|") + escape_regex(symbol);
  if (!pattern.empty()) splits.push_back(split("Regex", pattern, "Isolated"));
  if (!splits.empty()) sections.pre_tokenizer = sequence("pretokenizers", splits);
}

Json spm_decoder(const SpmModel& model) {
  Json steps = Json::array({replace("▁", " ")});
  if (model.byte_fallback) steps.push_back({{"type", "ByteFallback"}});
  if (model.byte_fallback || model.add_dummy_prefix) steps.push_back({{"type", "Fuse"}});
  if (model.add_dummy_prefix) steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  return sequence("decoders", steps);
}

Json words_and_metaspace(const char* prepend_scheme) {
  return sequence("pretokenizers", Json::array({{{"type", "WhitespaceSplit"}}, metaspace(prepend_scheme)}));
}

}  // namespace gamana
