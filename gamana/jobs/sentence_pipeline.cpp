#include "gamana/jobs/sentence_pipeline.h"

#include <algorithm>

#include "gamana/text/files/tokenizer_settings.h"

namespace gamana {
namespace {

bool lowers_case(const Json& normalizer) {
  if (!normalizer.is_object()) return false;
  if (get_or(normalizer, "type", std::string()) == "Lowercase") return true;
  const auto parts = normalizer.find("normalizers");
  if (parts == normalizer.end() || !parts->is_array()) return false;
  return std::any_of(parts->begin(), parts->end(), [](const Json& part) {
    return part.is_object() && get_or(part, "type", std::string()) == "Lowercase";
  });
}

// "do_lower_case" puts a step before all others, unless there is one.
Tokenizer in_lower_case(const Tokenizer& tokenizer, const std::string& where) {
  Json json = parse_json(tokenizer.json(), where);
  Json& normalizer = json["normalizer"];
  if (lowers_case(normalizer)) return tokenizer;
  Json steps = Json::array({{{"type", "Lowercase"}}});
  if (normalizer.is_object()) steps.push_back(normalizer);
  normalizer = {{"type", "Sequence"}, {"normalizers", steps}};
  return Tokenizer::parse(json.dump(), where);
}

void embed_batch(const SentenceModel& model, Precision precision, const std::vector<const EncodedText*>& texts,
                 int32_t skipped, bool normalized, const std::function<void(size_t, const float*)>& use) {
  in_parts(texts, precision, [&](size_t first, const std::vector<const EncodedText*>& part) {
    thread_local Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena, .precision = precision, .packs = true};
    Tensor vectors = model.embed(c, batch_of(part), skipped);
    if (normalized) vectors = normalize(c, vectors);
    for (size_t i = 0; i < part.size(); ++i) use(first + i, vectors.data() + static_cast<int64_t>(i) * vectors.cols());
  });
}

}  // namespace

TextEncoder sentence_text_encoder(const std::string& directory, const SentenceSettings& s, int max_length,
                                  int positions) {
  const int longest = max_length ? max_length : std::min(s.max_length, positions);
  if (!s.lower_case) return TextEncoder(directory, longest, positions);
  const std::string folder = tokenizer_directory(directory);
  const int64_t usual = std::min<int64_t>(positions, read_tokenizer_settings(folder).model_max_length);
  return TextEncoder(in_lower_case(Tokenizer::load(folder), folder), longest ? longest : static_cast<int>(usual),
                     positions);
}

SentencePipeline::SentencePipeline(const std::string& directory, int max_length, Precision precision, bool normalize)
    : loaded_(load_sentence_model(directory)),
      encoder_(sentence_text_encoder(directory, model().sentence(), max_length, model().settings().max_positions)),
      precision_(precision),
      normalize_(normalize) {
  loaded_.model->parameters().give_up_packed();
}

Prompt SentencePipeline::prompt(const std::string& text) const {
  if (text.empty() || model().sentence().modules.front().include_prompt) return {text};
  const Encoding encoding = encoder_.tokenizer().encode(text);
  const bool closed =
      !encoding.ids.empty() && encoding.special_tokens_mask.back();  // by a token that follows the whole text
  return {text, static_cast<int32_t>(encoding.size()) - closed};
}

bool SentencePipeline::normalizes() const {
  return normalize_ || model().sentence().modules.back().kind == SentenceModule::Kind::normalize;
}

void SentencePipeline::run(const std::vector<const EncodedText*>& texts, const Prompt& prompt,
                           const std::function<void(size_t, const float*)>& use) const {
  embed_batch(model(), precision_, texts, prompt.skipped, normalize_, use);
}

std::vector<float> embed_texts(const SentenceModel& model, Precision precision, const std::vector<EncodedText>& texts) {
  const int64_t width = model.dimension();
  std::vector<float> vectors(texts.size() * width);
  in_batches(texts, [&](const std::vector<int32_t>& batch, const std::vector<const EncodedText*>& chosen) {
    embed_batch(model, precision, chosen, 0, false,
                [&](size_t i, const float* vector) { std::copy_n(vector, width, vectors.data() + batch[i] * width); });
  });
  return vectors;
}

}  // namespace gamana
