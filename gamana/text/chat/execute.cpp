// What statements do.
#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"

namespace gamana::jinja {
namespace {

Flow execute_all(const Body& body, Scope& scope, Run& run) {
  for (const auto& statement : body)
    if (const Flow flow = statement->execute(scope, run); flow != Flow::on) return flow;
  return Flow::on;
}

void check_storable(const Value& value) {
  if (value.is(Value::Kind::object)) fail("a {} cannot be stored in a list, a dict or a namespace", value.type_name());
}

void assign(const Target& target, const Value& value, Scope& scope, Run& run, int line) {
  if (!target.parts.empty()) {
    const std::vector<Value> items = iterate(value, run);
    if (items.size() != target.parts.size())
      fail("line {}: expected {} values to assign, found {}", line, target.parts.size(), items.size());
    for (size_t i = 0; i < items.size(); ++i) assign(target.parts[i], items[i], scope, run, line);
  } else if (target.attribute.empty()) {
    scope.set(target.name, value);
  } else {
    const Value* object = scope.find(target.name);
    Namespace* space = object ? object->as<Namespace>() : nullptr;
    if (!space)
      fail("line {}: expected {} to be a namespace, whose attributes alone can be assigned to", line, target.name);
    if (target.attribute.starts_with('_')) fail("line {}: attributes of a namespace must not begin with _", line);
    check_storable(value);
    space->attributes.set(Value::text(target.attribute), value);
  }
}

class Macro : public Function {
 public:
  Macro(const MacroStatement& macro, Scope& scope) : macro_(macro), scope_(scope) {}
  const char* type_name() const override { return "Macro"; }

  Value call(const Given& given, Run& run) override {
    run.check_stack();
    Scope scope(&scope_);
    bind_parameters(given, scope, run);
    return new_text(run.capture([&] { execute_all(macro_.body, scope, run); }), run);
  }

 private:
  void bind_parameters(const Given& given, Scope& scope, Run& run) const {
    const auto& parameters = macro_.parameters;
    std::vector<bool> used(given.named.size(), false);
    std::vector<const std::pair<std::string, ExpressionPtr>*>
        missing;  // which see all parameters, those after them undefined
    for (size_t i = 0; i < parameters.size(); ++i) {
      const auto& [name, fallback] = parameters[i];
      const Value* value = i < given.list.size() ? &given.list[i] : nullptr;
      for (size_t k = 0; k < given.named.size(); ++k) {
        if (given.named[k].first != name) continue;
        if (value) fail("the macro {} has two values for its parameter {}", macro_.name, name);
        value = &given.named[k].second;
        used[k] = true;
      }
      scope.set(name, value ? *value : Value::undefined(fmt::format("parameter '{}' was not provided", name)));
      if (!value && fallback) missing.push_back(&parameters[i]);
    }
    for (const auto* parameter : missing) scope.set(parameter->first, parameter->second->evaluate(scope, run));
    std::vector<Value> rest;
    for (size_t i = parameters.size(); i < given.list.size(); ++i) rest.push_back(given.list[i]);
    if (!rest.empty() && !macro_.takes_rest)
      fail("the macro {} takes {} arguments, {} are given", macro_.name, parameters.size(), given.list.size());
    Dict named;
    for (size_t k = 0; k < used.size(); ++k) {
      if (used[k]) continue;
      const auto& [name, value] = given.named[k];
      if (name == "caller")
        scope.set(name, value);
      else if (!macro_.takes_named)
        fail("the macro {} has no parameter {}", macro_.name, name);
      else
        named.set(Value::text(name), value);
    }
    if (macro_.takes_rest) scope.set("varargs", Value::tuple(std::move(rest)));
    if (macro_.takes_named) scope.set("kwargs", Value::dict(std::move(named)));
  }

  const MacroStatement& macro_;
  Scope& scope_;  // where it was defined, which it does not outlive: macros cannot be stored elsewhere
};

// A block of text through its filter.
Value filtered(const Expression* filter, std::string text, Scope& scope, Run& run) {
  Value value = new_text(std::move(text), run);
  if (!filter) return value;
  Scope inner(&scope);
  inner.set("|", std::move(value));
  return filter->evaluate(inner, run);
}

}  // namespace

Flow TextStatement::execute(Scope&, Run& run) const {
  run.write(text);
  return Flow::on;
}

Flow Print::execute(Scope& scope, Run& run) const {
  run.step();
  const Value result = value->evaluate(scope, run);
  if (result.is(Value::Kind::text))
    run.write(result.as_text());
  else if (result.is(Value::Kind::object) || result.is(Value::Kind::generator))
    fail("line {}: a {} has no text", line, result.type_name());
  else
    run.write(result.str());
  return Flow::on;
}

Flow If::execute(Scope& scope, Run& run) const {
  run.step();
  for (const auto& [condition, body] : branches)
    if (condition->evaluate(scope, run).truth()) return execute_all(body, scope, run);
  return execute_all(otherwise, scope, run);
}

Flow For::execute(Scope& scope, Run& run) const {
  const Value source = items->evaluate(scope, run);
  std::vector<Value> list;
  try {
    list = iterate(source, run);
  } catch (const Error& e) {
    fail("line {}: {}", line, e.what());
  }
  if (condition)
    std::erase_if(list, [&](const Value& item) {
      Scope inner(&scope);
      assign(target, item, inner, run, line);
      return !condition->evaluate(inner, run).truth();
    });
  const auto loop = std::make_shared<Loop>();
  loop->items = &list;
  const Value special = Value::object(loop);
  bool completed = false;  // some round went through to its end; otherwise there is an else, as in Jinja
  for (size_t i = 0; i < list.size(); ++i) {
    run.step();
    loop->index = i;
    Scope inner(&scope);
    assign(target, list[i], inner, run, line);
    inner.set("loop", special);
    const Flow flow = execute_all(body, inner, run);
    if (flow == Flow::leave) break;
    completed |= flow == Flow::on;
  }
  if (completed) return Flow::on;
  Scope inner(&scope);
  return execute_all(otherwise, inner, run);
}

Flow Set::execute(Scope& scope, Run& run) const {
  run.step();
  if (value) {
    assign(target, value->evaluate(scope, run), scope, run, line);
    return Flow::on;
  }
  Scope inner(&scope);
  std::string text = run.capture([&] { execute_all(body, inner, run); });
  assign(target, filtered(filter.get(), std::move(text), scope, run), scope, run, line);
  return Flow::on;
}

Flow MacroStatement::execute(Scope& scope, Run&) const {
  scope.set(name, Value::object(std::make_shared<Macro>(*this, scope)));
  return Flow::on;
}

Flow CallBlock::execute(Scope& scope, Run& run) const {
  run.check_stack();
  const Call& macro = static_cast<const Call&>(*call);
  const Value callee = macro.callee->evaluate(scope, run);
  Function* function = callee.as<Function>();
  if (!function) fail("line {}: a {} cannot be called", line, callee.type_name());
  Given given = macro.arguments.evaluate(scope, run);
  given.named.emplace_back("caller", Value::object(std::make_shared<Macro>(*caller, scope)));
  run.write(function->call(given, run).str());
  return Flow::on;
}

Flow FilterBlock::execute(Scope& scope, Run& run) const {
  Scope inner(&scope);
  std::string text = run.capture([&] { execute_all(body, inner, run); });
  run.write(filtered(filter.get(), std::move(text), scope, run).str());
  return Flow::on;
}

Flow With::execute(Scope& scope, Run& run) const {
  Scope inner(&scope);
  for (const auto& [to, value] : values) assign(to, value->evaluate(scope, run), inner, run, line);
  return execute_all(body, inner, run);
}

Flow Generation::execute(Scope& scope, Run& run) const {
  Scope inner(&scope);
  const size_t begin = run.out().size();
  execute_all(body, inner, run);
  if (!run.captures()) run.generations.push_back({begin, run.out().size()});
  return Flow::on;
}

}  // namespace gamana::jinja
