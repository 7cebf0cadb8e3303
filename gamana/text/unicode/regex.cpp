#include "gamana/text/unicode/regex.h"

#include <limits>
#include <mutex>

#include <oniguruma.h>

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/regex_properties.h"

namespace gamana {
namespace {

// Steps back within one try to match; the default of the engine, where `tokenizers` gives up too.
constexpr unsigned long kRetriesInMatch = 10'000'000;
// And in one search, for each byte of the text, so that a pattern that looks at all that follows from each place ends.
constexpr unsigned long kRetriesPerByte = 100;
constexpr unsigned kStackPerByte = 4;  // what an alternative inside a loop keeps for each byte that it passed
constexpr unsigned kMinStack = 1 << 20;

std::string message(int code, OnigErrorInfo* info = nullptr) {
  UChar text[ONIG_MAX_ERROR_MESSAGE_LEN];
  const int length = info ? onig_error_code_to_str(text, code, info) : onig_error_code_to_str(text, code);
  return std::string(reinterpret_cast<const char*>(text), length);
}

const UChar* bytes(std::string_view text) { return reinterpret_cast<const UChar*>(text.data()); }

struct MatchParam {
  OnigMatchParam* p = onig_new_match_param();
  explicit MatchParam(size_t size) {
    onig_initialize_match_param(p);
    onig_set_retry_limit_in_match_of_match_param(p, kRetriesInMatch);
    onig_set_retry_limit_in_search_of_match_param(p, kRetriesInMatch + kRetriesPerByte * size);
    onig_set_match_stack_limit_size_of_match_param(p, kMinStack + kStackPerByte * static_cast<unsigned>(size));
  }
  ~MatchParam() { onig_free_match_param(p); }
};

struct Region {
  OnigRegion* p = onig_region_new();
  ~Region() { onig_region_free(p, 1); }
};

// Leaves `regex` null where the pattern is none.
int compile(const std::string& pattern, regex_t*& regex, OnigErrorInfo& info) {
  const int code = onig_new(&regex, bytes(pattern), bytes(pattern) + pattern.size(), ONIG_OPTION_NONE,
                            ONIG_ENCODING_UTF8, ONIG_SYNTAX_ONIGURUMA, &info);
  if (code != ONIG_NORMAL) regex = nullptr;
  return code;
}

}  // namespace

struct Regex::Impl {
  regex_t* regex = nullptr;
  std::string pattern, where;
  ~Impl() {
    if (regex) onig_free(regex);
  }
};

Regex::Regex(const std::string& pattern, const std::string& where) : impl_(std::make_unique<Impl>()) {
  impl_->pattern = pattern;
  impl_->where = where;
  static std::mutex mutex;  // onig_new fills tables that all patterns share
  const std::lock_guard lock(mutex);
  OnigErrorInfo info = {};
  const std::string own = with_own_properties(pattern, false);
  if (const int code = compile(own, impl_->regex, info); code != ONIG_NORMAL)
    fail("{}: expected a regular expression, found {:?}: {}", where, pattern, message(code, &info));
  const std::string bounded = with_own_properties(pattern, true);
  regex_t* regex = nullptr;
  if (bounded == own || compile(bounded, regex, info) != ONIG_NORMAL) return;  // it is not taken inside of (?<=…)
  std::swap(impl_->regex, regex);
  onig_free(regex);
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;

void Regex::each(std::string_view text, const std::function<void(Span)>& found) const {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int>::max()) / kStackPerByte) {
    fail("{}: expected a text below 512 MiB for a regular expression, found {} bytes", impl_->where, text.size());
  }
  const Region region;
  const MatchParam param(text.size());
  const UChar *begin = bytes(text), *end = begin + text.size();
  int last_end = -1;
  for (size_t at = 0; at <= text.size();) {
    const int place = onig_search_with_param(impl_->regex, begin, end, begin + at, end, region.p, ONIG_OPTION_NONE, param.p);
    if (place == ONIG_MISMATCH) return;
    if (place < 0) fail("{}: the regular expression {:?} gave up: {}", impl_->where, impl_->pattern, message(place));
    const int match_begin = region.p->beg[0], match_end = region.p->end[0];
    const bool empty = match_begin == match_end;
    at = match_end;
    if (empty) at += at < text.size() ? code_point(text, at).bytes : 1;
    if (empty && match_end == last_end) continue;
    last_end = match_end;
    found({static_cast<uint32_t>(match_begin), static_cast<uint32_t>(match_end)});
  }
}

}  // namespace gamana
