#include "gamana/data/pairs.h"

#include <algorithm>
#include <array>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

std::array<Lengths, 2> lengths_of(const PairData& data) {
  std::array<Lengths, 2> sides;
  for (const auto& ids : data.source) sides[0].push_back(static_cast<int32_t>(ids.size()));
  for (const auto& ids : data.target) sides[1].push_back(static_cast<int32_t>(ids.size()));
  return sides;
}

}  // namespace

PairLines read_pairs(const std::string& source_path, const std::string& target_path) {
  PairLines lines{read_lines(source_path), read_lines(target_path)};
  if (lines.source.size() != lines.target.size())
    throw Error(fmt::format("expected two files of one sentence a line that belong together, found {} lines in {} and {} in {}",
                            lines.source.size(), source_path, lines.target.size(), target_path),
                "line n of one has to be the translation of line n of the other");
  if (lines.source.empty()) fail("{}: expected sentences, found an empty file", source_path);
  return lines;
}

PairData encode_pairs(const PairLines& lines, const Encode& source, const Encode& target, int max_length) {
  PairData data;
  for (size_t i = 0; i < lines.source.size(); ++i) {
    auto s = source(lines.source[i]), t = target(lines.target[i]);
    if (s.size() < 2 || t.size() < 2) {
      ++data.empty;
    } else if (static_cast<int>(std::max(s.size(), t.size())) > max_length) {
      ++data.too_long;
    } else {
      data.source.push_back(std::move(s)), data.target.push_back(std::move(t));
    }
  }
  if (data.source.empty())
    fail("expected sentence pairs to learn from, found none: {} with an empty side, {} longer than {} tokens", data.empty,
         data.too_long, max_length);
  return data;
}

Batches plan_batches(const PairData& data, int64_t batch_tokens, uint64_t seed, int64_t epoch) {
  return plan_batches(lengths_of(data), {.tokens = batch_tokens}, seed, epoch);
}

Batches plan_in_order(const PairData& data, int64_t batch_tokens) {
  return plan_in_order(lengths_of(data), {.tokens = batch_tokens});
}

PairBatch make_pair_batch(const PairData& data, std::span<const int32_t> pairs, int32_t start_token) {
  PairBatch batch;
  std::vector<int32_t> input;
  for (const int32_t i : pairs) {
    const auto &s = data.source[i], &t = data.target[i];
    batch.source.append(s.data(), static_cast<int64_t>(s.size()));
    input.assign(1, start_token);
    input.insert(input.end(), t.begin(), t.end() - 1);
    batch.target.append(input.data(), static_cast<int64_t>(input.size()));
    batch.labels.insert(batch.labels.end(), t.begin(), t.end());
  }
  return batch;
}

}  // namespace gamana
