#include "gamana/jobs/tag.h"

#include <algorithm>
#include <set>

#include "gamana/base/check.h"
#include "gamana/data/words.h"
#include "gamana/jobs/pipeline.h"
#include "gamana/ops/losses.h"

namespace gamana {
namespace {

// For each label the one of the tokens that go on with a word: I-X for B-X, else itself.
std::vector<int32_t> inner_labels(const Labels& labels) {
  std::vector<int32_t> inner;
  for (int32_t i = 0; i < labels.size(); ++i) {
    inner.push_back(i);
    const std::string_view name = labels.name(i);
    for (int32_t k = 0; k < labels.size(); ++k)
      if (const std::string_view other = labels.name(k); name.starts_with("B-") && other.starts_with("I-") && name.substr(2) == other.substr(2))
        inner[i] = k;
  }
  return inner;
}

// Whether a word has other tokens behind a space, as byte-level vocabularies have it.
bool spaces_count(const Tokenizer& tokenizer) {
  const EncodeOptions bare{.add_special_tokens = false, .truncation = {}};
  return tokenizer.encode("a", bare).ids != tokenizer.encode(" a", bare).ids;
}

// Adds the inputs that one sentence becomes; `tags` are those of its words.
void add_sentence(TaggedTexts& out, Encoding encoding, const std::vector<int32_t>& tags, const std::vector<int32_t>* inner, int32_t sentence) {
  int32_t word = -1;  // the one before; it may go on in the next input
  std::vector<Encoding> windows = take_windows(std::move(encoding));
  out.split += windows.size() > 1;
  for (Encoding& window : windows) {
    std::vector<int32_t> targets(window.size(), kNoTarget), words;
    for (size_t i = 0; i < window.size(); ++i) {
      const int32_t of = window.word_ids[i];
      if (of < 0) continue;
      if (of != word) targets[i] = tags[of], words.push_back(static_cast<int32_t>(i));
      else if (inner) targets[i] = (*inner)[tags[of]];
      word = of;
    }
    if (std::all_of(targets.begin(), targets.end(), [](int32_t t) { return t == kNoTarget; })) continue;
    out.lengths.push_back(static_cast<int32_t>(window.size()));
    out.texts.push_back({std::move(window.ids), std::move(window.type_ids)});
    out.targets.push_back(std::move(targets)), out.words.push_back(std::move(words));
    out.sentences.push_back(sentence);
  }
}

std::string split_note(const TaggedTexts& texts, const char* what, int max_length) {
  return fmt::format("{} sentences {} are longer than {} tokens and were split", texts.split, what, max_length);
}

}  // namespace

Labels read_tags(const std::string& path) {
  std::set<std::string> seen;
  TaggedWordsReader reader(path);
  for (TaggedWords sentence; reader.next(sentence);) seen.insert(sentence.tags.begin(), sentence.tags.end());
  return Labels(seen, path);
}

TaggedTexts read_tagged(const std::string& path, const Labels& labels, const TextEncoder& encoder, bool all_tokens) {
  TaggedTexts out;
  const std::vector<int32_t> inner = inner_labels(labels);
  TaggedWordsReader reader(path);
  const bool spaces = spaces_count(encoder.tokenizer());
  int32_t sentences = 0;
  for (TaggedWords sentence; reader.next(sentence); ++sentences) {
    std::vector<int32_t> tags;
    for (const std::string& tag : sentence.tags) tags.push_back(labels.id(tag, path, sentence.line));
    for (size_t i = 1; spaces && i < sentence.words.size(); ++i) sentence.words[i].insert(sentence.words[i].begin(), ' ');  // as in texts
    add_sentence(out, encoder.encode_words(sentence.words), tags, all_tokens ? &inner : nullptr, sentences);
  }
  if (out.texts.empty()) fail("{}: expected words with tags, found none", path);
  return out;
}

TagLogits tag_logits(const TextModel& model, Precision precision, const TaggedTexts& texts) {
  TagLogits logits(texts.texts.size());
  run_head_on_all(model, precision, texts.texts, 0, [&](size_t i, const TextResult& result) {
    logits[i].assign(result.row(0), result.row(result.count));
  });
  return logits;
}

EntityScores tag_scores(const TaggedTexts& texts, const Labels& labels, const TagLogits& logits) {
  const int32_t sentences = texts.sentences.back() + 1, width = labels.size();
  TagSequences right(sentences), predicted(sentences);
  for (size_t i = 0; i < texts.texts.size(); ++i)
    for (const int32_t token : texts.words[i]) {
      const float* row = logits[i].data() + int64_t{token} * width;
      right[texts.sentences[i]].push_back(labels.name(texts.targets[i][token]));
      predicted[texts.sentences[i]].push_back(labels.name(static_cast<int32_t>(std::max_element(row, row + width) - row)));
    }
  return score_entities(right, predicted);
}

TagJob::TagJob(const Settings& s, const TextEncoder& encoder)
    : labels_(read_tags(s.train).with_ids_of(s.model)),
      train_(read_tagged(s.train, labels_, encoder, s.all_tokens)),
      valid_(read_tagged(s.valid, labels_, encoder, s.all_tokens)),
      max_length_(encoder.max_length()) {}

Json TagJob::configure(Json config) const {
  config["id2label"] = labels_.id2label(), config["label2id"] = labels_.label2id();
  return config;
}

int64_t TagJob::losses(std::span<const int32_t> examples) const {
  int64_t count = 0;
  for (const int32_t i : examples)
    for (const int32_t target : train_.targets[i]) count += target != kNoTarget;
  return count;
}

LossSum TagJob::loss(Context& c, const TextModel& model, std::span<const int32_t> examples, float scale) {
  std::vector<const EncodedText*> texts;
  std::vector<int32_t> rows, targets;
  int32_t row = 0;
  for (const int32_t i : examples) {
    texts.push_back(&train_.texts[i]);
    for (const int32_t target : train_.targets[i]) {
      if (target != kNoTarget) rows.push_back(row), targets.push_back(target);
      ++row;
    }
  }
  batch_ = batch_of(texts);
  const Tensor logits = model.project(c, 0, model.read(c, 0, batch_, std::move(rows)));
  return cross_entropy(c, logits, targets, {}, scale);
}

std::map<std::string, double> TagJob::validate(const TextModel& model, Precision precision) {
  TagLogits logits = tag_logits(model, precision, valid_);
  const EntityScores entities = tag_scores(valid_, labels_, logits);
  const PrecisionRecall p = entities.average(Averaging::micro);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  double loss = 0;
  int64_t count = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const std::vector<int32_t>& targets = valid_.targets[i];
    const Tensor rows = Tensor::borrow(logits[i].data(), static_cast<int64_t>(targets.size()), labels_.size());
    loss += cross_entropy(c, rows, targets, {}, 1).loss;
    count += std::count_if(targets.begin(), targets.end(), [](int32_t t) { return t != kNoTarget; });
  }
  return {{"loss", loss / static_cast<double>(count)}, {"precision", p.precision}, {"recall", p.recall}, {"f1", p.f1}, {"accuracy", entities.accuracy}};
}

std::vector<std::string> TagJob::notes() const {
  std::vector<std::string> notes;
  if (train_.split) notes.push_back(split_note(train_, "to learn from", max_length_));
  if (valid_.split) notes.push_back(split_note(valid_, "to validate on", max_length_));
  return notes;
}

}  // namespace gamana
