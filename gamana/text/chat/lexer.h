#pragma once
// The tokens of a template: text between tags, and what tags are made of (Jinja 3.1: lexer.py, with trim_blocks and
// lstrip_blocks on, as transformers has them).
#include <string>
#include <string_view>
#include <vector>

namespace gamana::jinja {

enum class TokenKind {
  text,         // between tags
  block_begin,  // {%
  block_end,
  print_begin,  // {{
  print_end,
  name,
  string,  // its value, escapes read
  integer,
  floating,
  sign,
  end,
};

struct Token {
  TokenKind kind;
  std::string value;
  int line;
};

// Throws Error with the line for what is no token or has no end.
std::vector<Token> lex(std::string_view source);

}  // namespace gamana::jinja
