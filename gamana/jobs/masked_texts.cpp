#include "gamana/jobs/masked_texts.h"

#include <algorithm>

#include "gamana/base/check.h"

namespace gamana {
namespace {

int64_t longest_of(const TextEncoder& encoder, const Wrapping& wrapping) {
  const int64_t longest = encoder.max_length() - wrapping.size();
  if (longest < 2)
    throw Error(
        fmt::format("--max-length: expected {} or more, so that 2 tokens find room beside the special ones, found {}",
                    wrapping.size() + 2, encoder.max_length()),
        "give more");
  return longest;
}

// transformers hides no token that the tokenizer calls special, the unknown one among them.
std::vector<uint8_t> special_tokens(const Tokenizer& tokenizer) {
  std::vector<uint8_t> special(tokenizer.size());
  for (const AddedToken& token : tokenizer.added_tokens())
    if (token.special && token.id < tokenizer.size()) special[token.id] = 1;
  return special;
}

}  // namespace

Wrapping::Wrapping(const Tokenizer& tokenizer, bool pairs) : texts_(pairs ? 2 : 1) {
  EncodeOptions options;
  options.truncate = false;
  const Encoding probe = pairs ? tokenizer.encode("a", "a", options) : tokenizer.encode("a", options);
  int part = 0;
  for (size_t i = 0; i < probe.size(); ++i) {
    const int text = probe.special_tokens_mask[i] ? -1 : probe.sequence_of(i);
    if (text >= 0) {
      segments_[text] = probe.type_ids[i], part = text + 1;
    } else {
      special_[part].ids.push_back(probe.ids[i]), special_[part].segments.push_back(probe.type_ids[i]);
    }
  }
  if (part != texts_) fail("the tokenizer makes no token of \"a\"; expected one that reads letters");
}

EncodedText Wrapping::wrap(std::span<const int32_t> first, std::span<const int32_t> second) const {
  EncodedText out = special_[0];
  const std::span<const int32_t> texts[] = {first, second};
  for (int t = 0; t < texts_; ++t) {
    out.ids.insert(out.ids.end(), texts[t].begin(), texts[t].end());
    out.segments.insert(out.segments.end(), texts[t].size(), segments_[t]);
    const EncodedText& behind = special_[t + 1];
    out.ids.insert(out.ids.end(), behind.ids.begin(), behind.ids.end());
    out.segments.insert(out.segments.end(), behind.segments.begin(), behind.segments.end());
  }
  return out;
}

int32_t mask_token_of(const Tokenizer& tokenizer) {
  for (const char* name : {"[MASK]", "<mask>"})
    if (const auto id = tokenizer.id(name)) return *id;
  throw Error("the tokenizer has no token [MASK] or <mask>, so that no word can be hidden",
              "take a model that was trained to guess words, or make a new one with --preset");
}

std::vector<uint8_t> continuing_tokens(const Tokenizer& tokenizer) {
  struct Mark {
    const char* text;
    bool goes_on;
  };
  const auto has = [&](const Mark& mark, int32_t id) {
    const auto token = tokenizer.token(id);
    return token && token->size() > std::string_view(mark.text).size() && token->starts_with(mark.text);
  };
  std::vector<uint8_t> continues(tokenizer.size());
  for (const Mark mark : {Mark{"##", true}, {"\u0120", false}, {"\u2581", false}}) {
    int64_t found = 0;
    for (int32_t id = 0; id < tokenizer.size(); ++id) {
      const bool marked = has(mark, id);
      found += marked, continues[id] = marked == mark.goes_on;
    }
    if (found > 1) return continues;
  }
  throw Error("--whole-word: the vocabulary does not show where words begin (##, \u0120 or \u2581)", "leave it out");
}

MaskedTexts::MaskedTexts(std::shared_ptr<const TokenCache> cache, std::span<const int64_t> offsets,
                         const TextEncoder& encoder, const MaskedTextRule& rule)
    : cache_(std::move(cache)),
      offsets_(offsets),
      rule_(rule),
      wrapping_(encoder.tokenizer(), rule.pairs.has_value()),
      longest_(longest_of(encoder, wrapping_)),
      mask_{rule.rate, rule.hidden, rule.random, mask_token_of(encoder.tokenizer()),
            static_cast<int32_t>(encoder.tokenizer().size())},
      special_(special_tokens(encoder.tokenizer())) {
  if (rule.whole_words) continues_ = continuing_tokens(encoder.tokenizer());
  if (!rule.pairs && rule.by_line) ranges_ = cut_lines(offsets_, longest_);
  if (!rule.pairs && !rule.by_line) {
    ranges_ = cut_blocks(offsets_.back() - offsets_.front(), longest_);
    for (TokenRange& range : ranges_) range.begin += offsets_.front(), range.end += offsets_.front();
  }
  for (const TokenRange& range : ranges_) lengths_.push_back(static_cast<int32_t>(range.size() + wrapping_.size()));
  begin_epoch(0);
}

void MaskedTexts::begin_epoch(int64_t epoch) {
  const bool same = epoch == epoch_ && !lengths_.empty();
  epoch_ = epoch;
  if (!rule_.pairs || same) return;
  pairs_ = cut_pairs(offsets_, longest_, *rule_.pairs, rule_.seed, epoch);
  lengths_.clear();
  for (const SegmentPair& pair : pairs_)
    lengths_.push_back(static_cast<int32_t>(pair.first.size() + pair.second.size() + wrapping_.size()));
}

EncodedText MaskedTexts::text(int32_t example) const {
  std::vector<int32_t> first, second;
  if (rule_.pairs) {
    cache_->append(pairs_[example].first, first), cache_->append(pairs_[example].second, second);
  } else {
    cache_->append(ranges_[example], first);
  }
  return wrapping_.wrap(first, second);
}

std::vector<uint8_t> MaskedTexts::special(std::span<const int32_t> ids) const {
  std::vector<uint8_t> special;
  for (const int32_t id : ids) special.push_back(special_[id]);
  return special;
}

MaskedTokens MaskedTexts::hide(int32_t example, std::span<int32_t> ids) const {
  std::vector<int32_t> words;
  for (size_t i = 0; rule_.whole_words && i < ids.size(); ++i)
    words.push_back(i == 0 ? 0 : words.back() + !continues_[ids[i]]);
  return mask_tokens(ids, special(ids), words, mask_, rule_.seed, epoch_, example);
}

int64_t MaskedTexts::masked(std::span<const int32_t> examples) const {
  int64_t count = 0;
  for (const int32_t example : examples) {
    EncodedText encoded = text(example);
    count += static_cast<int64_t>(hide(example, encoded.ids).places.size());
  }
  return count;
}

MaskedBatch MaskedTexts::batch(std::span<const int32_t> examples) const {
  MaskedBatch out;
  for (const int32_t example : examples) {
    EncodedText encoded = text(example);
    const MaskedTokens hidden = hide(example, encoded.ids);
    for (const int32_t place : hidden.places) out.rows.push_back(out.batch.offsets.back() + place);
    out.labels.insert(out.labels.end(), hidden.labels.begin(), hidden.labels.end());
    out.batch.append(encoded.ids.data(), encoded.length(), encoded.segments.data());
    if (rule_.pairs) out.pair_labels.push_back(pairs_[example].label);
  }
  return out;
}

}  // namespace gamana
