#pragma once
// The built-in corpus English -> Kannada: the same seed gives the same files, byte for byte.
#include <string>
#include <vector>

#include "tools/corpus/phrases.h"

namespace gamana::corpus {

struct Corpus {
  std::vector<Pair> train, valid, test;
};
inline constexpr uint64_t kSeed = 2024;
inline constexpr int kTrain = 7000, kValid = 300, kTest = 300;

// Pairs without repetition: no English and no Kannada sentence occurs twice, in one part or in two.
Corpus make_corpus(uint64_t seed = kSeed);

// One sentence per line. `folder`/train.en, train.kn, valid.en …; throws Error where they cannot be written.
void write_corpus(const Corpus& corpus, const std::string& folder);
std::string lines(const std::vector<Pair>& pairs, std::string Pair::*side);

}  // namespace gamana::corpus
