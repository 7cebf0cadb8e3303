#include "gamana/text/added_vocabulary.h"

#include <algorithm>
#include <cstring>

#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

CodePoint last_code_point(std::string_view text) {
  size_t begin = text.size() - 1;
  while ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return code_point(text, begin);
}

bool ends_with(std::string_view text, uint16_t property) {
  return !text.empty() && has(last_code_point(text).c, property);
}

bool begins_with(std::string_view text, uint16_t property) { return !text.empty() && has(code_point(text, 0).c, property); }

size_t bytes_of(std::string_view text) { return text.empty() ? 1 : code_point(text, 0).bytes; }

}  // namespace

int WordFinder::child(int node, unsigned char byte) const {
  for (int c = nodes_[node].first_child; c >= 0; c = nodes_[c].sibling)
    if (nodes_[c].byte == byte) return c;
  return -1;
}

void WordFinder::add(std::string_view word, int value) {
  if (word.empty()) {
    if (empty_value_ < 0) empty_value_ = value;
    return;
  }
  int node = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<unsigned char>(word[i]);
    int next = i == 0 ? roots_[byte] : child(node, byte);
    if (next < 0) {
      next = static_cast<int>(nodes_.size());
      nodes_.push_back({.sibling = nodes_[node].first_child, .byte = byte});
      nodes_[node].first_child = next;
      if (i == 0) roots_[byte] = next, ++roots_count_, only_root_ = byte;
    }
    node = next;
  }
  if (nodes_[node].value < 0) nodes_[node].value = value;
}

WordFinder::Found WordFinder::next(std::string_view text, size_t from) const {
  for (size_t at = from; at <= text.size();) {
    if (empty_value_ < 0) {  // to the next byte that a word begins with
      if (roots_count_ == 0 || at == text.size()) break;
      if (roots_count_ == 1) {
        const void* found = std::memchr(text.data() + at, only_root_, text.size() - at);
        if (!found) break;
        at = static_cast<const char*>(found) - text.data();
      } else {
        while (at < text.size() && roots_[static_cast<unsigned char>(text[at])] < 0) ++at;
        if (at == text.size()) break;
      }
    }
    Found best{at, at, empty_value_};
    int node = at < text.size() ? roots_[static_cast<unsigned char>(text[at])] : -1;
    for (size_t i = at; node >= 0;) {
      ++i;
      if (nodes_[node].value >= 0) best = {at, i, nodes_[node].value};
      node = i < text.size() ? child(node, static_cast<unsigned char>(text[i])) : -1;
    }
    if (best.value >= 0) return best;
    ++at;
  }
  return {text.size(), text.size(), -1};
}

// New tokens are numbered from the count of the model's entries on, whatever ids those have: of two with one id the one that
// was added last is known by it.
void AddedVocabulary::add(const AddedToken& token, const TokenModel& model) {
  std::optional<int32_t> known = id(token.content);
  if (!known) known = model.id(token.content);
  AddedToken added = token;
  added.id = known ? *known : static_cast<int32_t>(model.size()) + fresh_++;
  ids_[added.content] = added.id;
  const auto [at, is_new] = index_.try_emplace(added.id, by_id_.size());
  if (is_new) by_id_.push_back(added);
  else by_id_[at->second] = added;
}

AddedVocabulary::AddedVocabulary(const std::vector<AddedToken>& tokens, const TokenModel& model,
                                 const Normalizer* normalizer) {
  // Of tokens with the same content the last one counts, in the first one's place. But what was special or shown normalised
  // once stays so, as there.
  std::vector<AddedToken> distinct;
  std::unordered_map<std::string_view, size_t> places;
  std::unordered_set<std::string_view> shown_normalized;
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    if (token.special) special_.insert(token.content);
    if (token.normalized) shown_normalized.insert(token.content);
    add(token, model);
    const auto [at, is_new] = places.try_emplace(token.content, distinct.size());
    if (is_new) distinct.push_back(token);
    else distinct[at->second] = token;
  }
  std::stable_partition(distinct.begin(), distinct.end(), [](const AddedToken& token) { return token.special; });
  std::sort(by_id_.begin(), by_id_.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  for (size_t i = 0; i < by_id_.size(); ++i) index_[by_id_[i].id] = i;
  for (const AddedToken& token : distinct) {
    const int32_t id = ids_.at(token.content);
    if (this->token(id)->content != token.content) continue;  // a later one took its id: it is not looked for, as there
    AlignedText content(token.content);
    if (normalizer && shown_normalized.count(token.content)) normalizer->normalize(content);
    if (token.normalized)
      normalized_.add(content.text(), id);
    else
      raw_.add(token.content, id);
    texts_[id] = content.text();
    if (const auto entry = model.token(id); entry && *entry != content.text()) shadowing_.insert(id);
  }
}

std::optional<int32_t> AddedVocabulary::id(std::string_view content) const {
  const auto it = ids_.find(std::string(content));
  return it == ids_.end() ? std::nullopt : std::optional(it->second);
}

const AddedToken* AddedVocabulary::token(int32_t id) const {
  const auto it = index_.find(id);
  return it == index_.end() ? nullptr : &by_id_[it->second];
}

std::optional<std::string_view> AddedVocabulary::text(int32_t id) const {
  const auto it = texts_.find(id);
  return it == texts_.end() ? std::nullopt : std::optional<std::string_view>(it->second);
}

// Pieces that cover the text; those without a token lie between the found ones. A token may begin inside the white space that
// the one before it took along (rstrip), as there: the pieces overlap then. Nothing is not found right behind a match
// (aho-corasick: FindIter::handle_overlapping_empty_match).
void AddedVocabulary::find(std::string_view text, const WordFinder& words, std::vector<Piece>& out) const {
  size_t done = 0, last_end = text.npos;
  for (size_t from = 0; from <= text.size();) {
    const WordFinder::Found found = words.next(text, from);
    if (found.value < 0) break;
    const bool is_empty = found.begin == found.end, follows = found.end == last_end;
    from = is_empty ? found.end + bytes_of(text.substr(found.end)) : found.end;
    last_end = found.end;
    if (is_empty && follows) continue;
    const AddedToken& token = *this->token(found.value);
    size_t begin = found.begin, end = found.end;
    if (token.single_word &&
        (ends_with(text.substr(0, begin), kWord) || begins_with(text.substr(end), kWord)))
      continue;
    if (token.lstrip) {
      while (begin > done && ends_with(text.substr(0, begin), kWhiteSpace)) begin -= last_code_point(text.substr(0, begin)).bytes;
      begin = std::max(begin, done);
    }
    if (token.rstrip)
      while (begins_with(text.substr(end), kWhiteSpace)) end += bytes_of(text.substr(end));
    if (done < begin) out.push_back({static_cast<uint32_t>(done), static_cast<uint32_t>(begin)});
    if (begin < end) out.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), token.id});
    done = end;
  }
  if (done < text.size()) out.push_back({static_cast<uint32_t>(done), static_cast<uint32_t>(text.size())});
}

// Pieces that overlap get a text each.
static void lay_out(PieceText& text) {
  const auto overlap = [](const Piece& a, const Piece& b) { return b.begin < a.end; };
  if (std::adjacent_find(text.pieces.begin(), text.pieces.end(), overlap) == text.pieces.end()) return;
  AlignedText::Edit edit(text.text);
  for (Piece& piece : text.pieces) {
    const auto begin = static_cast<uint32_t>(edit.size());
    edit.keep(piece.begin, piece.end);
    piece = {begin, static_cast<uint32_t>(edit.size()), piece.token};
  }
  edit.finish();
}

PieceText AddedVocabulary::split(std::string_view original, const Normalizer* normalizer) const {
  PieceText out;
  out.text = AlignedText(original);
  std::vector<Piece> parts;
  if (raw_.empty()) {
    if (!original.empty()) parts.push_back({0, static_cast<uint32_t>(original.size())});
  } else {
    find(original, raw_, parts);
  }
  if (!normalizer && normalized_.empty()) {
    out.pieces = std::move(parts);
    lay_out(out);
    return out;
  }
  // Without a normaliser the text stays as it is; else it is put together again from its parts.
  if (normalizer && !(parts.size() == 1 && parts[0].token < 0)) out.text = AlignedText();
  for (const Piece& part : parts) {
    if (part.token >= 0) {
      const auto begin = normalizer ? static_cast<uint32_t>(out.text.size()) : part.begin;
      if (normalizer) out.text.append(AlignedText(original.substr(part.begin, part.end - part.begin), part.begin));
      out.pieces.push_back({begin, begin + part.end - part.begin, part.token});
      continue;
    }
    AlignedText text(original.substr(part.begin, part.end - part.begin), part.begin);
    if (normalizer) normalizer->normalize(text);
    const size_t first = out.pieces.size();
    if (!normalized_.empty()) find(text.text(), normalized_, out.pieces);
    else if (text.size()) out.pieces.push_back({0, static_cast<uint32_t>(text.size())});
    uint32_t shift = part.begin;
    if (normalizer && parts.size() == 1) out.text = std::move(text), shift = 0;
    else if (normalizer) shift = static_cast<uint32_t>(out.text.size()), out.text.append(text);
    for (size_t i = first; i < out.pieces.size(); ++i) out.pieces[i].begin += shift, out.pieces[i].end += shift;
  }
  lay_out(out);
  return out;
}

}  // namespace gamana
