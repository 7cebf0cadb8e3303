#pragma once
// A template as a tree that evaluates itself.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gamana/text/chat/value.h"

namespace gamana::jinja {

class Scope;
class Run;

// What stands in the parentheses of a call.
struct Given {
  std::vector<Value> list;
  std::vector<std::pair<std::string, Value>> named;
};

struct Expression {
  explicit Expression(int line) : line(line) {}
  virtual ~Expression() = default;
  virtual Value evaluate(Scope& scope, Run& run) const = 0;
  int line;
};
using ExpressionPtr = std::unique_ptr<Expression>;

struct Arguments {
  std::vector<ExpressionPtr> list;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr rest, named_rest;  // *list, **dict
  Given evaluate(Scope& scope, Run& run) const;
};

struct Constant : Expression {
  Constant(int line, Value value) : Expression(line), value(std::move(value)) {}
  Value evaluate(Scope&, Run&) const override { return value; }
  Value value;
};

struct Name : Expression {
  Name(int line, std::string name) : Expression(line), name(std::move(name)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  std::string name;
};

struct Container : Expression {  // a list or a tuple
  Container(int line, bool tuple, std::vector<ExpressionPtr> items)
      : Expression(line), tuple(tuple), items(std::move(items)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  bool tuple;
  std::vector<ExpressionPtr> items;
};

struct DictDisplay : Expression {
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};

struct Conditional : Expression {  // a if b else c
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr yes, test, no;  // no may be null
};

struct Logical : Expression {  // and, or
  Logical(int line, bool conjunction, ExpressionPtr left, ExpressionPtr right)
      : Expression(line), conjunction(conjunction), left(std::move(left)), right(std::move(right)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  bool conjunction;
  ExpressionPtr left, right;
};

struct Unary : Expression {  // not, -, +
  Unary(int line, std::string sign, ExpressionPtr operand)
      : Expression(line), sign(std::move(sign)), operand(std::move(operand)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  std::string sign;
  ExpressionPtr operand;
};

struct Binary : Expression {  // + - * / // % ** ~
  Binary(int line, std::string sign, ExpressionPtr left, ExpressionPtr right)
      : Expression(line), sign(std::move(sign)), left(std::move(left)), right(std::move(right)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  std::string sign;
  ExpressionPtr left, right;
};

struct Comparison : Expression {  // a < b in c …
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr first;
  std::vector<std::pair<std::string, ExpressionPtr>> rest;
};

struct Attribute : Expression {  // a.b
  Attribute(int line, ExpressionPtr object, std::string name)
      : Expression(line), object(std::move(object)), name(std::move(name)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr object;
  std::string name;
};

struct Item : Expression {  // a[b]
  Item(int line, ExpressionPtr object, ExpressionPtr index)
      : Expression(line), object(std::move(object)), index(std::move(index)) {}
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr object, index;
};

struct Slice : Expression {  // a[b:c:d], each may be null
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr object, begin, end, step;
};

struct Call : Expression {
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr callee;
  Arguments arguments;
};

struct Filter : Expression {
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr operand;  // null: the block of text that {% filter %} and {% set %} put in as `input`
  std::string name;
  Arguments arguments;
};

struct Test : Expression {
  using Expression::Expression;
  Value evaluate(Scope& scope, Run& run) const override;
  ExpressionPtr operand;
  std::string name;
  bool negated = false;
  Arguments arguments;
};

// What a statement did to the loop around it.
enum class Flow { on, leave, next };

struct Statement {
  explicit Statement(int line) : line(line) {}
  virtual ~Statement() = default;
  virtual Flow execute(Scope& scope, Run& run) const = 0;
  int line;
};
using Body = std::vector<std::unique_ptr<Statement>>;

// Names to assign to: one, one of a namespace, or several of an item each.
struct Target {
  std::string name, attribute;
  std::vector<Target> parts;
};

struct TextStatement : Statement {
  TextStatement(int line, std::string text) : Statement(line), text(std::move(text)) {}
  Flow execute(Scope& scope, Run& run) const override;
  std::string text;
};

struct Print : Statement {
  Print(int line, ExpressionPtr value) : Statement(line), value(std::move(value)) {}
  Flow execute(Scope& scope, Run& run) const override;
  ExpressionPtr value;
};

struct If : Statement {
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  Body otherwise;
};

struct For : Statement {
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  Target target;
  ExpressionPtr items, condition;  // the latter may be null
  Body body, otherwise;
};

struct Set : Statement {
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  Target target;
  ExpressionPtr value;  // or, if null, a block
  Body body;
  ExpressionPtr filter;  // of the block, may be null
};

struct MacroStatement : Statement {
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  std::string name;
  std::vector<std::pair<std::string, ExpressionPtr>> parameters;  // with what they are by default, or null
  bool takes_rest = false, takes_named = false;                   // its body mentions varargs, kwargs
  Body body;
};

struct CallBlock : Statement {  // {% call %}
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  std::unique_ptr<MacroStatement> caller;
  ExpressionPtr call;
};

struct FilterBlock : Statement {
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  ExpressionPtr filter;
  Body body;
};

struct With : Statement {
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  std::vector<std::pair<Target, ExpressionPtr>> values;
  Body body;
};

struct Generation : Statement {  // transformers' {% generation %}: text that the assistant wrote
  using Statement::Statement;
  Flow execute(Scope& scope, Run& run) const override;
  Body body;
};

struct Jump : Statement {
  Jump(int line, Flow flow) : Statement(line), flow(flow) {}
  Flow execute(Scope&, Run&) const override { return flow; }
  Flow flow;
};

}  // namespace gamana::jinja
