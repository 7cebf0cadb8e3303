#pragma once
// Templates as Jinja 3.1 reads them (parser.py).
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/text/chat/ast.h"
#include "gamana/text/chat/lexer.h"

namespace gamana::jinja {

// Throws Error with the line and what was expected.
Body parse(std::string_view source);

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  // Statements and text until a tag that begins with one of `ends`, which is left to be read; until the end if there
  // are none.
  Body body(const std::vector<std::string>& ends);

 private:
  // Goes down with every nested expression and block, so that deep input cannot exhaust the stack.
  struct Level {
    explicit Level(Parser& parser);
    ~Level() { --parser.depth_; }
    Parser& parser;
  };

  // Counts what one tag puts on top of each other, as in a + b + c, because such trees are gone through recursively
  // too.
  void grow();

  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  bool is_sign(std::string_view sign) const { return current().kind == TokenKind::sign && current().value == sign; }
  bool is_name(std::string_view name) const { return current().kind == TokenKind::name && current().value == name; }
  bool take_sign(std::string_view sign);
  bool take_name(std::string_view name);
  void expect_sign(std::string_view sign);
  void expect_name(std::string_view name);
  std::string expect_any_name(const char* what);
  void expect_block_end();
  [[noreturn]] void unexpected(const std::string& wanted) const;

  // Statements, past their name.
  std::unique_ptr<Statement> statement();
  std::unique_ptr<Statement> if_statement(int line);
  std::unique_ptr<Statement> for_statement(int line);
  std::unique_ptr<Statement> set_statement(int line);
  std::unique_ptr<Statement> macro_statement(int line);
  std::unique_ptr<Statement> call_statement(int line);
  std::unique_ptr<Statement> filter_statement(int line);
  std::unique_ptr<Statement> with_statement(int line);
  std::unique_ptr<Statement> generation_statement(int line);
  void parameters(MacroStatement& macro);
  Body block(const std::vector<std::string>& ends);  // of a tag that just ended; the end's tag is read
  Target target(bool with_attribute);
  Target one_target(bool with_attribute);

  // Expressions, from the loosest to the closest.
  ExpressionPtr expression(bool with_condition = true);
  ExpressionPtr tuple(bool with_condition, bool parentheses = false);
  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool with_filters = true);
  ExpressionPtr primary();
  ExpressionPtr number();
  ExpressionPtr dict_display();
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr filters(ExpressionPtr node);
  ExpressionPtr filter(ExpressionPtr node);
  ExpressionPtr test(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr node);
  ExpressionPtr call(ExpressionPtr node);
  Arguments arguments();
  std::string dotted_name(const char* what);

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0, loops_ = 0, chain_ = 0;
  bool mentions_rest_ = false, mentions_named_ = false;  // varargs, kwargs
};

}  // namespace gamana::jinja
