#include "gamana/data/token_blocks.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/base/rng.h"

namespace gamana {
namespace {

constexpr uint64_t kFirstToken = 0xB10C;  // the counter of this stream (base/rng.h)

}  // namespace

TokenBlocks::TokenBlocks(std::shared_ptr<const TokenCache> cache, TokenRange part, const BlockRule& rule)
    : cache_(std::move(cache)), part_(part), rule_(rule) {
  GAMANA_DCHECK(part.size() >= 2 && rule.length >= 1);
  begin_epoch(0);
}

void TokenBlocks::begin_epoch(int64_t epoch) {
  const int64_t told = part_.size() - 1, whole = told / rule_.length;
  first_ = part_.begin, lengths_.clear();
  if (!rule_.moving || whole == 0) {
    lengths_.assign(static_cast<size_t>(whole), static_cast<int32_t>(rule_.length));
    if (const int64_t rest = told % rule_.length) lengths_.push_back(static_cast<int32_t>(rest));
    return;
  }
  // Any place that leaves a block.
  const auto places = static_cast<double>(std::min(rule_.length, told - rule_.length + 1));
  first_ += static_cast<int64_t>(uniform(stream_key(rule_.seed, kFirstToken), static_cast<uint64_t>(epoch)) * places);
  lengths_.assign(static_cast<size_t>((part_.end - 1 - first_) / rule_.length), static_cast<int32_t>(rule_.length));
}

TokenRange TokenBlocks::range(int32_t block) const {
  const int64_t begin = first_ + block * rule_.length;
  return {begin, begin + lengths_[static_cast<size_t>(block)]};
}

template <class Use>
void TokenBlocks::each_document(TokenRange block, const Use& use) const {
  const std::span<const int64_t> offsets = cache_->offsets();
  const int64_t shift = rule_.end_begins;  // documents begin so many tokens before their own
  auto next = std::upper_bound(offsets.begin(), offsets.end(), block.begin + shift);
  for (int64_t begin = block.begin; begin < block.end;) {
    while (next != offsets.end() && *next - shift <= begin) ++next;
    const bool ends = next != offsets.end() && *next - shift <= block.end;  // the document, where the block may go on
    const int64_t end = ends ? *next - shift : block.end;
    use(begin, end, end - begin - (ends && !rule_.end_begins));
    begin = end;
  }
}

NextTokenBatch TokenBlocks::batch(std::span<const int32_t> blocks) const {
  NextTokenBatch out;
  std::vector<int32_t> ids;
  for (const int32_t i : blocks) {
    const TokenRange block = range(i);
    ids.clear(), cache_->append({block.begin, block.end + 1}, ids);
    each_document(block, [&](int64_t begin, int64_t end, int64_t followed) {
      const int32_t* const of_document = ids.data() + (begin - block.begin);
      const int32_t row = out.batch.offsets.back();
      out.batch.append(of_document, end - begin);
      for (int32_t t = 0; t < followed; ++t) out.rows.push_back(row + t), out.targets.push_back(of_document[t + 1]);
    });
  }
  return out;
}

int64_t TokenBlocks::targets(std::span<const int32_t> blocks) const {
  int64_t count = 0;
  for (const int32_t i : blocks) each_document(range(i), [&](int64_t, int64_t, int64_t followed) { count += followed; });
  return count;
}

}  // namespace gamana
