#pragma once
// The directory of a BERT that is small enough to learn a toy task within a test: 2 layers of width 32, random weights.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "gamana/base/file.h"
#include "gamana/base/json.h"

namespace gamana {

inline void write_tiny_bert(const std::string& folder, const std::vector<std::string>& words, int positions = 40) {
  constexpr int kWidth = 32, kInner = 64, kLayers = 2;
  make_directory(folder);
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (const std::string& word : words) vocabulary += word + "\n";
  const int entries = static_cast<int>(words.size()) + 5;
  write_file(folder + "/vocab.txt", vocabulary);
  write_json(folder + "/config.json",
             {{"model_type", "bert"}, {"architectures", {"BertModel"}}, {"vocab_size", entries}, {"hidden_size", kWidth},
              {"num_hidden_layers", kLayers}, {"num_attention_heads", 2}, {"intermediate_size", kInner},
              {"max_position_embeddings", positions}, {"hidden_dropout_prob", 0.0}, {"attention_probs_dropout_prob", 0.0}});

  Json header = Json::object();
  std::vector<float> values;
  const auto add = [&](const std::string& name, std::vector<int> shape, float mean, float spread) {
    int size = 1;
    for (const int d : shape) size *= d;
    const size_t begin = values.size() * sizeof(float);
    for (int i = 0; i < size; ++i) {
      uint32_t bits = static_cast<uint32_t>(values.size()) * 2654435761u;  // any numbers, about uniform
      bits = (bits ^ (bits >> 15)) * 2246822519u;
      bits ^= bits >> 13;
      values.push_back(mean + spread * (static_cast<float>(bits) / 2147483648.0f - 1));
    }
    header["bert." + name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, values.size() * sizeof(float)}}};
  };
  const auto linear = [&](const std::string& name, int out, int in) {
    add(name + ".weight", {out, in}, 0, 0.2f), add(name + ".bias", {out}, 0, 0);
  };
  const auto norm = [&](const std::string& name) { add(name + ".weight", {kWidth}, 1, 0), add(name + ".bias", {kWidth}, 0, 0); };
  add("embeddings.word_embeddings.weight", {entries, kWidth}, 0, 0.5f);
  add("embeddings.position_embeddings.weight", {positions, kWidth}, 0, 0.2f);
  add("embeddings.token_type_embeddings.weight", {2, kWidth}, 0, 0.2f);
  norm("embeddings.LayerNorm");
  for (int i = 0; i < kLayers; ++i) {
    const std::string layer = "encoder.layer." + std::to_string(i) + ".";
    for (const char* part : {"query", "key", "value"}) linear(layer + "attention.self." + part, kWidth, kWidth);
    linear(layer + "attention.output.dense", kWidth, kWidth), norm(layer + "attention.output.LayerNorm");
    linear(layer + "intermediate.dense", kInner, kWidth), linear(layer + "output.dense", kWidth, kInner);
    norm(layer + "output.LayerNorm");
  }
  const std::string text = header.dump();
  const uint64_t size = text.size();
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);  // little-endian, as the machines that this runs on
  bytes += text;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  write_file(folder + "/model.safetensors", bytes);
}

}  // namespace gamana
