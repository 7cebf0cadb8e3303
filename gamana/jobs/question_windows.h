#pragma once
// Questions with their contexts as the model reads them: [CLS] question [SEP] part of the context [SEP], in as many windows as a
// long context takes, after the features of run_qa.py (Devlin et al. 2019, section 4.2).
#include <string>
#include <vector>

#include "gamana/data/squad.h"
#include "gamana/jobs/text_encoder.h"
#include "gamana/models/model_config.h"

namespace gamana {

struct QuestionWindow {
  int32_t question = 0;       // index of its question
  int32_t context_begin = 0;  // token where the context begins
  std::vector<Span> offsets;  // of the context's tokens, characters of the context
};

class QuestionEncoder {
 public:
  // `max_length`: of a window in tokens; 0: 384, or the longest input where that is less. Windows of a context share `doc_stride`
  // tokens, half of what the question leaves where that is no more. Throws Error for a stride that no window can have.
  QuestionEncoder(const TextEncoder& encoder, int max_length, int doc_stride);

  struct Input {
    EncodedText text;
    QuestionWindow window;
  };
  // Throws Error naming a question that leaves no room for its context.
  std::vector<Input> encode(const std::string& question, const std::string& context, int32_t number) const;

 private:
  const Tokenizer& tokenizer_;
  int64_t max_length_, stride_;
  int64_t added_;  // special tokens of a pair
};

// The tokens [first, last] of a window that are the answer at characters [begin, end); both 0, the classifier's token, where the
// window does not hold it whole.
struct AnswerTokens {
  int32_t first = 0, last = 0;
};
AnswerTokens find_answer(const QuestionWindow& window, int64_t begin, int64_t end);

// BigBird does not look for answers in the question: takes 1e6 from the logits [tokens, 2] of all tokens behind the first, up to
// the first separator, as BigBirdForQuestionAnswering does. Leaves those of other families alone.
void hide_question(const ModelConfig& config, const EncodedText& text, float* logits);

}  // namespace gamana
