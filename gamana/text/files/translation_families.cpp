// A SentencePiece model and a vocab.json that gives its pieces other ids: Marian and M2M100. transformers has no fast
// tokenizer of these; what is made here gives the ids of its slow ones (tokenization_marian.py,
// tokenization_m2m_100.py).
#include <algorithm>
#include <unordered_map>

#include "gamana/base/check.h"
#include "gamana/text/files/languages.h"
#include "gamana/text/files/spm_sections.h"

namespace gamana {
namespace {

// A token that the model does not make of text, for each of its characters: worse than any other way, but for an
// unknown character. So characters that only the vocabulary has are found, and several of them in one token, but
// nothing longer.
constexpr double kNever = -1e6;

double never(std::string_view token) {
  const auto is_first = [](char c) { return (c & 0xC0) != 0x80; };
  return kNever * static_cast<double>(std::count_if(token.begin(), token.end(), is_first)) + 1;
}

Pieces number_pieces(const SpmModel& model, const Entries& vocabulary) {
  std::unordered_map<std::string_view, double> scores;
  for (const SpmModel::Piece& piece : model.pieces)
    if (piece.type == SpmModel::PieceType::normal || piece.type == SpmModel::PieceType::user_defined)
      scores.emplace(piece.text, piece.score);
  Pieces out;
  for (const auto& [token, id] : vocabulary) {
    while (out.size() <= static_cast<size_t>(id)) out.emplace_back(fmt::format("<unused{}>", out.size()), kNever * 16);
    const auto score = scores.find(token);
    out[id] = {token, score == scores.end() ? never(token) : score->second};
  }
  return out;
}

Merges merges_among(const SpmModel& model, const Entries& vocabulary, const std::string& where) {
  std::unordered_map<std::string_view, int32_t> ids(vocabulary.begin(), vocabulary.end());
  Merges out = merges_by_score(model, where);
  std::erase_if(out, [&](const auto& merge) {
    const std::string merged = std::string(merge.first) + std::string(merge.second);
    return !ids.contains(merge.first) || !ids.contains(merge.second) || !ids.contains(merged);
  });
  return out;
}

// Whether each word can be split alone: the model sees words that begin with "▁", and no piece goes on into the next.
bool works_on_words(const SpmModel& model) {
  return model.add_dummy_prefix && model.remove_extra_whitespaces && model.escape_whitespaces &&
         !has_user_defined(model) &&
         std::none_of(model.pieces.begin(), model.pieces.end(),
                      [](const SpmModel::Piece& piece) { return piece.text.find("▁", 1) != std::string::npos; });
}

// Everything but added tokens and the post-processor.
TokenizerSections numbered_spm(const SpmModel& model, Entries vocabulary, const std::string& unknown, bool lowercase,
                               const std::string& where) {
  TokenizerSections out;
  const auto entry =
      std::find_if(vocabulary.begin(), vocabulary.end(), [&](const auto& e) { return e.first == unknown; });
  if (entry == vocabulary.end())
    fail("{}: expected the unknown token \"{}\" in vocab.json, found none", where, unknown);
  if (model.algorithm == SpmModel::Algorithm::unigram) {
    set_unigram(out, number_pieces(model, vocabulary), entry->second, model.byte_fallback);
  } else {
    const Merges merges = merges_among(model, vocabulary, where);
    set_bpe(out, {.unknown = unknown, .fuse_unknown = true, .byte_fallback = model.byte_fallback},
            std::move(vocabulary), merges);
  }
  if (works_on_words(model)) {
    Json steps = Json::array();
    if (!model.charsmap.empty()) steps.push_back(precompiled(model.charsmap));
    out.normalizer = sequence("normalizers", steps);
    out.pre_tokenizer =
        sequence("pretokenizers", Json::array({split("String", " ", "Removed"), metaspace("always", false)}));
  } else {
    set_spm_steps(out, model, true);
  }
  Json& steps = out.normalizer["normalizers"];
  if (lowercase) steps.insert(steps.begin(), Json{{"type", "Lowercase"}});
  out.decoder = sequence(
      "decoders",
      Json::array(
          {replace("▁", " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}, replace_regex(R"(\A\s+|\s+\z)", "")}));
  return out;
}

SpmModel load_unigram_or_bpe(const SideFiles& files, std::initializer_list<const char*> names) {
  SpmModel model = load_spm(files, names);
  if (!fits_tokenizer_json(model))
    fail("{}: expected a SentencePiece model of the type unigram or BPE, found one of words or characters",
         files.folder);
  return model;
}

}  // namespace

bool fits_tokenizer_json(const SpmModel& model) {
  return !model.whitespace_as_suffix &&
         (model.algorithm == SpmModel::Algorithm::unigram || model.algorithm == SpmModel::Algorithm::bpe);
}

TokenizerSections convert_marian(const SideFiles& files) {
  const SpmModel model = load_unigram_or_bpe(files, {"source.spm"});
  const Entries vocabulary = read_vocabulary_json(files.path("vocab.json"));
  std::vector<AddedToken> tokens = tokens_to_add(files.settings);
  for (AddedToken& token : tokens) token.normalized = false;
  for (const auto& [token, _] : vocabulary)
    if (token.starts_with(">>") && token.ends_with("<<")) tokens.push_back({.content = token, .normalized = false});
  TokenizerSections out =
      numbered_spm(model, vocabulary, files.need(TokenRole::unknown), files.flag("lowercase", false), files.folder);
  out.add(tokens);
  const std::string end = files.need(TokenRole::end) + ":0";
  out.post_processor = template_processing(out, {"$A:0", end}, {"$A:0", "$B:0", end}, files.config());
  return out;
}

TokenizerSections convert_m2m100(const SideFiles& files) {
  const SpmModel model = load_unigram_or_bpe(files, {"sentencepiece.bpe.model"});
  TokenizerSections out = numbered_spm(model, read_vocabulary_json(files.path("vocab.json")),
                                       files.need(TokenRole::unknown), false, files.folder);
  const std::string set = files.option("language_codes", "m2m100");
  if (set != "m2m100" && set != "wmt21")
    fail("{}: expected \"m2m100\" or \"wmt21\" as \"language_codes\", found \"{}\"", files.config(), set);
  std::vector<AddedToken> codes;
  std::span<const std::string_view> list = kM2m100Languages;
  if (set == "wmt21") list = kWmt21Languages;
  for (const std::string_view code : list)
    codes.push_back({.content = fmt::format("__{}__", code), .normalized = false, .special = true});
  out.add(codes);
  out.add(tokens_to_add(files.settings));
  const std::string language = fmt::format("__{}__:0", files.option("src_lang", "en"));
  const std::string end = files.need(TokenRole::end) + ":0";
  out.post_processor =
      template_processing(out, {language, "$A:0", end}, {language, "$A:0", "$B:0", end}, files.config());
  return out;
}

}  // namespace gamana
