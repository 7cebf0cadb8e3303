#include "gamana/jobs/question_windows.h"

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/utf8.h"

namespace gamana {

QuestionEncoder::QuestionEncoder(const TextEncoder& encoder, int max_length, int doc_stride)
    : tokenizer_(encoder.tokenizer()),
      max_length_(max_length > 0 ? max_length : std::min(384, encoder.max_length())),
      stride_(doc_stride),
      added_(static_cast<int64_t>(tokenizer_.encode("", "", EncodeOptions{.truncation = {}, .truncate = false}).size())) {
  if (stride_ >= max_length_)
    throw Error(fmt::format("--doc-stride: expected less than the {} tokens of an input, found {}", max_length_, stride_),
                "windows share so many tokens: give less, or a larger --max-length");
}

std::vector<QuestionEncoder::Input> QuestionEncoder::encode(const std::string& given, const std::string& context, int32_t number) const {
  const std::string question(strip_left(given));
  const EncodeOptions bare{.add_special_tokens = false, .truncation = {}, .truncate = false};
  const auto size = static_cast<int64_t>(tokenizer_.encode(question, bare).size());
  const int64_t room = max_length_ - added_ - size;
  if (room < 1)
    throw Error(fmt::format("a question of {} tokens leaves no room for its context in inputs of {}: \"{:.60}\"", size, max_length_, question),
                "give a larger --max-length, or shorten the question");
  const int64_t stride = stride_ < room ? stride_ : room / 2;
  const Truncation truncation{.max_length = max_length_, .stride = stride, .strategy = TruncationStrategy::only_second};
  const EncodeOptions options{.unit = OffsetUnit::code_points, .truncation = truncation};
  std::vector<Input> inputs;
  for (Encoding& window : take_windows(tokenizer_.encode(question, context, options))) {
    Input input{{}, {number, static_cast<int32_t>(window.size()), {}}};
    for (size_t i = 0; i < window.size(); ++i) {
      if (window.sequence_of(i) != 1) continue;
      if (input.window.offsets.empty()) input.window.context_begin = static_cast<int32_t>(i);
      input.window.offsets.push_back(window.offsets[i]);
    }
    input.text = {std::move(window.ids), std::move(window.type_ids)};
    inputs.push_back(std::move(input));
  }
  return inputs;
}

AnswerTokens find_answer(const QuestionWindow& window, int64_t begin, int64_t end) {
  const std::vector<Span>& offsets = window.offsets;
  if (offsets.empty() || offsets.front().begin > begin || offsets.back().end < end) return {};
  // The last token that begins no later, and the first that ends no earlier.
  const auto first = std::find_if(offsets.begin(), offsets.end(), [&](const Span& s) { return s.begin > begin; });
  const auto last = std::find_if(offsets.rbegin(), offsets.rend(), [&](const Span& s) { return s.end < end; });
  return {window.context_begin + static_cast<int32_t>(first - offsets.begin()) - 1,
          window.context_begin + static_cast<int32_t>(offsets.rend() - last)};
}

void hide_question(const ModelConfig& config, const EncodedText& text, float* logits) {
  if (config.family != Family::big_bird) return;
  for (int32_t i = 0; i < text.length(); ++i) {
    if (i > 0) logits[2 * i] -= 1e6f, logits[2 * i + 1] -= 1e6f;
    if (text.ids[i] == config.separator_token) break;
  }
}

}  // namespace gamana
