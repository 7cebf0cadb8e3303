#include "gamana/text/aligned_text.h"

#include "gamana/text/unicode/properties.h"

namespace gamana {
namespace {

constexpr size_t kIndexStep = 64;  // bytes

bool continues(std::string_view text, size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; }

}  // namespace

size_t AlignedText::run_of(size_t at) const {
  size_t run = run_at_[at / kIndexStep];
  while (run + 1 < runs_.size() && runs_[run + 1].begin <= at) ++run;
  return run;
}

Span AlignedText::source(size_t at) const {
  uint32_t shift = origin_;  // from a place in the text to its source
  if (!plain()) {
    const Run& run = runs_[run_of(at)];
    if (!run.steps()) return run.source;
    shift = run.source.begin - run.begin;
  }
  const std::string_view t = text();
  size_t begin = at, end = at + 1;
  while (continues(t, begin)) --begin;
  while (end < t.size() && continues(t, end)) ++end;
  return {shift + static_cast<uint32_t>(begin), shift + static_cast<uint32_t>(end)};
}

Span AlignedText::source(size_t begin, size_t end) const {
  if (begin < end) return {source(begin).begin, source(end - 1).end};
  const uint32_t place = begin < size() ? source(begin).begin : size() ? source(size() - 1).end : origin_;
  return {place, place};
}

char* AlignedText::writable() {
  if (!owned_) {
    buffer_ = view_;
    owned_ = true;
  }
  return buffer_.data();
}

// Adds the runs of bytes [begin, end), which become bytes `to` and on. `at`: a run near them, then the last of them.
void AlignedText::copy_runs(size_t begin, size_t end, Runs& runs, size_t to, size_t& at) const {
  if (plain()) return add(runs, static_cast<uint32_t>(to), {origin_ + static_cast<uint32_t>(begin), kSteps});
  if (runs_[at].begin > begin || begin - runs_[at].begin >= kIndexStep) at = run_of(begin);
  while (at + 1 < runs_.size() && runs_[at + 1].begin <= begin) ++at;
  for (;; ++at) {
    const Run& run = runs_[at];
    const uint32_t skipped = begin > run.begin ? static_cast<uint32_t>(begin) - run.begin : 0;
    const auto place = static_cast<uint32_t>(to + run.begin + skipped - begin);
    add(runs, place, run.steps() ? Span{run.source.begin + skipped, kSteps} : run.source);
    if (at + 1 == runs_.size() || runs_[at + 1].begin >= end) return;
  }
}

// What stands in the index already is right for a text that only grew.
void AlignedText::index_runs() {
  if (runs_.empty()) return;
  run_at_.reserve(size() / kIndexStep + 1);
  size_t run = run_at_.empty() ? 0 : run_at_.back();
  for (size_t at = run_at_.size() * kIndexStep; at < size(); at += kIndexStep) {
    while (run + 1 < runs_.size() && runs_[run + 1].begin <= at) ++run;
    run_at_.push_back(static_cast<uint32_t>(run));
  }
}

void AlignedText::append(const AlignedText& more) {
  if (more.size() == 0) return;
  writable();
  if (size() == 0) origin_ = more.origin_;
  if (!plain() || !more.plain() || more.origin_ != origin_ + size()) {
    Runs runs = std::move(runs_);
    size_t run = 0;
    if (runs.empty() && size()) add(runs, 0, {origin_, kSteps});
    more.copy_runs(0, more.size(), runs, size(), run);
    runs_ = std::move(runs);
  }
  buffer_ += more.text();
  index_runs();
}

AlignedText::Edit::Edit(AlignedText& text) : from_(text), text_(text.text()) {
  bytes_.resize(text_.size() + text_.size() / 8 + 32);
  runs_.reserve(text_.size() / 8 + 4);
}

void AlignedText::Edit::grow(size_t size) { bytes_.resize(bytes_.size() + bytes_.size() / 2 + size); }

void AlignedText::Edit::put(char32_t c, Span source) {
  add(runs_, static_cast<uint32_t>(size_), source);
  size_ += utf8_bytes(c, room(0));
}

void AlignedText::Edit::finish() {
  bytes_.resize(size_);
  from_.buffer_ = std::move(bytes_);
  from_.runs_ = std::move(runs_);
  from_.owned_ = true;
  const bool plain = from_.runs_.size() == 1 && from_.runs_[0].source == Span{from_.origin_, kSteps};
  if (plain) from_.runs_.clear();
  from_.run_at_.clear();
  from_.index_runs();
}

}  // namespace gamana
