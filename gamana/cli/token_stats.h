#pragma once
// What a tokenizer does to a text, in numbers.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/text/tokenizer.h"

namespace gamana {

struct ScriptCounts {
  int64_t tokens = 0, characters = 0, bytes = 0, unknown = 0;
};

struct LongToken {
  int32_t id;
  int64_t characters;
  std::string text;
};

// Special tokens that a tokenizer adds are not counted.
struct TokenStats {
  int64_t lines = 0, characters = 0, bytes = 0;  // without the ends of lines
  int64_t words = 0;                             // between white space
  int64_t whole_words = 0;  // of one token that is not the unknown one; punctuation at the word's ends does not count
  int64_t tokens = 0, unknown = 0;
  // By the name of the script (Unicode Standard Annex 24) of the token's first letter or sign of a script, or "" for none.
  // Characters and bytes that tokens share count once.
  std::map<std::string, ScriptCounts> scripts;
  std::vector<LongToken> longest;  // different ones, by the characters of text they stand for
  std::vector<int32_t> ids;        // of the tokens since they were last taken over; see merge

  void add(const Tokenizer& tokenizer, std::string_view line);
  void merge(const TokenStats& later);  // all but ids
};

}  // namespace gamana
