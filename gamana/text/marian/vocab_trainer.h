#pragma once
// Vocabularies of sub-words from text, by the SentencePiece library: unigram (Kudo 2018) or byte-pair encoding (Sennrich
// et al. 2016), after its nmt_nfkc normalisation.
#include <span>
#include <string>
#include <vector>

#include "gamana/text/marian/tokenizer.h"

namespace gamana {

enum class VocabularyType { unigram, bpe };

struct VocabularyOptions {
  VocabularyType type = VocabularyType::unigram;
  int size = 10000;                     // entries, "</s>", "<unk>" and "<pad>" among them
  bool lowercase = false;              // lower texts here, and whenever the tokenizer encodes
  double character_coverage = 0.9999;  // share of the text's characters that have to be pieces; 1 for all of them
  std::string source_lang, target_lang;
};

// The lines of several files, one file after the other. Error for a line that is not UTF-8.
std::vector<std::string> read_lines(const std::vector<std::string>& paths);

// One vocabulary for both languages: "</s>" is 0, "<unk>" 1, then pieces, "<pad>" last. vocabulary_size() is the size
// asked for, or less where the text does not have that many pieces. The result depends on the lines and options only.
// Throws Error where there is no text, or where the size is too small for the characters that have to be pieces.
TranslationTokenizer train_vocabulary(std::span<const std::string> lines, const VocabularyOptions& options);

// A vocabulary for each language. Both get the same size, so that "<pad>" has one id: the smaller of what the texts give.
TranslationTokenizer train_vocabularies(std::span<const std::string> source, std::span<const std::string> target,
                                        const VocabularyOptions& options);

}  // namespace gamana
