#pragma once
// What the commands of sentence embeddings share: opening a model, vectors of texts of any number in their order.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gamana/cli/encoder_stream.h"
#include "gamana/jobs/sentence_pipeline.h"

namespace gamana {

// Which prompt stands before each text.
struct PromptUse {
  std::string name, text;
};
void add_prompt_options(CLI::App& command, PromptUse& options);
// The prompt that is asked for; otherwise the model's default one.
Prompt choose_prompt(const SentencePipeline& pipeline, const PromptUse& options);

// With the threads and precision asked for; says where there is no modules.json.
SentencePipeline open_sentence_model(const EncoderUse& options, bool normalize = false);

using Vectors = std::vector<std::vector<float>>;

// emit(item, vectors) in the order of the texts. `sides`: 1 for single texts, where a pair is a fault; 2 for pairs,
// where its lack is one. The vector of a text that is read in windows is the mean of theirs, of length 1 where theirs are.
void stream_vectors(const SentencePipeline& pipeline, const Prompt& prompt, TextInput& input, int sides,
                    const std::function<void(const TextItem&, const Vectors&)>& emit,
                    LongText overflow = LongText::truncate);

// "[0.1, -0.2]", each number as short as it can be.
std::string vector_text(std::span<const float> vector);

}  // namespace gamana
