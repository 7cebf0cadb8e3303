// The expressions of the parser.
#include <charconv>

#include "gamana/base/check.h"
#include "gamana/text/chat/parser.h"

namespace gamana::jinja {

ExpressionPtr Parser::expression(bool with_condition) {
  const Level level(*this);
  ExpressionPtr out = disjunction();
  while (with_condition && is_name("if")) {
    auto condition = std::make_unique<Conditional>(current().line);
    grow();
    ++at_;
    condition->yes = std::move(out);
    condition->test = disjunction();
    if (take_name("else")) condition->no = expression();
    out = std::move(condition);
  }
  return out;
}

// One expression, or a tuple if commas follow. In parentheses there may be none.
ExpressionPtr Parser::tuple(bool with_condition, bool parentheses) {
  const int line = current().line;
  std::vector<ExpressionPtr> items;
  bool comma = false;
  const auto ends = [&] {
    return current().kind == TokenKind::block_end || current().kind == TokenKind::print_end || is_sign(")") ||
           is_name("recursive");
  };
  while (!ends()) {
    items.push_back(expression(with_condition));
    comma = take_sign(",");
    if (!comma) break;
    if (!with_condition && is_name("if")) break;
  }
  if (items.size() == 1 && !comma) return std::move(items[0]);
  if (items.empty() && !parentheses) unexpected("an expression");
  return std::make_unique<Container>(line, true, std::move(items));
}

ExpressionPtr Parser::disjunction() {
  ExpressionPtr out = conjunction();
  for (int line = current().line; take_name("or"); line = current().line)
    grow(), out = std::make_unique<Logical>(line, false, std::move(out), conjunction());
  return out;
}

ExpressionPtr Parser::conjunction() {
  ExpressionPtr out = negation();
  for (int line = current().line; take_name("and"); line = current().line)
    grow(), out = std::make_unique<Logical>(line, true, std::move(out), negation());
  return out;
}

ExpressionPtr Parser::negation() {
  const int line = current().line;
  if (!is_name("not")) return comparison();
  const Level level(*this);
  ++at_;
  return std::make_unique<Unary>(line, "not", negation());
}

ExpressionPtr Parser::comparison() {
  const int line = current().line;
  ExpressionPtr first = sum();
  std::vector<std::pair<std::string, ExpressionPtr>> rest;
  while (true) {
    std::string sign;
    for (const char* one : {"==", "!=", "<", "<=", ">", ">="})
      if (take_sign(one)) sign = one;
    if (sign.empty() && take_name("in")) sign = "in";
    if (sign.empty() && is_name("not") && ahead().kind == TokenKind::name && ahead().value == "in") {
      at_ += 2;
      sign = "not in";
    }
    if (sign.empty()) break;
    rest.emplace_back(std::move(sign), sum());
  }
  if (rest.empty()) return first;
  auto out = std::make_unique<Comparison>(line);
  out->first = std::move(first);
  out->rest = std::move(rest);
  return out;
}

ExpressionPtr Parser::sum() {
  ExpressionPtr out = concatenation();
  while (is_sign("+") || is_sign("-")) {
    const Token& token = tokens_[at_++];
    grow();
    out = std::make_unique<Binary>(token.line, token.value, std::move(out), concatenation());
  }
  return out;
}

ExpressionPtr Parser::concatenation() {
  ExpressionPtr out = product();
  for (int line = current().line; take_sign("~"); line = current().line)
    grow(), out = std::make_unique<Binary>(line, "~", std::move(out), product());
  return out;
}

ExpressionPtr Parser::product() {
  ExpressionPtr out = power();
  while (is_sign("*") || is_sign("/") || is_sign("//") || is_sign("%")) {
    const Token& token = tokens_[at_++];
    grow();
    out = std::make_unique<Binary>(token.line, token.value, std::move(out), power());
  }
  return out;
}

ExpressionPtr Parser::power() {
  ExpressionPtr out = unary();
  for (int line = current().line; take_sign("**"); line = current().line)
    grow(), out = std::make_unique<Binary>(line, "**", std::move(out), unary());
  return out;
}

ExpressionPtr Parser::unary(bool with_filters) {
  const Level level(*this);
  ExpressionPtr out;
  if (is_sign("-") || is_sign("+")) {
    const Token& token = tokens_[at_++];
    out = std::make_unique<Unary>(token.line, token.value, unary(false));
  } else {
    out = primary();
  }
  out = postfix(std::move(out));
  return with_filters ? filters(std::move(out)) : std::move(out);
}

ExpressionPtr Parser::primary() {
  const Token& token = current();
  const int line = token.line;
  if (token.kind == TokenKind::name) {
    const std::string name = token.value;
    ++at_;
    if (name == "true" || name == "True") return std::make_unique<Constant>(line, Value::boolean(true));
    if (name == "false" || name == "False") return std::make_unique<Constant>(line, Value::boolean(false));
    if (name == "none" || name == "None") return std::make_unique<Constant>(line, Value::none());
    mentions_rest_ |= name == "varargs";
    mentions_named_ |= name == "kwargs";
    return std::make_unique<Name>(line, name);
  }
  if (token.kind == TokenKind::string) {
    std::string text;
    while (current().kind == TokenKind::string) text += tokens_[at_++].value;
    return std::make_unique<Constant>(line, Value::text(std::move(text)));
  }
  if (token.kind == TokenKind::integer || token.kind == TokenKind::floating) return number();
  if (take_sign("(")) {
    ExpressionPtr out = tuple(true, true);
    expect_sign(")");
    return out;
  }
  if (take_sign("[")) {
    std::vector<ExpressionPtr> items;
    while (!take_sign("]")) {
      if (!items.empty()) {
        expect_sign(",");
        if (take_sign("]")) break;
      }
      items.push_back(expression());
    }
    return std::make_unique<Container>(line, false, std::move(items));
  }
  if (take_sign("{")) return dict_display();
  unexpected("an expression");
}

ExpressionPtr Parser::number() {
  const Token& token = tokens_[at_++];
  const std::string& text = token.value;
  if (token.kind == TokenKind::floating) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) value = std::strtod(text.c_str(), nullptr);
    return std::make_unique<Constant>(token.line, Value::floating(value));
  }
  const char kind = text.size() > 1 ? static_cast<char>(text[1] | 32) : '\0';
  const int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
  const size_t begin = base == 10 ? 0 : 2;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size())
    fail("line {}: expected a whole number below 2^63, found {}", token.line, text);
  return std::make_unique<Constant>(token.line, Value::integer(value));
}

ExpressionPtr Parser::dict_display() {
  auto out = std::make_unique<DictDisplay>(current().line);
  while (!take_sign("}")) {
    if (!out->entries.empty()) {
      expect_sign(",");
      if (take_sign("}")) break;
    }
    ExpressionPtr key = expression();
    expect_sign(":");
    out->entries.emplace_back(std::move(key), expression());
  }
  return out;
}

ExpressionPtr Parser::postfix(ExpressionPtr node) {
  for (;; grow()) {
    if (is_sign(".") || is_sign("["))
      node = subscript(std::move(node));
    else if (is_sign("("))
      node = call(std::move(node));
    else
      return node;
  }
}

ExpressionPtr Parser::filters(ExpressionPtr node) {
  for (;; grow()) {
    if (take_sign("|"))
      node = filter(std::move(node));
    else if (is_name("is"))
      node = test(std::move(node));
    else if (is_sign("("))
      node = call(std::move(node));
    else
      return node;
  }
}

std::string Parser::dotted_name(const char* what) {
  std::string name = expect_any_name(what);
  while (take_sign(".")) name.append(".").append(expect_any_name(what));
  return name;
}

ExpressionPtr Parser::filter(ExpressionPtr node) {
  auto out = std::make_unique<Filter>(current().line);
  out->operand = std::move(node);
  out->name = dotted_name("the name of a filter");
  if (is_sign("(")) out->arguments = arguments();
  return out;
}

ExpressionPtr Parser::test(ExpressionPtr node) {
  auto out = std::make_unique<Test>(current().line);
  ++at_;
  out->negated = take_name("not");
  out->operand = std::move(node);
  out->name = dotted_name("the name of a test");
  const TokenKind kind = current().kind;
  if (is_sign("(")) {
    out->arguments = arguments();
  } else if ((kind == TokenKind::name || kind == TokenKind::string || kind == TokenKind::integer ||
              kind == TokenKind::floating || is_sign("[") || is_sign("{")) &&
             !is_name("else") && !is_name("or") && !is_name("and")) {
    if (is_name("is")) fail("line {}: tests cannot be chained by is", current().line);
    out->arguments.list.push_back(postfix(primary()));
  }
  return out;
}

ExpressionPtr Parser::subscript(ExpressionPtr node) {
  const int line = current().line;
  if (take_sign(".")) {
    if (current().kind == TokenKind::integer) return std::make_unique<Item>(line, std::move(node), number());
    return std::make_unique<Attribute>(line, std::move(node), expect_any_name("a name or a number"));
  }
  expect_sign("[");
  ExpressionPtr parts[3];
  size_t colons = 0;
  if (!is_sign(":")) parts[0] = expression();
  while (colons < 2 && take_sign(":")) {
    ++colons;
    if (!is_sign(":") && !is_sign("]")) parts[colons] = expression();
  }
  if (!colons && is_sign(",")) {
    std::vector<ExpressionPtr> items;
    items.push_back(std::move(parts[0]));
    while (take_sign(",")) items.push_back(expression());
    parts[0] = std::make_unique<Container>(line, true, std::move(items));
  }
  expect_sign("]");
  if (!colons) return std::make_unique<Item>(line, std::move(node), std::move(parts[0]));
  auto out = std::make_unique<Slice>(line);
  out->object = std::move(node);
  out->begin = std::move(parts[0]);
  out->end = std::move(parts[1]);
  out->step = std::move(parts[2]);
  return out;
}

ExpressionPtr Parser::call(ExpressionPtr node) {
  auto out = std::make_unique<Call>(current().line);
  out->callee = std::move(node);
  out->arguments = arguments();
  return out;
}

Arguments Parser::arguments() {
  Arguments out;
  expect_sign("(");
  bool first = true;
  while (!take_sign(")")) {
    if (!first) {
      expect_sign(",");
      if (take_sign(")")) break;
    }
    first = false;
    const bool plain = !out.rest && !out.named_rest;
    if (plain && take_sign("*")) {
      out.rest = expression();
    } else if (!out.named_rest && take_sign("**")) {
      out.named_rest = expression();
    } else if (!out.named_rest && current().kind == TokenKind::name && ahead().kind == TokenKind::sign &&
               ahead().value == "=") {
      std::string name = tokens_[at_].value;
      at_ += 2;
      out.named.emplace_back(std::move(name), expression());
    } else if (plain && out.named.empty()) {
      out.list.push_back(expression());
    } else {
      fail("line {}: an argument without a name follows one with a name", current().line);
    }
  }
  return out;
}

}  // namespace gamana::jinja
