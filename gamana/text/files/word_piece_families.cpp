// vocab.txt: BERT and its kin.
#include "gamana/base/file.h"
#include "gamana/text/files/families.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

// A token on each line; its number is the id.
Entries read_vocabulary(const std::string& path) {
  Entries out;
  for (const std::string& line : read_lines(path))
    out.emplace_back(strip_right(line), static_cast<int32_t>(out.size()));
  return out;
}

// All but the post-processor.
TokenizerSections word_piece(const SideFiles& files) {
  TokenizerSections out;
  set_word_piece(out, files.need(TokenRole::unknown), read_vocabulary(files.path("vocab.txt")));
  out.normalizer = {{"type", "BertNormalizer"},
                    {"clean_text", files.flag("clean_text", true)},
                    {"handle_chinese_chars", files.flag("tokenize_chinese_chars", true)},
                    {"strip_accents", files.flag_or_null("strip_accents")},
                    {"lowercase", files.flag("do_lower_case", true)}};
  out.pre_tokenizer = {{"type", "BertPreTokenizer"}};
  out.decoder = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
  out.add(tokens_to_add(files.settings));
  return out;
}

// [CLS] A [SEP] B [SEP], the first token with a type of its own.
TokenizerSections bert(const SideFiles& files, const char* first_type) {
  TokenizerSections out = word_piece(files);
  const std::string first = files.need(TokenRole::classifier) + first_type, end = files.need(TokenRole::separator);
  out.post_processor = template_processing(out, {first, "$A:0", end + ":0"},
                                           {first, "$A:0", end + ":0", "$B:1", end + ":1"}, files.config());
  return out;
}

}  // namespace

TokenizerSections convert_bert(const SideFiles& files) { return bert(files, ":0"); }
TokenizerSections convert_funnel(const SideFiles& files) { return bert(files, ":2"); }

TokenizerSections convert_mpnet(const SideFiles& files) {
  TokenizerSections out = word_piece(files);
  out.post_processor = roberta_processing(out, files.need(TokenRole::separator), files.need(TokenRole::classifier),
                                          true, false, files.config());
  return out;
}

}  // namespace gamana
