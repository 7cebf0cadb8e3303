// Models at work behind stdin and stdout, for tools/fuzz/models_fuzz.py. A request is a line of JSON, and so is the answer.
//
// {"folder": DIR, "texts": [[id…]…], "segments": [[0…]…], "save": DIR or absent}: a text model. Answer: {"outputs": for each text,
//   for each head its numbers, after those of hidden states where the class has no head that is a task, "steps": for each text
//   the logits of a language model from its cache, "fresh": […], "unused": […]}
// {"folder": DIR, "texts": sources, "targets": [[id…]…]}: a translation model. Answer: {"outputs": for each text its logits}
// A model that is refused: {"error": message}.
#include <cstdio>
#include <iostream>
#include <string>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/models/checkpoint.h"
#include "gamana/models/lm_decoder.h"
#include "gamana/models/transformer.h"

namespace gamana {
namespace {

using Ids = std::vector<int32_t>;

std::vector<float> rows_of(const Tensor& t, int64_t first, int64_t count) {
  return {t.data() + first * t.cols(), t.data() + (first + count) * t.cols()};
}

Json outputs_of(TextModel& model, const std::vector<Ids>& texts, const Json& request) {
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  Batch batch;
  for (size_t i = 0; i < texts.size(); ++i) {
    const Ids segments = request.contains("segments") ? request["segments"][i].get<Ids>() : Ids(texts[i].size());
    batch.append(texts[i].data(), static_cast<int64_t>(texts[i].size()), segments.data());
  }
  const Tensor hidden = model.hidden(c, batch);
  std::vector<Tensor> results;
  if (model.task() == Task::features) results.push_back(hidden);
  for (int i = 0; i < model.heads(); ++i) results.push_back(model.project(c, i, model.read(c, i, hidden, batch)));
  Json outputs = Json::array();
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    Json of_text = Json::array();
    for (const Tensor& t : results) {
      const bool tokens = t.rows() == batch.rows() && batch.rows() != batch.sequences();
      of_text.push_back(tokens ? rows_of(t, batch.offsets[s], batch.offsets[s + 1] - batch.offsets[s]) : rows_of(t, s, 1));
    }
    outputs.push_back(of_text);
  }
  return outputs;
}

// A part of the prompt, and then token by token.
std::vector<float> stepped(TextModel& model, const Ids& text) {
  LmDecoder decoder(model, -1, Precision::f32, Precision::f32);
  const int length = static_cast<int>(text.size()), prompt = length / 3;
  decoder.reserve(1, length, length);
  std::vector<int32_t> cells;
  for (int i = 0; i < length; ++i) cells.push_back(i);
  std::vector<float> logits;
  for (int at = 0; at < length;) {
    const bool first = at < prompt;
    std::vector<StepRow> rows;
    for (const int end = first ? prompt : at + 1; at < end; ++at) rows.push_back({0, text[at], at, at, cells.data(), true, first, cells.data()});
    decoder.step(rows);
    const size_t old = logits.size();
    logits.resize(old + rows.size() * decoder.vocabulary_size());
    decoder.project(0, decoder.vocabulary_size(), logits.data() + old);
  }
  return logits;
}

Json translate(Transformer& model, const std::vector<Ids>& sources, const std::vector<Ids>& targets) {
  Json outputs = Json::array();
  for (size_t i = 0; i < sources.size(); ++i) {
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    Batch source, target;
    source.append(sources[i].data(), static_cast<int64_t>(sources[i].size()));
    target.append(targets[i].data(), static_cast<int64_t>(targets[i].size()));
    const Tensor encoded = model.encode(c, source);
    const auto option = [&](bool self) { return AttentionOptions{model.decoder_heads(), self, 0, ""}; };
    const Tensor x = model.decode(
        c, target.tokens, target.positions,
        [&](int, const Tensor& qkv) { return self_attention(c, qkv, target.offsets, option(true)); },
        [&](int layer, const Tensor& q) {
          return cross_attention(c, q, target.offsets, model.cross_keys(c, layer, encoded), source.offsets, option(false));
        });
    Linear out;
    out.weight.tensor = model.output_weight(), out.bias.tensor = model.output_bias();
    outputs.push_back(Json::array({rows_of(linear(c, x, out), 0, target.rows())}));
  }
  return outputs;
}

Json answer(const Json& request) {
  const auto folder = request["folder"].get<std::string>();
  const auto texts = request["texts"].get<std::vector<Ids>>();
  const std::string save = get_or(request, "save", std::string());
  Json out;
  if (request.contains("targets")) {
    const auto model = load_translation_model(folder);
    out["outputs"] = translate(dynamic_cast<Transformer&>(*model), texts, request["targets"].get<std::vector<Ids>>());
    if (!save.empty())
      save_weights(*model, join_path(save, "model.safetensors")), save_config(*model, save, 1);
    return out;
  }
  const LoadedModel loaded = load_text_model(folder);
  out["outputs"] = outputs_of(*loaded.model, texts, request);
  if (loaded.model->task() == Task::next_word)
    for (const Ids& text : texts) out["steps"].push_back(stepped(*loaded.model, text));
  out["fresh"] = loaded.fresh, out["unused"] = loaded.unused;
  if (!save.empty()) loaded.model->save_weights(save), loaded.model->save_settings(save);
  return out;
}

}  // namespace
}  // namespace gamana

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    gamana::Json out;
    try {
      out = gamana::answer(gamana::Json::parse(line));
    } catch (const gamana::Error& e) {
      out = {{"error", e.what()}};
    } catch (const std::exception& e) {
      out = {{"crash", e.what()}};
    }
    std::printf("%s\n", out.dump().c_str());
    std::fflush(stdout);
  }
}
