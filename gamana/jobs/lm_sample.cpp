#include "gamana/jobs/lm_sample.h"

#include "gamana/base/check.h"
#include "gamana/jobs/generate_text.h"
#include "gamana/jobs/lm.h"
#include "gamana/models/lm_decoder.h"

namespace gamana {

LmSampler::LmSampler(TextModel& model, const Tokenizer& tokenizer, const std::string& prompt, Precision precision,
                     uint64_t seed)
    : model_(model), tokenizer_(tokenizer), prompt_(prompt), precision_(precision), seed_(seed) {
  const Json config = model.config();
  const int begin = begin_token(tokenizer, {}, config);
  if (const auto end = end_token(config)) end_ = {*end};
  if (prompt.empty() && begin < 0) prompt_ = '\n';  // a string of one letter: GCC 12 warns of the other assignment
  tokenizer.encode_ids(prompt_, true, ids_);
  if (ids_.empty() && begin >= 0) ids_ = {begin};
  if (ids_.empty()) throw Error("--sample-prompt: expected text that has tokens, found none", "give another one");
}

std::string LmSampler::write() const {
  LmDecoder decoder(model_, -1, precision_, precision_);
  TextRequest request{.prompt = ids_};
  request.options.max_new_tokens = 200, request.options.overflow = Overflow::slide;
  request.options.end_tokens = end_, request.options.seed = seed_;
  request.options.do_sample = true, request.options.temperature = 0.8f;
  request.options.top_k = 200;
  TextGenerator generator(decoder, tokenizer_, -1);
  return prompt_ + generator.run(std::span(&request, 1))[0][0].text;
}

}  // namespace gamana
