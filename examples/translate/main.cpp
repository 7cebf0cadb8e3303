// Translates standard input line by line with a model directory: translate MODEL < lines
#include <iostream>

#include "gamana/decode/generate.h"
#include "gamana/models/checkpoint.h"
#include "gamana/text/marian/tokenizer.h"

int main(int argc, char** argv) try {
  if (argc != 2) return std::cerr << "usage: translate MODEL < lines\n", 2;
  const auto tokenizer = gamana::TranslationTokenizer::load(argv[1]);
  const auto model = gamana::load_translation_model(argv[1]);
  const auto decoder = model->decoder(gamana::Precision::f32);
  gamana::DecodeModel* const models[] = {decoder.get()};
  gamana::GenerateOptions options;
  options.num_beams = 5, options.max_length_factor = 2, options.max_length_offset = 30;  // as `gamana translate`
  options.suppress_tokens = {model->pad_token()}, options.forced_eos_token_id = model->end_token();
  for (std::string line; std::getline(std::cin, line);) {
    const std::vector<std::vector<int>> sources = {tokenizer.encode_source(line)};
    std::cout << tokenizer.decode_target(generate(models, sources, options).front().front().tokens) << std::endl;
  }
} catch (const gamana::Error& error) {
  return std::cerr << "translate: " << error.what() << "\n", 1;
}
