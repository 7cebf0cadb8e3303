#include "gamana/cli/sentence_stream.h"

#include <fmt/ranges.h>

#include "gamana/base/file.h"
#include "gamana/cli/run.h"

namespace gamana {

void add_prompt_options(CLI::App& command, PromptUse& o) {
  command.add_option("--prompt-name", o.name,
                     "Put the model's prompt of this name before each text (config_sentence_transformers.json)");
  command.add_option("--prompt", o.text, "Put this before each text")->excludes("--prompt-name");
}

Prompt choose_prompt(const SentencePipeline& pipeline, const PromptUse& o) {
  return pipeline.prompt(o.text.empty() ? pipeline.model().sentence().prompt(o.name) : o.text);
}

SentencePipeline open_sentence_model(const EncoderUse& o, bool normalize) {
  choose_threads(o.threads);
  if (!file_exists(join_path(o.model, "modules.json")))
    fmt::print(stderr, "{}: no modules.json: vectors are the mean of all tokens\n", o.model);
  return SentencePipeline(o.model, o.max_length, choose_precision(o.precision), normalize);
}

void stream_vectors(const SentencePipeline& pipeline, const Prompt& prompt, TextInput& input, int sides,
                    const std::function<void(const TextItem&, const Vectors&)>& emit) {
  if (input.has_pairs() != (sides == 2))
    throw Error(sides == 1 ? "expected single texts, found pairs" : "expected pairs of texts, found single ones",
                sides == 1 ? "choose one with --text-column"
                           : "give a table, or name its columns with --text-column and --pair-column");
  struct Item {
    TextItem item;
    std::vector<EncodedText> texts;
  };
  map_by_length<Item, Vectors>(
      kInferenceBatches,
      [&](Item& i) {
        if (!input.next(i.item)) return false;
        i.texts.push_back(pipeline.encode(prompt, i.item.text));
        if (sides == 2) i.texts.push_back(pipeline.encode(prompt, i.item.pair));
        return true;
      },
      [](const Item& i) {
        int32_t length = 0;
        for (const EncodedText& text : i.texts) length += text.length();
        return length;
      },
      [&](const std::vector<const Item*>& items) {
        std::vector<const EncodedText*> texts;
        for (const Item* i : items)
          for (const EncodedText& text : i->texts) texts.push_back(&text);
        std::vector<Vectors> results(items.size(), Vectors(sides));
        pipeline.run(texts, prompt, [&](size_t i, const float* vector) {
          results[i / sides][i % sides].assign(vector, vector + pipeline.model().dimension());
        });
        return results;
      },
      [&](const Item& i, const Vectors& vectors) { emit(i.item, vectors); });
}

std::string vector_text(std::span<const float> vector) { return fmt::format("[{}]", fmt::join(vector, ", ")); }

}  // namespace gamana
