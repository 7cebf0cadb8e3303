#pragma once
// From prompts to the texts that follow them: a tokenizer together with a decoder-only language model.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/decode/generate.h"
#include "gamana/text/files/tokenizer_settings.h"
#include "gamana/text/tokenizer.h"

namespace gamana {

struct TextRequest {
  std::vector<int> prompt;  // TextGenerator::encode
  RequestOptions options = {};
  std::vector<std::string> stop = {};  // the text ends before the first of these
};

enum class TextFinish { stop, length, stop_string, interrupted };
// "stop", "length", "stop_string", "interrupted".
std::string_view finish_name(TextFinish finish);

struct GeneratedText {
  std::string text;         // goes on where the prompt ends, with the space between words where there is one
  std::vector<int> tokens;  // all that were generated, also the end token and those of a stop string
  TextFinish finish = TextFinish::length;
  std::vector<float> log_probabilities = {};                       // as in Hypothesis
  std::vector<std::vector<TokenLogProbability>> alternatives = {};
};

struct TextCallbacks {
  // Text as it comes, whole characters only and never a part of a stop string; not for beams. False ends the sequence.
  std::function<bool(size_t request, int sequence, std::string_view text)> text;
  // Called as soon as a request is done, in any order of requests.
  std::function<void(size_t request, const std::vector<GeneratedText>& texts)> finished;
  std::function<void(size_t request)> slid;  // as in GenerateCallbacks
  std::function<bool()> interrupted;
};

// Token that a text begins with, of the tokenizer's files or else of config.json: bos, or eos as in GPT-2; -1: none.
int begin_token(const Tokenizer& tokenizer, const TokenizerSettings& settings, const Json& config);

// Throws Error if the tokenizer has ids that the model does not know, other than special tokens at the end. A note where the model has many more entries than
// the tokenizer, so that they hardly belong together; otherwise empty.
std::string compare_vocabularies(const Tokenizer& tokenizer, int model_entries, const std::string& directory);

class TextGenerator {
 public:
  // Model and tokenizer have to outlive it. `begin_token`: of an empty prompt, -1: none.
  TextGenerator(DecodeModel& model, const Tokenizer& tokenizer, int begin_token, const RunOptions& options = {});

  // Ids of a prompt, with what the tokenizer puts around it unless `add_special_tokens` is off. Throws Error for an
  // empty one where there is no begin token.
  std::vector<int> encode(std::string_view prompt, bool add_special_tokens = true) const;

  // For each request options.num_return_sequences texts. What prompts have in common with others, or with the last ones
  // of the run before, is computed once (Generator). A request that was interrupted before it began has none.
  std::vector<std::vector<GeneratedText>> run(std::span<const TextRequest> requests,
                                              const TextCallbacks& callbacks = {});

 private:
  struct Stream;
  struct Streams;

  DecodeModel* model_;
  const Tokenizer& tokenizer_;
  int begin_token_;
  Generator generator_;
};

}  // namespace gamana
