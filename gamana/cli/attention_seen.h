#pragma once
// The attention of sentence pairs under teacher forcing, as arrays that view/ draws.
#include <span>
#include <string>
#include <vector>

#include "gamana/cli/translate.h"
#include "gamana/view/page.h"
#include "gamana/view/alignment.h"

namespace gamana {

// Ids with their end token.
struct TranslatedPair {
  std::vector<int> source, target;
};

struct SeenPair {
  std::vector<std::string> source, target;  // pieces, the end token last
  struct Map {
    std::string name;                // "decoder.3.cross", "encoder.0"
    int heads, queries, keys;
    std::vector<float> weights;      // [heads, queries, keys]
  };
  std::vector<Map> maps;
};

// Of each pair; all are one batch.
std::vector<SeenPair> see_attention(TranslationModel& model, const TranslationTokenizer& tokenizer,
                                    std::span<const TranslatedPair> pairs);
// Of one.
SeenPair see_attention(TranslationModel& model, const TranslationTokenizer& tokenizer, const TranslatedPair& pair);

// The pieces that the decoder reads: the start, then those of the target but the last. What it looks at among its own
// words are these; its row of each is the piece of `target` that it is about to say.
std::vector<std::string> fed_pieces(const SeenPair& seen);

// One matrix of which target looks at which source: a recurrent model's alignment; for a Transformer the mean of the
// heads of the last decoder layer but one, which follows words best (Garg et al. 2019, "Jointly learning to align and
// translate"). Throws Error for a model without cross-attention.
view::Alignment alignment_of(const SeenPair& seen, const std::string& title);

// All kinds, layers and heads.
view::AttentionSentence page_sentence(const SeenPair& seen, const std::string& title);

}  // namespace gamana
