#pragma once
// What the drawings of next_tokens.h share.
#include "gamana/view/next_tokens.h"

namespace gamana::view {

// A stretch of the text that has one colour: a token, or several that share characters.
struct NextPart {
  TokenSegment at;
  double bits;  // of its tokens together
  bool scored;
};
std::vector<NextPart> parts_of(const NextTokens& next);

void draw_next_picture(const NextTokens& next, const std::string& path);
void write_next_page(const NextTokens& next, const std::string& path);

}  // namespace gamana::view
