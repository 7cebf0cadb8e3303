#pragma once
// How sentences are cut into words before they are compared: the tokenizers of sacreBLEU, rule by rule.
#include <string>
#include <string_view>

namespace gamana {

// v13a is mteval-v13a.pl, international is mteval-v14.pl --international-tokenization, both of NIST's evaluations.
enum class BleuTokenizer { v13a, international, character, chinese, none };

// "13a", "intl", "char", "zh", "none": the names of sacreBLEU. Throws Error on any other.
BleuTokenizer bleu_tokenizer(std::string_view name);
std::string_view tokenizer_name(BleuTokenizer tokenizer);

// What Tercom does to a line (Snover et al. 2006); the defaults are Tercom's own.
struct TercomOptions {
  bool normalized = false;      // separate punctuation, resolve entities
  bool no_punct = false;        // remove punctuation
  bool asian_support = false;   // with the two above: also CJK characters and full-width punctuation
  bool case_sensitive = false;  // false: lowercase
};

namespace metric {

// The line with spaces where words are to be split.
std::string tokenize(std::string_view line, BleuTokenizer tokenizer);
std::string tokenize_tercom(std::string_view line, const TercomOptions& options);

}  // namespace metric
}  // namespace gamana
