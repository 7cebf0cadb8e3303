#pragma once
// Which tokens a text became: in the terminal, and as a page.
//   TokenizedText gpt2{"gpt2", {{15496, "Hello", 0, 5}, {11, ",", 5, 6}}};
//   std::fputs(draw_tokens("Hello,", gpt2, 80, true).c_str(), stdout);
//   write_html(TokenPage{"Tokens", "Hello,", {gpt2}}, "tokens.html");
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gamana::view {

enum class TokenKind { plain, special, unknown };

struct ShownToken {
  int32_t id;
  std::string token;    // as the vocabulary spells it
  uint32_t begin, end;  // bytes of the text that it stands for; equal where it stands for none
  TokenKind kind = TokenKind::plain;
};

struct TokenizedText {
  std::string name;  // of the tokenizer
  std::vector<ShownToken> tokens;
};

// A stretch of the text and the tokens [first, first + count) that share it. Count 0: no token stands for it; begin == end:
// the token stands for no text.
struct TokenSegment {
  uint32_t begin, end;
  uint32_t first, count;
  bool operator==(const TokenSegment&) const = default;
};

// The whole text, UTF-8, in order. Tokens that overlap, such as the bytes of one character, share a segment; where no token
// stands, white space and other text are segments of their own.
std::vector<TokenSegment> segments(std::string_view text, const std::vector<ShownToken>& tokens);

// With colours: alternating backgrounds, ids underneath. Without: a line of tokens with "|" between them, a line of ids.
// Several tokens of one character are "×n", text without a token is ⟨…⟩ (white space is left out there).
std::string draw_tokens(std::string_view text, const TokenizedText& tokenized, int columns, bool colors);

struct TokenPage {
  std::string title, text;
  std::vector<TokenizedText> columns;
};

// One file that loads nothing from anywhere: a column for each tokenizer; ids, characters and spelling of a token by pointer
// and by keys. Throws Error for a page without columns and a path that does not end in .html.
void write_html(const TokenPage& page, const std::string& path);

}  // namespace gamana::view
