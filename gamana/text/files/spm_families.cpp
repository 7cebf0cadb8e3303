// spiece.model, spm.model, tokenizer.model: ALBERT, XLNet, BigBird, DeBERTa-v2, T5, PEGASUS, Llama, Gemma, and any
// model by its own settings.
#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/files/spm_sections.h"

namespace gamana {
namespace {

const char* prefix_scheme(const SideFiles& files, const char* otherwise = "never") {
  return files.flag("add_prefix_space", true) ? "always" : otherwise;
}

// [CLS] A [SEP] B [SEP]
void set_bert_template(TokenizerSections& out, const SideFiles& files) {
  const std::string first = files.need(TokenRole::classifier) + ":0", end = files.need(TokenRole::separator);
  out.post_processor = template_processing(out, {first, "$A:0", end + ":0"},
                                           {first, "$A:0", end + ":0", "$B:1", end + ":1"}, files.config());
}

// The steps before SentencePiece's own that ALBERT and XLNet have in common.
Json quotes_accents_case(const SideFiles& files, const SpmModel& model, bool keep_accents, bool lower) {
  Json steps = Json::array({replace("``", "\""), replace("''", "\"")});
  if (!keep_accents) {
    steps.push_back({{"type", "NFKD"}});
    steps.push_back({{"type", "StripAccents"}});
  }
  if (files.flag("do_lower_case", lower)) steps.push_back({{"type", "Lowercase"}});
  if (!model.charsmap.empty()) steps.push_back(precompiled(model.charsmap));
  return sequence("normalizers", steps);
}

// Pieces as they stand in the file, which has every token.
TokenizerSections unigram(const SideFiles& files, const SpmModel& model) {
  TokenizerSections out;
  const Pieces pieces = pieces_of(model);
  set_unigram(out, pieces, index_of(pieces, files.need(TokenRole::unknown), model.unknown_id));
  out.add(tokens_to_add(files.settings, symbols_of(model)));
  return out;
}

TokenizerSections llama(const SideFiles& files, const SpmModel& model, const std::string& unknown) {
  TokenizerSections out;
  set_bpe(out, {.unknown = unknown, .fuse_unknown = true, .byte_fallback = true}, entries_of(model),
          merges_by_id(model, files.folder));
  out.add(tokens_to_add(files.settings, symbols_of(model)));
  out.post_processor = begin_end_template(files, out);
  return out;
}

}  // namespace

TokenizerSections convert_albert(const SideFiles& files) {
  const SpmModel model = load_spm(files, {"spiece.model"});
  TokenizerSections out = unigram(files, model);
  out.normalizer = quotes_accents_case(files, model, files.flag("keep_accents", false), true);
  out.pre_tokenizer = words_and_metaspace(prefix_scheme(files));
  out.decoder = metaspace(prefix_scheme(files));
  set_bert_template(out, files);
  return out;
}

TokenizerSections convert_xlnet(const SideFiles& files) {
  const SpmModel model = load_spm(files, {"spiece.model"});
  TokenizerSections out = unigram(files, model);
  out.normalizer = quotes_accents_case(files, model, false, false);
  out.pre_tokenizer = words_and_metaspace("always");
  out.decoder = metaspace("always");
  const std::string first = files.need(TokenRole::classifier) + ":2", end = files.need(TokenRole::separator);
  out.post_processor = template_processing(out, {"$A:0", end + ":0", first},
                                           {"$A:0", end + ":0", "$B:1", end + ":1", first}, files.config());
  return out;
}

TokenizerSections convert_big_bird(const SideFiles& files) {
  const SpmModel model = load_spm(files, {"spiece.model"});
  TokenizerSections out = unigram(files, model);
  Json steps = Json::array({strip(false, false), replace_regex(" {2,}", "▁")});
  if (!model.charsmap.empty()) steps.insert(steps.begin(), precompiled(model.charsmap));
  out.normalizer = sequence("normalizers", steps);
  out.pre_tokenizer = metaspace(prefix_scheme(files));
  out.decoder = metaspace(prefix_scheme(files));
  set_bert_template(out, files);
  return out;
}

TokenizerSections convert_deberta_v2(const SideFiles& files) {
  const SpmModel model = load_spm(files, {"spm.model", "spiece.model"});
  TokenizerSections out = unigram(files, model);
  Json steps = Json::array(), splits = Json::array();
  if (files.flag("do_lower_case", false)) steps.push_back({{"type", "Lowercase"}});
  steps.push_back(replace_regex(R"(\s{2,}|[\n\r\t])", " "));
  steps.push_back({{"type", "NFC"}});
  steps.push_back(strip(false, true));
  out.normalizer = sequence("normalizers", steps);
  if (files.flag("split_by_punct", false)) splits.push_back({{"type", "Punctuation"}, {"behavior", "Isolated"}});
  splits.push_back(metaspace(prefix_scheme(files, "first")));
  out.pre_tokenizer = sequence("pretokenizers", splits);
  out.decoder = metaspace(prefix_scheme(files, "first"));
  set_bert_template(out, files);
  return out;
}

TokenizerSections convert_t5(const SideFiles& files) {
  const SpmModel model = load_spm(files, {"spiece.model"});
  Pieces pieces = pieces_of(model);
  std::vector<AddedToken> more = symbols_of(model);
  for (int64_t i = files.number("extra_ids", 100) - 1; i >= 0; --i) {
    pieces.emplace_back(fmt::format("<extra_id_{}>", i), 0.0);
    more.push_back({.content = pieces.back().first, .normalized = false, .special = true});
  }
  TokenizerSections out;
  set_unigram(out, pieces, model.unknown_id);
  out.add(tokens_to_add(files.settings, more));
  if (!model.charsmap.empty()) out.normalizer = precompiled(model.charsmap);
  out.pre_tokenizer = words_and_metaspace("always");
  out.decoder = metaspace("always");
  const std::string end = files.need(TokenRole::end) + ":0";
  out.post_processor = template_processing(out, {"$A:0", end}, {"$A:0", end, "$B:0", end}, files.config());
  return out;
}

// Before the pieces come pad, end, both masks and unused ids, `offset` of them but for the model's own first two.
TokenizerSections convert_pegasus(const SideFiles& files) {
  const SpmModel model = load_spm(files, {"spiece.model"});
  const int64_t offset = files.number("offset", 103);
  Pieces pieces = {{files.need(TokenRole::pad), 0.0}, {files.need(TokenRole::end), 0.0}};
  std::vector<AddedToken> more;
  const auto add = [&](const std::string& token, double score) {
    pieces.emplace_back(token, score);
    more.push_back({.content = token, .normalized = false, .special = true});
  };
  if (offset > 0) {
    if (const std::string sentence = files.option("mask_token_sent", "<mask_1>"); !sentence.empty()) add(sentence, 0.0);
    pieces.emplace_back(files.need(TokenRole::mask), 0.0);
  }
  for (int64_t i = 2; i < offset; ++i) add(fmt::format("<unk_{}>", i), -100.0);
  for (size_t id = 2; id < model.pieces.size(); ++id)
    pieces.emplace_back(model.pieces[id].text, model.pieces[id].score);
  TokenizerSections out;
  set_unigram(out, pieces, index_of(pieces, files.need(TokenRole::unknown), 0));
  out.add(tokens_to_add(files.settings, more));
  Json steps = Json::array({model.charsmap.empty() ? replace_regex("\\n", " ") : precompiled(model.charsmap)});
  steps.push_back(replace_regex(" {2,}", " "));
  out.normalizer = sequence("normalizers", steps);
  out.pre_tokenizer = out.decoder = metaspace("always");
  const std::string end = files.need(TokenRole::end) + ":0";
  out.post_processor = template_processing(out, {"$A:0", end}, {"$A:0", "$B:0", end}, files.config());
  return out;
}

TokenizerSections convert_llama(const SideFiles& files) {
  TokenizerSections out = llama(files, load_spm(files, {"tokenizer.model"}), "");
  const bool prefix = files.flag("add_prefix_space", true);
  out.pre_tokenizer = metaspace(!prefix ? "never" : files.flag("legacy", false) ? "always" : "first", false);
  Json steps = Json::array({replace("▁", " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
  if (prefix) steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  out.decoder = sequence("decoders", steps);
  return out;
}

TokenizerSections convert_gemma(const SideFiles& files) {
  TokenizerSections out = llama(files, load_spm(files, {"tokenizer.model"}), files.need(TokenRole::unknown));
  out.normalizer = replace(" ", "▁");
  out.pre_tokenizer = split("String", " ", "MergedWithPrevious");
  out.decoder = sequence("decoders", Json::array({replace("▁", " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}}));
  return out;
}

TokenizerSections convert_spm(const SideFiles& given) {
  const SpmModel model = load_spm(given, {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"});
  SideFiles files = given;
  const auto name = [&](TokenRole role, int32_t id, const std::string& piece) {
    auto& token = files.settings.token(role);
    if (!token && id >= 0) token = AddedToken{.content = piece, .normalized = false, .special = true};
  };
  name(TokenRole::begin, model.begin_id, model.begin);
  name(TokenRole::end, model.end_id, model.end);
  name(TokenRole::unknown, model.unknown_id, model.unknown);
  TokenizerSections out;
  if (model.algorithm == SpmModel::Algorithm::unigram)
    set_unigram(out, pieces_of(model), model.unknown_id, model.byte_fallback);
  else if (model.algorithm == SpmModel::Algorithm::bpe)
    set_bpe(out,
            {.unknown = model.unknown,
             .fuse_unknown = true,
             .byte_fallback = model.byte_fallback,
             .ignore_merges = has_user_defined(model)},
            entries_of(model), merges_by_score(model, files.folder));
  else
    fail("{}: expected a SentencePiece model of the type unigram or BPE, found one of words or characters",
         files.folder);
  std::vector<AddedToken> controls = symbols_of(model);
  std::erase_if(controls, [](const AddedToken& token) { return !token.special; });
  out.add(tokens_to_add(files.settings, controls));
  set_spm_steps(out, model, files.flag("legacy", true));
  out.decoder = spm_decoder(model);
  out.post_processor = begin_end_template(files, out);
  return out;
}

}  // namespace gamana
