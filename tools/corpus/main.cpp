// make_corpus FOLDER: writes the built-in corpus (docs/corpus.md).
#include <cstdio>

#include "gamana/base/check.h"
#include "tools/corpus/corpus.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus FOLDER\n");
    return 2;
  }
  try {
    gamana::corpus::write_corpus(gamana::corpus::make_corpus(), argv[1]);
  } catch (const gamana::Error& e) {
    std::fprintf(stderr, "make_corpus: %s\n", e.what());
    return 1;
  }
  return 0;
}
