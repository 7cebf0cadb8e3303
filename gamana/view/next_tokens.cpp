#include "gamana/view/next_tokens.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/view/canvas.h"
#include "gamana/view/next_parts.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr double kLeastProbability = 1e-4;  // of the scale of colours

// Six digits, as many as a float has; NaN is null.
Json numbers(const std::vector<float>& values) {
  Json out = Json::array();
  for (const float v : values) out.push_back(std::isfinite(v) ? Json(std::stod(fmt::format("{:.6g}", v))) : Json());
  return out;
}

// A list of the likeliest for each token, empty where nothing stood before it.
template <class List, class Make>
Json rows(const NextTokens& next, const List& list, const Make& make) {
  Json out = Json::array();
  for (size_t i = 0; i < next.tokens.size(); ++i) {
    Json row = Json::array();
    for (int k = 0; next.rank[i] > 0 && k < next.top; ++k) row.push_back(make(list[i * next.top + k]));
    out.push_back(std::move(row));
  }
  return out;
}

void write_json_of(const NextTokens& next, const std::string& path) {
  Json tokens = Json::array(), ids = Json::array(), offsets = Json::array(), ranks = Json::array();
  const std::vector<uint32_t> before = characters_before(next.text);
  std::vector<float> probability;
  for (size_t i = 0; i < next.tokens.size(); ++i) {
    const ShownToken& t = next.tokens[i];
    tokens.push_back(t.token), ids.push_back(t.id), offsets.push_back({before[t.begin], before[t.end]});
    ranks.push_back(next.rank[i] > 0 ? Json(next.rank[i]) : Json());
    probability.push_back(std::exp2(-next.bits[i]));
  }
  const NextSummary s = summarize(next);
  const Json json = {{"title", next.title},
                     {"text", next.text},
                     {"vocabulary", next.vocabulary},
                     {"bits_per_token", s.bits_per_token},
                     {"perplexity", s.perplexity},
                     {"bits_per_byte", s.bits_per_byte},
                     {"tokens", tokens},
                     {"ids", ids},
                     {"offsets", offsets},
                     {"probability", numbers(probability)},
                     {"rank", ranks},
                     {"bits", numbers(next.bits)},
                     {"entropy", numbers(next.entropy)},
                     {"top_ids", rows(next, next.top_ids, [](int32_t id) { return id; })},
                     {"top_texts", rows(next, next.top_ids, [&](int32_t id) { return visible(next.pieces.at(id)); })},
                     {"top_probabilities",
                      rows(next, next.top_probabilities, [](float p) { return std::stod(fmt::format("{:.6g}", p)); })}};
  write_file(path, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string name_of(const NextTokens& next) { return next.title.empty() ? "next tokens" : printable(next.title); }

template <class List>
void check_length(const NextTokens& next, const char* name, const List& list, size_t length) {
  if (list.size() != length) fail("{}: expected {} {}, found {}", name_of(next), length, name, list.size());
}

void check_token(const NextTokens& next, size_t i) {
  const ShownToken& t = next.tokens[i];
  const auto fault = [&](const std::string& what) { fail("{}, token {}: {}", name_of(next), i + 1, what); };
  if (t.begin > t.end || t.end > next.text.size() || (i > 0 && t.begin < next.tokens[i - 1].begin))
    fault(fmt::format("expected bytes in order and inside the text of {}, found [{}, {})", next.text.size(), t.begin,
                      t.end));
  if (!next.pieces.count(t.id)) fault("it has no text");
  if (next.rank[i] <= 0) {
    if (!std::isnan(next.bits[i])) fault("expected no surprisal without a rank");
    return;
  }
  if (!(next.bits[i] >= 0) || !std::isfinite(next.entropy[i]))
    fault(fmt::format("expected surprisal and entropy of 0 bits or more, found {} and {}", next.bits[i],
                      next.entropy[i]));
  for (int k = 0; k < next.top; ++k)
    if (!next.pieces.count(next.top_ids[i * next.top + k])) fault("a likely token has no text");
}

}  // namespace

void check(const NextTokens& next) {
  const size_t n = next.tokens.size();
  if (n == 0) fail("{}: expected tokens, found none", name_of(next));
  check_length(next, "surprisals", next.bits, n), check_length(next, "entropies", next.entropy, n);
  check_length(next, "ranks", next.rank, n);
  check_length(next, "likely tokens", next.top_ids, n * next.top);
  check_length(next, "probabilities", next.top_probabilities, n * next.top);
  for (size_t i = 0; i < n; ++i) check_token(next, i);
}

NextSummary summarize(const NextTokens& next) {
  NextSummary s;
  double bits = 0;
  size_t unscored = 0;  // bytes of the tokens that nothing was said of: the first ones
  for (size_t i = 0; i < next.tokens.size(); ++i) {
    if (next.rank[i] <= 0) {
      unscored = std::max<size_t>(unscored, next.tokens[i].end);
      continue;
    }
    ++s.scored, bits += next.bits[i], s.first += next.rank[i] == 1;
  }
  if (s.scored == 0) return s;
  s.bits_per_token = bits / static_cast<double>(s.scored), s.first /= static_cast<double>(s.scored);
  s.perplexity = std::exp2(s.bits_per_token);
  if (next.text.size() > unscored) s.bits_per_byte = bits / static_cast<double>(next.text.size() - unscored);
  return s;
}

std::string summary_text(const NextTokens& next) {
  const NextSummary s = summarize(next);
  if (s.scored == 0) return fmt::format("{} token, of which the model said nothing", next.tokens.size());
  return fmt::format(
      "{} tokens · {:.3f} bits per token · perplexity {:.2f} · {:.3f} bits per byte · likeliest {:.1f} %", s.scored,
      s.bits_per_token, s.perplexity, s.bits_per_byte, 100 * s.first);
}

double surprise(double bits) { return std::clamp(bits / -std::log2(kLeastProbability), 0.0, 1.0); }

std::vector<NextPart> parts_of(const NextTokens& next) {
  std::vector<NextPart> parts;
  for (const TokenSegment& s : segments(next.text, next.tokens)) {
    NextPart part{s, 0, false};
    for (uint32_t i = s.first; i < s.first + s.count; ++i)
      if (next.rank[i] > 0) part.bits += next.bits[i], part.scored = true;
    parts.push_back(part);
  }
  return parts;
}

void draw_next_tokens(const NextTokens& next, const std::string& path) {
  check_picture(path, {".html", ".png", ".svg", ".json"});
  check(next);
  const std::string ending = extension(path);
  if (ending == ".html")
    write_next_page(next, path);
  else if (ending == ".json")
    write_json_of(next, path);
  else
    draw_next_picture(next, path);
}

}  // namespace gamana::view
