#pragma once
// A tokenizer from a recipe and the words of a text.
#include <string>

#include "gamana/cli/tokenizer_recipe.h"
#include "gamana/text/tokenizer.h"
#include "gamana/text/train/text_source.h"
#include "gamana/text/train/word_counts.h"

namespace gamana {

// As `tokenizers` counts: the text is normalised and split without a look at special tokens.
SplitText splitter_of(const TokenizerRecipe& recipe);
// The words of files, with a bar on the terminal. `max_memory`: bytes that they may take, 0 for no bound. `texts` receives how many
// there were.
WordCounts count_words(const std::vector<std::string>& files, const TextFormat& format, const TokenizerRecipe& recipe,
                       size_t max_memory, int64_t& texts);
Tokenizer make_tokenizer(const TokenizerTraining& training, const TokenizerRecipe& recipe, const WordCounts& words);
// With the settings that tell transformers which token pads, ends and so on.
void save_tokenizer(const Tokenizer& tokenizer, const std::string& folder);

}  // namespace gamana
