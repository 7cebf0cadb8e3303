#include "gamana/text/chat/parser.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "gamana/base/check.h"

namespace gamana::jinja {
namespace {

constexpr int kMaxDepth = 100, kMaxChain = 4000;

// What a token is called in messages.
std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::text:
      return "text";
    case TokenKind::block_begin:
      return "{%";
    case TokenKind::block_end:
      return "the end of the tag";
    case TokenKind::print_begin:
      return "{{";
    case TokenKind::print_end:
      return "}}";
    case TokenKind::string:
      return fmt::format("a string \"{}\"", token.value);
    case TokenKind::end:
      return "the end of the template";
    default:
      return token.value;
  }
}

}  // namespace

Body parse(std::string_view source) {
  Parser parser(lex(source));
  return parser.body({});
}

Parser::Level::Level(Parser& parser) : parser(parser) {
  if (++parser.depth_ > kMaxDepth) {
    --parser.depth_;
    fail("line {}: expressions and blocks are nested more than {} deep", parser.current().line, kMaxDepth);
  }
}

void Parser::grow() {
  if (++chain_ > kMaxChain) fail("line {}: a tag has more than {} operations", current().line, kMaxChain);
}

void Parser::unexpected(const std::string& wanted) const {
  fail("line {}: expected {}, found {}", current().line, wanted, describe(current()));
}

bool Parser::take_sign(std::string_view sign) {
  if (!is_sign(sign)) return false;
  ++at_;
  return true;
}

bool Parser::take_name(std::string_view name) {
  if (!is_name(name)) return false;
  ++at_;
  return true;
}

void Parser::expect_sign(std::string_view sign) {
  if (!take_sign(sign)) unexpected(std::string(sign));
}

void Parser::expect_name(std::string_view name) {
  if (!take_name(name)) unexpected(std::string(name));
}

std::string Parser::expect_any_name(const char* what) {
  if (current().kind != TokenKind::name) unexpected(what);
  return tokens_[at_++].value;
}

void Parser::expect_block_end() {
  if (current().kind != TokenKind::block_end) unexpected("the end of the tag");
  ++at_;
}

Body Parser::body(const std::vector<std::string>& ends) {
  const Level level(*this);
  Body out;
  while (true) {
    const Token& token = current();
    if (token.kind == TokenKind::text) {
      out.push_back(std::make_unique<TextStatement>(token.line, token.value));
      ++at_;
    } else if (token.kind == TokenKind::print_begin) {
      const int line = token.line;
      ++at_;
      chain_ = 0;
      out.push_back(std::make_unique<Print>(line, tuple(true)));
      if (current().kind != TokenKind::print_end) unexpected("}}");
      ++at_;
    } else if (token.kind == TokenKind::block_begin) {
      if (ahead().kind == TokenKind::name && std::find(ends.begin(), ends.end(), ahead().value) != ends.end()) {
        ++at_;
        return out;
      }
      out.push_back(statement());
    } else if (ends.empty()) {
      return out;
    } else {
      unexpected(fmt::format("{{% {} %}}", fmt::join(ends, " or ")));
    }
  }
}

Body Parser::block(const std::vector<std::string>& ends) {
  expect_block_end();
  return body(ends);
}

std::unique_ptr<Statement> Parser::statement() {
  const int line = current().line;
  ++at_;
  chain_ = 0;
  const std::string name = expect_any_name("the name of a block");
  std::unique_ptr<Statement> out;
  if (name == "if")
    out = if_statement(line);
  else if (name == "for")
    out = for_statement(line);
  else if (name == "set")
    out = set_statement(line);
  else if (name == "macro")
    out = macro_statement(line);
  else if (name == "call")
    out = call_statement(line);
  else if (name == "filter")
    out = filter_statement(line);
  else if (name == "with")
    out = with_statement(line);
  else if (name == "generation")
    out = generation_statement(line);
  else if (name == "print")
    out = std::make_unique<Print>(line, tuple(true));
  else if (name == "break" || name == "continue") {
    if (loops_ == 0) fail("line {}: {} stands outside of a loop", line, name);
    out = std::make_unique<Jump>(line, name == "break" ? Flow::leave : Flow::next);
  } else {
    fail("line {}: the block {} is not known here", line, name);
  }
  expect_block_end();
  return out;
}

std::unique_ptr<Statement> Parser::if_statement(int line) {
  auto out = std::make_unique<If>(line);
  while (true) {
    ExpressionPtr condition = tuple(false);
    out->branches.emplace_back(std::move(condition), block({"elif", "else", "endif"}));
    const std::string name = expect_any_name("endif");
    if (name == "elif") continue;
    if (name == "else") {
      out->otherwise = block({"endif"});
      expect_name("endif");
    }
    return out;
  }
}

std::unique_ptr<Statement> Parser::for_statement(int line) {
  auto out = std::make_unique<For>(line);
  out->target = target(false);
  expect_name("in");
  out->items = tuple(false);
  if (take_name("if")) out->condition = expression();
  if (is_name("recursive")) fail("line {}: recursive loops are not supported", line);
  ++loops_;
  out->body = block({"endfor", "else"});
  --loops_;
  if (expect_any_name("endfor") == "else") {
    out->otherwise = block({"endfor"});
    expect_name("endfor");
  }
  return out;
}

std::unique_ptr<Statement> Parser::set_statement(int line) {
  auto out = std::make_unique<Set>(line);
  out->target = target(true);
  if (take_sign("=")) {
    out->value = tuple(true);
    return out;
  }
  if (!out->target.parts.empty()) unexpected("=");
  if (is_sign("|")) out->filter = filters(nullptr);
  out->body = block({"endset"});
  expect_name("endset");
  return out;
}

void Parser::parameters(MacroStatement& macro) {
  expect_sign("(");
  while (!take_sign(")")) {
    if (!macro.parameters.empty()) expect_sign(",");
    std::string name = expect_any_name("the name of a parameter");
    ExpressionPtr value = take_sign("=") ? expression() : nullptr;
    if (!value && !macro.parameters.empty() && macro.parameters.back().second)
      fail("line {}: the parameter {} without a value follows one that has one", current().line, name);
    macro.parameters.emplace_back(std::move(name), std::move(value));
  }
}

std::unique_ptr<Statement> Parser::macro_statement(int line) {
  auto out = std::make_unique<MacroStatement>(line);
  out->name = expect_any_name("the name of a macro");
  parameters(*out);
  const std::pair outer(mentions_rest_, mentions_named_);
  const int loops = std::exchange(loops_, 0);
  mentions_rest_ = mentions_named_ = false;
  out->body = block({"endmacro"});
  expect_name("endmacro");
  loops_ = loops;
  out->takes_rest = std::exchange(mentions_rest_, outer.first);
  out->takes_named = std::exchange(mentions_named_, outer.second);
  return out;
}

std::unique_ptr<Statement> Parser::call_statement(int line) {
  auto out = std::make_unique<CallBlock>(line);
  out->caller = std::make_unique<MacroStatement>(line);
  out->caller->name = "caller";
  if (is_sign("(")) parameters(*out->caller);
  out->call = expression();
  if (!dynamic_cast<Call*>(out->call.get())) unexpected("a call");
  const int loops = std::exchange(loops_, 0);
  out->caller->body = block({"endcall"});
  expect_name("endcall");
  loops_ = loops;
  return out;
}

std::unique_ptr<Statement> Parser::filter_statement(int line) {
  auto out = std::make_unique<FilterBlock>(line);
  out->filter = filters(filter(nullptr));
  out->body = block({"endfilter"});
  expect_name("endfilter");
  return out;
}

std::unique_ptr<Statement> Parser::with_statement(int line) {
  auto out = std::make_unique<With>(line);
  while (current().kind != TokenKind::block_end) {
    if (!out->values.empty()) expect_sign(",");
    Target to = target(false);
    expect_sign("=");
    out->values.emplace_back(std::move(to), expression());
  }
  out->body = block({"endwith"});
  expect_name("endwith");
  return out;
}

std::unique_ptr<Statement> Parser::generation_statement(int line) {
  auto out = std::make_unique<Generation>(line);
  const int loops = std::exchange(loops_, 0);
  out->body = block({"endgeneration"});
  expect_name("endgeneration");
  loops_ = loops;
  return out;
}

Target Parser::one_target(bool with_attribute) {
  const Level level(*this);
  if (take_sign("(")) {
    Target out = target(false);
    expect_sign(")");
    return out;
  }
  static const std::set<std::string> kConstants = {"true", "false", "none", "True", "False", "None"};
  Target out;
  const int line = current().line;
  out.name = expect_any_name("a name to assign to");
  if (kConstants.count(out.name)) fail("line {}: {} cannot be assigned to", line, out.name);
  if (with_attribute && take_sign(".")) out.attribute = expect_any_name("the name of an attribute");
  return out;
}

Target Parser::target(bool with_attribute) {
  Target first = one_target(with_attribute);
  if (!is_sign(",")) return first;
  Target out;
  out.parts.push_back(std::move(first));
  while (take_sign(",")) {
    if (current().kind != TokenKind::name && !is_sign("(")) break;  // a comma may end it
    if (is_name("in")) break;
    out.parts.push_back(one_target(with_attribute));
  }
  return out;
}

}  // namespace gamana::jinja
