#pragma once
// How probable a language model found each token of a text: in the terminal, as a picture, a page, JSON.
//   NextTokens next{.title = "gpt2", .text = "Hello, world", .tokens = {{15496, "Hello", 0, 5}, …}, .bits = {NAN, …},
//   …}; draw_next_tokens(next, "next.html");
#include <map>
#include <string>
#include <vector>

#include "gamana/view/tokens.h"

namespace gamana::view {

struct NextTokens {
  std::string title, text;         // UTF-8
  std::vector<ShownToken> tokens;  // [N], which cover the text; those of one character share it
  int vocabulary = 0;              // among how many tokens the model chose

  // What the model said of each token from those before it.
  std::vector<float> bits = {};               // [N] -log2 of its probability; NaN: nothing stood before it
  std::vector<float> entropy = {};            // [N] of all that could have come, in bits; NaN as above
  std::vector<int32_t> rank = {};             // [N] 1: the likeliest; 0: nothing stood before it
  int top = 0;                                // K, the likeliest tokens of each place, which follow
  std::vector<int32_t> top_ids = {};          // [N, K]
  std::vector<float> top_probabilities = {};  // [N, K], falling

  std::map<int32_t, std::string> pieces = {};  // bytes that a token adds to a text, of each id in top_ids and tokens
};

// Throws Error (named after the title) unless there are tokens, in order and inside the text, every list has its
// length, and numbers are finite where the model said something.
void check(const NextTokens& next);

struct NextSummary {
  int64_t scored = 0;                                            // tokens of which the model said something
  double bits_per_token = 0, perplexity = 0, bits_per_byte = 0;  // of those
  double first = 0;                                              // share that was the likeliest
};
NextSummary summarize(const NextTokens& next);
std::string summary_text(const NextTokens& next);  // in one line

// How strongly a token is coloured, 0 to 1: by its probability, 1 to 1 in 10,000 and less, each power of ten a quarter.
double surprise(double bits);

// With colours: the text on a colour for each token (of 256; black on light blue, white on dark). Without: a table with
// tabs, a line for each token.
std::string draw_next_tokens_terminal(const NextTokens& next, int columns, bool colors);

// .png or .svg: the text on colours, and surprisal and entropy by token. .html: a page that loads nothing from
// anywhere, with the likeliest tokens of each place. .json: {"title", "text", "tokens", "ids", "offsets" (characters),
// "bits", …}, null where nothing stood before a token. Throws Error as check does and on another ending.
void draw_next_tokens(const NextTokens& next, const std::string& path);

}  // namespace gamana::view
