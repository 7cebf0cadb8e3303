// The values of expressions.
#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"

namespace gamana::jinja {
namespace {

// Names the line where a fault happened, once.
template <class Act>
auto at_line(int line, const Act& act) -> decltype(act()) {
  try {
    return act();
  } catch (const Error& e) {
    const std::string what = e.what();
    if (what.starts_with("line ")) throw;
    fail("line {}: {}", line, what);
  }
}

// A method that is not called at once.
class BoundMethod : public Function {
 public:
  BoundMethod(Value self, std::string name) : self_(std::move(self)), name_(std::move(name)) {}
  Value call(const Given& given, Run& run) override { return call_method(self_, name_, given, run); }

 private:
  Value self_;
  std::string name_;
};

Value call_value(const Value& callee, const Given& given, Run& run) {
  if (callee.is(Value::Kind::undefined)) fail("{}", callee.what());
  Function* function = callee.as<Function>();
  if (!function) fail("a {} cannot be called", callee.type_name());
  return function->call(given, run);
}

}  // namespace

Given Arguments::evaluate(Scope& scope, Run& run) const {
  Given out;
  for (const auto& item : list) out.list.push_back(item->evaluate(scope, run));
  for (const auto& [name, value] : named) out.named.emplace_back(name, value->evaluate(scope, run));
  if (rest)
    for (Value& value : iterate(rest->evaluate(scope, run), run)) out.list.push_back(std::move(value));
  if (named_rest) {
    const Value values = named_rest->evaluate(scope, run);
    if (!values.is(Value::Kind::dict)) fail("expected a dict after **, found a {}", values.type_name());
    for (const auto& [key, value] : values.as_dict().entries()) out.named.emplace_back(text_argument(key, "**"), value);
  }
  return out;
}

Value Name::evaluate(Scope& scope, Run&) const {
  if (const Value* value = scope.find(name)) return *value;
  if (const Value* value = find_global(name)) return *value;
  return Value::undefined(fmt::format("'{}' is undefined", name));
}

Value Container::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  std::vector<Value> out;
  for (const auto& item : items) out.push_back(item->evaluate(scope, run));
  run.spend(out.size() * sizeof(Value));
  return at_line(line, [&] { return tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out)); });
}

Value DictDisplay::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  Dict out;
  for (const auto& [key, value] : entries) {
    Value name = key->evaluate(scope, run);
    at_line(line, [&, &part = value] { out.set(name, part->evaluate(scope, run)); });
  }
  run.spend(out.size() * sizeof(Value));
  return at_line(line, [&] { return Value::dict(std::move(out)); });
}

Value Conditional::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  if (test->evaluate(scope, run).truth()) return yes->evaluate(scope, run);
  return no ? no->evaluate(scope, run) : Value::undefined(fmt::format("the inline if of line {} has no else", line));
}

Value Logical::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  Value value = left->evaluate(scope, run);
  return value.truth() == conjunction ? right->evaluate(scope, run) : value;
}

Value Unary::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  const Value value = operand->evaluate(scope, run);
  if (sign == "not") return Value::boolean(!value.truth());
  return at_line(line, [&] { return sign == "-" ? negative(value) : negative(negative(value)); });
}

Value Binary::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  const Value a = left->evaluate(scope, run), b = right->evaluate(scope, run);
  return at_line(line, [&] { return arithmetic(sign, a, b, run); });
}

Value Comparison::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  Value left = first->evaluate(scope, run);
  for (const auto& [sign, operand] : rest) {
    Value right = operand->evaluate(scope, run);
    if (!at_line(line, [&, &how = sign] { return holds(how, left, right, run); })) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Value Attribute::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  const Value value = object->evaluate(scope, run);
  const Value found = at_line(line, [&] { return attribute_of(value, name); });
  if (found.is(Value::Kind::undefined) && has_method(value, name))
    return Value::object(std::make_shared<BoundMethod>(value, name));
  return found;
}

Value Item::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  const Value value = object->evaluate(scope, run), at = index->evaluate(scope, run);
  const Value found = at_line(line, [&] { return item_of(value, at); });
  if (found.is(Value::Kind::undefined) && at.is(Value::Kind::text) && has_method(value, at.as_text()))
    return Value::object(std::make_shared<BoundMethod>(value, at.as_text()));
  return found;
}

Value Slice::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  const Value value = object->evaluate(scope, run);
  Value bounds[3];
  const ExpressionPtr* parts[] = {&begin, &end, &step};
  for (size_t i = 0; i < 3; ++i) bounds[i] = *parts[i] ? (*parts[i])->evaluate(scope, run) : Value::none();
  const auto bound = [&](size_t i) { return bounds[i].is(Value::Kind::none) ? nullptr : &bounds[i]; };
  return at_line(line, [&] { return slice_of(value, bound(0), bound(1), bound(2), run); });
}

Value Call::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  run.step();
  // A method is called without making it a value first.
  if (const auto* method = dynamic_cast<const Attribute*>(callee.get())) {
    const Value self = method->object->evaluate(scope, run);
    const Value known = at_line(line, [&] { return attribute_of(self, method->name); });
    if (known.is(Value::Kind::undefined) && has_method(self, method->name)) {
      const Given given = arguments.evaluate(scope, run);
      return at_line(line, [&] { return call_method(self, method->name, given, run); });
    }
    const Given given = arguments.evaluate(scope, run);
    return at_line(line, [&] { return call_value(known, given, run); });
  }
  const Value function = callee->evaluate(scope, run);
  const Given given = arguments.evaluate(scope, run);
  return at_line(line, [&] { return call_value(function, given, run); });
}

Value Filter::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  run.step();
  Value input;
  if (operand)
    input = operand->evaluate(scope, run);
  else if (const Value* block = scope.find("|"))
    input = *block;
  const Given given = arguments.evaluate(scope, run);
  return at_line(line, [&] { return apply_filter(name, input, given, run); });
}

Value Test::evaluate(Scope& scope, Run& run) const {
  run.check_stack();
  const Value input = operand->evaluate(scope, run);
  const Given given = arguments.evaluate(scope, run);
  return Value::boolean(at_line(line, [&] { return apply_test(name, input, given, run); }) != negated);
}

}  // namespace gamana::jinja
