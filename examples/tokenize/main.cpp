// The ids of standard input's lines and the text that they become again: tokenize MODEL < lines
#include <iostream>

#include "gamana/base/check.h"
#include "gamana/text/tokenizer.h"

int main(int argc, char** argv) try {
  if (argc != 2) return std::cerr << "usage: tokenize MODEL < lines\n", 2;
  const gamana::Tokenizer tokenizer = gamana::Tokenizer::load(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    const gamana::Encoding encoding = tokenizer.encode(line);
    for (const int32_t id : encoding.ids) std::cout << id << ' ';
    std::cout << "| " << tokenizer.decode(encoding.ids) << '\n';
  }
} catch (const gamana::Error& error) {
  return std::cerr << "tokenize: " << error.what() << "\n", 1;
}
