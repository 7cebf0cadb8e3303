#pragma once
// A sentence model opened for use: texts in, vectors out.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gamana/jobs/pipeline.h"
#include "gamana/models/sentence_model.h"

namespace gamana {

// The tokenizer of a sentence model, as its settings want it. `max_length` as for TextEncoder; 0: what max_seq_length
// says.
TextEncoder sentence_text_encoder(const std::string& directory, const SentenceSettings& settings, int max_length,
                                  int positions);

// Stands before each text.
struct Prompt {
  std::string text;
  int32_t skipped = 0;  // tokens at the beginning that are not pooled
};

class SentencePipeline {
 public:
  // `normalize`: vectors of length 1, whatever the model makes. Throws Error for a directory without an encoder or a
  // tokenizer.
  SentencePipeline(const std::string& directory, int max_length, Precision precision, bool normalize = false);

  const SentenceModel& model() const { return sentence_model(*loaded_.model); }
  const TextEncoder& encoder() const { return encoder_; }

  Prompt prompt(const std::string& text) const;
  EncodedText encode(const Prompt& prompt, const std::string& text) const {
    return encoder_.encode(prompt.text + text);
  }
  std::vector<EncodedText> encode(const Prompt& prompt, const std::string& text, LongText overflow) const {
    return encoder_.encode(prompt.text + text, "", overflow);
  }
  bool normalizes() const;  // are vectors of length 1?
  // Vectors of the texts of one batch, which have the same prompt: use(i, vector) for each in order.
  void run(const std::vector<const EncodedText*>& texts, const Prompt& prompt,
           const std::function<void(size_t, const float*)>& use) const;

 private:
  LoadedModel loaded_;
  TextEncoder encoder_;
  Precision precision_;
  bool normalize_;
};

// Vectors [n, D] of texts without a prompt, in their order.
std::vector<float> embed_texts(const SentenceModel& model, Precision precision, const std::vector<EncodedText>& texts);

}  // namespace gamana
