#pragma once
// What the commands that write text with a language model share.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gamana/cli/options.h"
#include "gamana/jobs/generate_text.h"
#include "gamana/models/lm_decoder.h"
#include "gamana/models/text_model.h"

namespace gamana {

// What is not given is as generation_config.json of the model says.
struct GenerationFlags {
  std::string model, precision = "f32", overflow = "error";
  std::optional<int> max_new_tokens, top_k, no_repeat_ngram, sequences, beams;
  std::optional<float> temperature, top_p, min_p, typical, repetition_penalty;
  std::optional<uint64_t> seed;
  std::vector<std::string> stop;
  bool greedy = false;
  int64_t max_memory = 0;  // MiB
  int threads = 0;
};

// All but those of several sequences, which only `generate` has.
void add_generation_options(CLI::App& command, GenerationFlags& flags);
// Throws Error for options of drawing where nothing is drawn.
void check_meanings(const GenerationFlags& flags, const GivenOptions& given);
// Options by `defaults` and the flags. Whoever gives an option of sampling wants to sample.
RequestOptions request_options(const GenerationFlags& flags, RequestOptions defaults);

// A model directory opened to write with. Throws Error if it holds no language model, or no tokenizer that belongs to it.
class Writer {
 public:
  explicit Writer(const GenerationFlags& flags);

  const Tokenizer& tokenizer() const { return tokenizer_; }
  int begin() const { return begin_token_; }
  DecodeModel& decoder() { return *decoder_; }
  int context() const { return decoder_->max_positions(); }
  int vocabulary() const { return decoder_->vocabulary_size(); }
  const RequestOptions& defaults() const { return defaults_; }   // of its generation_config.json
  const std::vector<std::string>& stop() const { return stop_; }  // --stop, or else what that says
  // Whether a text ends because the context does.
  bool fills(const TextRequest& request, const GeneratedText& text) const;
  // Says, the first time, that a text could not go on, or only by forgetting its beginning.
  void say_full(const std::string& what);
  // Bytes that the cache may have: --max-memory, or else half of what the machine has.
  int64_t cache_bytes() const { return cache_bytes_; }

 private:
  Precision precision_;
  LoadedModel loaded_;
  Tokenizer tokenizer_;
  std::unique_ptr<LmDecoder> decoder_;
  RequestOptions defaults_;
  std::vector<std::string> stop_;
  int begin_token_;
  int64_t cache_bytes_;
  bool said_full_ = false;
};

}  // namespace gamana
