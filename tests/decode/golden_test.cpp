// What transformers' generate gives for the same logits (tools/golden/decode.py).
#include <gtest/gtest.h>

#include "tests/decode/toy_model.h"
#include "gamana/base/json.h"
#include "gamana/decode/generate.h"

namespace gamana {
namespace {

GenerateOptions generate_options_from(const Json& json) {
  GenerateOptions options;
  options.num_beams = json["num_beams"];
  options.max_length = json["max_length"];
  options.min_length = json.value("min_length", options.min_length);
  options.length_penalty = json.value("length_penalty", options.length_penalty);
  options.num_return_sequences = json.value("num_return_sequences", options.num_return_sequences);
  options.no_repeat_ngram_size = json.value("no_repeat_ngram_size", options.no_repeat_ngram_size);
  options.repetition_penalty = json.value("repetition_penalty", options.repetition_penalty);
  options.forced_bos_token_id = json.value("forced_bos_token_id", options.forced_bos_token_id);
  options.renormalize_logits = json.value("renormalize_logits", options.renormalize_logits);
  options.forced_eos_token_id = json.value("forced_eos_token_id", options.forced_eos_token_id);
  options.suppress_tokens = json.value("suppress_tokens", options.suppress_tokens);
  const Json stopping = json.value("early_stopping", Json(false));
  options.early_stopping = parse_early_stopping(stopping.is_string() ? stopping.get<std::string>() : stopping.dump());
  return options;
}

TEST(Golden, EqualToTransformers) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/decode.json");
  ASSERT_GT(golden["cases"].size(), 60u);
  for (const Json& c : golden["cases"]) {
    SCOPED_TRACE(c["options"].dump() + " vocabulary " + c["vocabulary"].dump());
    ToyModel model(c["vocabulary"], c["spread"]);
    DecodeModel* models[] = {&model};
    GenerateOptions options = generate_options_from(c["options"]);
    const auto sources = toy_sources(static_cast<int>(c["outputs"].size()));
    options.prefixes.assign(sources.size(), c["prefix"].get<std::vector<int>>());
    const auto results = generate(models, sources, options);
    for (size_t s = 0; s < sources.size(); ++s) {
      ASSERT_EQ(results[s].size(), c["outputs"][s].size());
      for (size_t i = 0; i < results[s].size(); ++i) {
        const Json& expected = c["outputs"][s][i];
        EXPECT_EQ(results[s][i].tokens, expected["tokens"].get<std::vector<int>>()) << "source " << s;
        // Sums of up to 30 floats, each rounded to 2^-24 of itself.
        const float score = expected.value("score", 0.0f);
        EXPECT_NEAR(results[s][i].score, score, 30 * 0x1.0p-24 * std::max(5.0f, std::abs(score))) << "source " << s;
      }
    }
  }
}

}  // namespace
}  // namespace gamana
