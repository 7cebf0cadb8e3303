#include "gamana/cli/attention_seen.h"

#include <numeric>

#include "gamana/data/pairs.h"

namespace gamana {
namespace {

bool is_cross(const std::string& name) { return name.ends_with(".cross") || name == "alignment"; }

}  // namespace

std::vector<SeenPair> see_attention(TranslationModel& model, const TranslationTokenizer& tokenizer,
                                    std::span<const TranslatedPair> pairs) {
  std::vector<SeenPair> seen(pairs.size());
  if (pairs.empty()) return seen;
  PairData data;
  for (size_t i = 0; i < pairs.size(); ++i) {
    seen[i].source = tokenizer.source_pieces(pairs[i].source), seen[i].target = tokenizer.target_pieces(pairs[i].target);
    data.source.push_back(pairs[i].source), data.target.push_back(pairs[i].target);
  }
  std::vector<int32_t> all(pairs.size());
  std::iota(all.begin(), all.end(), 0);
  const PairBatch batch = make_pair_batch(data, all, model.start_token());
  Arena arena;
  Context c{cpu_kernels(), arena, nullptr, Precision::f32, false, 0, 0, 0, {}};
  c.tap = [&](const AttentionSeen& a) {
    for (size_t i = 0; i < seen.size(); ++i) {
      const int queries = (*a.q_offsets)[i + 1] - (*a.q_offsets)[i], keys = (*a.kv_offsets)[i + 1] - (*a.kv_offsets)[i];
      const float* const weights = a.weights + (*a.offsets)[i];
      seen[i].maps.push_back({a.name, a.heads, queries, keys, std::vector<float>(weights, weights + int64_t{a.heads} * queries * keys)});
    }
  };
  model.loss(c, batch, 0, 1);
  return seen;
}

SeenPair see_attention(TranslationModel& model, const TranslationTokenizer& tokenizer, const TranslatedPair& pair) {
  return std::move(see_attention(model, tokenizer, std::span(&pair, 1))[0]);
}

std::vector<std::string> fed_pieces(const SeenPair& seen) {
  std::vector<std::string> fed = {"<start>"};
  fed.insert(fed.end(), seen.target.begin(), seen.target.end() - 1);
  return fed;
}

view::Alignment alignment_of(const SeenPair& seen, const std::string& title) {
  std::vector<const SeenPair::Map*> cross;
  for (const auto& m : seen.maps)
    if (is_cross(m.name)) cross.push_back(&m);
  if (cross.empty()) fail("this model has no attention over the source to show (it was trained with --attention none)");
  const SeenPair::Map& map = *cross[cross.size() > 1 ? cross.size() - 2 : 0];
  view::Alignment a{seen.source, seen.target, std::vector<float>(int64_t{map.queries} * map.keys), title};
  for (int h = 0; h < map.heads; ++h)
    for (size_t i = 0; i < a.weights.size(); ++i)
      a.weights[i] += map.weights[h * a.weights.size() + i] / static_cast<float>(map.heads);
  return a;
}

view::AttentionSentence page_sentence(const SeenPair& seen, const std::string& title) {
  view::AttentionSentence sentence{title, {}};
  const auto gather = [&](const char* kind, auto&& belongs, const auto& source, const auto& target) {
    view::AttentionMaps maps;
    maps.kind = kind, maps.layers = 0, maps.source = source, maps.target = target;
    for (const auto& m : seen.maps) {
      if (!belongs(m.name)) continue;
      ++maps.layers, maps.heads = m.heads;
      maps.weights.insert(maps.weights.end(), m.weights.begin(), m.weights.end());
    }
    if (maps.layers) sentence.maps.push_back(std::move(maps));
  };
  gather("cross", is_cross, seen.source, seen.target);
  gather("encoder self", [](const std::string& n) { return n.starts_with("encoder."); }, seen.source, seen.source);
  gather("decoder self", [](const std::string& n) { return n.ends_with(".self"); }, fed_pieces(seen), seen.target);
  return sentence;
}

}  // namespace gamana
