#include "gamana/cli/sentence_stream.h"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "gamana/base/file.h"
#include "gamana/base/progress.h"
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
    say("{}: no modules.json: vectors are the mean of all tokens\n", o.model);
  return SentencePipeline(o.model, o.max_length, choose_precision(o.precision), normalize);
}

namespace {

// Texts of one or two sides, each as its windows, one after the other.
struct SidesItem {
  TextItem item;
  std::vector<EncodedText> texts;
  std::vector<size_t> sides;  // of texts
};

// Adds the windows' vectors up and divides by their number, or their sum's length where all have length 1.
void average(std::vector<float>& sum, size_t windows, bool unit) {
  double factor = 1 / static_cast<double>(windows);
  if (unit) {
    double squares = 0;
    for (const float x : sum) squares += static_cast<double>(x) * x;
    factor = squares > 0 ? 1 / std::sqrt(squares) : 0;
  }
  for (float& x : sum) x = static_cast<float>(factor * x);
}

}  // namespace

void stream_vectors(const SentencePipeline& pipeline, const Prompt& prompt, TextInput& input, int sides,
                    const std::function<void(const TextItem&, const Vectors&)>& emit, LongText overflow) {
  if (input.has_pairs() != (sides == 2))
    throw Error(sides == 1 ? "expected single texts, found pairs" : "expected pairs of texts, found single ones",
                sides == 1 ? "choose one with --text-column"
                           : "give a table, or name its columns with --text-column and --pair-column");
  if (overflow == LongText::window && !prompt.text.empty())
    throw Error("--overflow window: a prompt stands before a text as a whole, found one", "give --overflow truncate, or --prompt \"\"");
  map_by_length<SidesItem, Vectors>(
      kInferenceBatches,
      [&](SidesItem& i) {
        if (!input.next(i.item)) return false;
        i.texts.clear(), i.sides.clear();
        for (int side = 0; side < sides; ++side)
          for (EncodedText& text : encode_item(input, i.item, [&] {
                 return pipeline.encode(prompt, side ? i.item.pair : i.item.text, overflow);
               }))
            i.texts.push_back(std::move(text)), i.sides.push_back(side);
        return true;
      },
      [](const SidesItem& i) {
        int32_t length = 0;
        for (const EncodedText& text : i.texts) length += text.length();
        return length;
      },
      [&](const std::vector<const SidesItem*>& items) {
        std::vector<const EncodedText*> texts;
        std::vector<std::pair<size_t, size_t>> places;  // item and side of each
        for (size_t i = 0; i < items.size(); ++i)
          for (size_t k = 0; k < items[i]->texts.size(); ++k)
            texts.push_back(&items[i]->texts[k]), places.push_back({i, items[i]->sides[k]});
        std::vector<Vectors> results(items.size(), Vectors(sides, std::vector<float>(pipeline.model().dimension())));
        pipeline.run(texts, prompt, [&](size_t t, const float* vector) {
          std::vector<float>& sum = results[places[t].first][places[t].second];
          for (size_t d = 0; d < sum.size(); ++d) sum[d] += vector[d];
        });
        for (size_t i = 0; i < items.size(); ++i)
          for (int side = 0; side < sides; ++side) {
            const auto windows = static_cast<size_t>(std::count(items[i]->sides.begin(), items[i]->sides.end(), side));
            if (windows > 1) average(results[i][side], windows, pipeline.normalizes());
          }
        return results;
      },
      [&](const SidesItem& i, const Vectors& vectors) { emit(i.item, vectors); });
}

std::string vector_text(std::span<const float> vector) { return fmt::format("[{}]", fmt::join(vector, ", ")); }

}  // namespace gamana
