// sentencepiece.bpe.model: models of fairseq, whose ids begin with <s>, <pad>, </s>, <unk> where the file has <unk>,
// <s>, </s>.
#include <algorithm>

#include "gamana/text/files/languages.h"
#include "gamana/text/files/spm_sections.h"

namespace gamana {
namespace {

constexpr std::initializer_list<const char*> kFiles = {"sentencepiece.bpe.model"};

AddedToken special_token(std::string text) {
  return {.content = std::move(text), .normalized = false, .special = true};
}

// The pieces behind fairseq's own first four, `first` of which is <s>.
Pieces fairseq_pieces(const SideFiles& files, const SpmModel& model, TokenRole first) {
  Pieces out;
  for (const TokenRole role : {first, TokenRole::pad, TokenRole::end, TokenRole::unknown})
    out.emplace_back(files.need(role), 0.0);
  for (size_t id = 3; id < model.pieces.size(); ++id) out.emplace_back(model.pieces[id].text, model.pieces[id].score);
  return out;
}

// <s> A </s></s> B </s>
void set_roberta_template(TokenizerSections& out, const SideFiles& files) {
  const std::string first = files.need(TokenRole::begin) + ":0", end = files.need(TokenRole::end) + ":0";
  out.post_processor =
      template_processing(out, {first, "$A:0", end}, {first, "$A:0", end, end, "$B:0", end}, files.config());
}

// The language code stands before the text, or behind its end.
void set_language_template(TokenizerSections& out, const SideFiles& files, const std::string& language, bool before) {
  const std::string code = language + ":0", end = files.need(TokenRole::end) + ":0";
  std::vector<std::string> single = {"$A:0"}, pair = {"$A:0", "$B:0"};
  for (std::vector<std::string>* list : {&single, &pair}) {
    if (before) list->insert(list->begin(), code);
    list->push_back(end);
    if (!before) list->push_back(code);
  }
  out.post_processor = template_processing(out, single, pair, files.config());
}

void set_words(TokenizerSections& out, const SideFiles& files, const SpmModel& model) {
  const char* scheme = files.flag("add_prefix_space", true) ? "always" : "never";
  if (!model.charsmap.empty()) out.normalizer = precompiled(model.charsmap);
  out.pre_tokenizer = words_and_metaspace(scheme);
  out.decoder = metaspace(scheme);
}

Json charsmap_and_spaces(const SpmModel& model) {
  Json steps = Json::array();
  if (!model.charsmap.empty()) steps.push_back(precompiled(model.charsmap));
  steps.push_back(replace_regex(" {2,}", " "));
  return sequence("normalizers", steps);
}

// Pieces, language codes and the mask; the codes are special.
TokenizerSections with_languages(const SideFiles& files, const SpmModel& model, TokenRole first,
                                 std::span<const std::string_view> languages) {
  Pieces pieces = fairseq_pieces(files, model, first);
  std::vector<AddedToken> more;
  for (const std::string_view code : languages) {
    pieces.emplace_back(code, 0.0);
    more.push_back(special_token(std::string(code)));
  }
  pieces.emplace_back(files.need(TokenRole::mask), 0.0);
  for (AddedToken& symbol : symbols_of(model)) more.push_back(std::move(symbol));
  TokenizerSections out;
  set_unigram(out, pieces, 3);
  out.add(tokens_to_add(files.settings, more));
  return out;
}

}  // namespace

TokenizerSections convert_xlm_roberta(const SideFiles& files) {
  const SpmModel model = load_spm(files, kFiles);
  Pieces pieces = fairseq_pieces(files, model, TokenRole::begin);
  pieces.emplace_back(files.need(TokenRole::mask), 0.0);
  TokenizerSections out;
  set_unigram(out, pieces, 3);
  out.add(tokens_to_add(files.settings, symbols_of(model)));
  set_words(out, files, model);
  set_roberta_template(out, files);
  return out;
}

// fairseq's own first tokens are there but unused: those of the file count.
TokenizerSections convert_camembert(const SideFiles& files) {
  const SpmModel model = load_spm(files, kFiles);
  const std::string unknown = files.need(TokenRole::unknown);
  Pieces pieces = {{"<s>NOTUSED", 0.0},
                   {files.need(TokenRole::pad), 0.0},
                   {"</s>NOTUSED", 0.0},
                   {unknown, 0.0},
                   {"<unk>NOTUSED", -100.0}};
  for (size_t id = 1; id < model.pieces.size(); ++id)
    pieces.emplace_back(model.pieces[id].text, model.pieces[id].score);
  pieces.emplace_back(files.need(TokenRole::mask), 0.0);
  TokenizerSections out;
  set_unigram(out, pieces, index_of(pieces, unknown, 3));
  out.add(tokens_to_add(files.settings, symbols_of(model)));
  set_words(out, files, model);
  set_roberta_template(out, files);
  return out;
}

TokenizerSections convert_mbart(const SideFiles& files) {
  const SpmModel model = load_spm(files, kFiles);
  TokenizerSections out =
      with_languages(files, model, TokenRole::begin, std::span(kMbart50Languages).first(kMbartLanguages));
  set_words(out, files, model);
  set_language_template(out, files, files.option("src_lang", "en_XX"), false);
  return out;
}

TokenizerSections convert_mbart50(const SideFiles& files) {
  const SpmModel model = load_spm(files, kFiles);
  TokenizerSections out = with_languages(files, model, TokenRole::classifier, kMbart50Languages);
  out.normalizer = charsmap_and_spaces(model);
  out.pre_tokenizer = out.decoder = metaspace("always");
  set_language_template(out, files, files.option("src_lang", "en_XX"), true);
  return out;
}

TokenizerSections convert_nllb(const SideFiles& files) {
  const SpmModel model = load_spm(files, kFiles);
  Entries entries;
  for (const TokenRole role : {TokenRole::begin, TokenRole::pad, TokenRole::end, TokenRole::unknown})
    entries.emplace_back(files.need(role), static_cast<int32_t>(entries.size()));
  const Entries first = entries;
  for (const SpmModel::Piece& piece : model.pieces)
    if (std::none_of(first.begin(), first.end(), [&](const auto& entry) { return entry.first == piece.text; }))
      entries.emplace_back(piece.text, static_cast<int32_t>(entries.size()));
  TokenizerSections out;
  set_bpe(out, {.unknown = files.need(TokenRole::unknown), .fuse_unknown = true}, std::move(entries),
          merges_by_id(model, files.folder));
  if (files.settings.additional.empty() && files.settings.added.empty()) {
    // The codes come before the mask in the released models.
    std::vector<AddedToken> codes;
    for (const std::string_view code : kNllbLanguages) codes.push_back(special_token(std::string(code)));
    out.add(codes);
  }
  out.add(tokens_to_add(files.settings, symbols_of(model)));
  if (!model.charsmap.empty()) out.normalizer = charsmap_and_spaces(model);
  out.pre_tokenizer = out.decoder = metaspace("always");
  set_language_template(out, files, files.option("src_lang", "eng_Latn"), !files.flag("legacy_behaviour", false));
  return out;
}

}  // namespace gamana
