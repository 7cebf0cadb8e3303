// The functions that every template has: Jinja's range, namespace, dict, cycler, joiner, and transformers'
// raise_exception and strftime_now.
#include <map>

#include "gamana/base/check.h"
#include "gamana/text/chat/run.h"

namespace gamana::jinja {
namespace {

using Kind = Value::Kind;

constexpr Integer kMaxRange = 100'000;  // as Jinja's sandbox

class Global : public Function {
 public:
  explicit Global(Value (*act)(const Given&, Run&)) : act_(act) {}
  Value call(const Given& given, Run& run) override { return act_(given, run); }

 private:
  Value (*act_)(const Given&, Run&);
};

class Joiner : public Function {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}
  Value call(const Given&, Run&) override { return std::exchange(used_, true) ? separator_ : Value::text(""); }

 private:
  Value separator_;
  bool used_ = false;
};

Value range(const Given& given, Run& run) {
  if (given.list.empty() || given.list.size() > 3 || !given.named.empty())
    fail("range needs one to three whole numbers");
  const auto number = [&](size_t i) { return whole_argument(given.list[i], "range"); };
  const bool one = given.list.size() == 1;
  const Integer begin = one ? 0 : number(0), end = one ? number(0) : number(1),
                step = given.list.size() == 3 ? number(2) : 1;
  if (step == 0) fail("range: the step cannot be zero");
  const Integer count = step > 0 ? (end - begin + step - 1) / step : (begin - end - step - 1) / -step;
  if (count > kMaxRange) fail("range: expected at most {} numbers", static_cast<int64_t>(kMaxRange));
  std::vector<Value> out;
  for (Integer i = 0; i < count; ++i) out.push_back(Value::integer(begin + i * step));
  run.spend(out.size() * sizeof(Value));
  return Value::list(std::move(out));
}

// Of a dict or a list of pairs, and named values.
Dict entries(const Given& given, Run& run, const char* function) {
  Dict out;
  if (given.list.size() > 1) fail("{} takes at most one argument without a name", function);
  if (!given.list.empty()) {
    const Value& source = given.list[0];
    if (source.is(Kind::dict)) {
      out = source.as_dict();
    } else {
      for (const Value& pair : iterate(source, run)) {
        if (!pair.is_sequence() || pair.items().size() != 2) fail("{}: expected pairs", function);
        out.set(pair.items()[0], pair.items()[1]);
      }
    }
  }
  for (const auto& [name, value] : given.named) out.set(Value::text(name), value);
  run.spend(out.size() * sizeof(Value));
  return out;
}

Value make_dict(const Given& given, Run& run) { return Value::dict(entries(given, run, "dict")); }

Value make_namespace(const Given& given, Run& run) {
  const Value values = Value::dict(entries(given, run, "namespace"));  // checks that they can be stored
  auto out = std::make_shared<Namespace>();
  for (const auto& [name, value] : values.as_dict().entries())
    if (name.is(Kind::text) && name.as_text().starts_with('_')) fail("attributes of a namespace must not begin with _");
  out->attributes = values.as_dict();
  return Value::object(std::move(out));
}

Value make_joiner(const Given& given, Run&) {
  const auto values = bind(given, {"sep"}, "joiner");
  return Value::object(std::make_shared<Joiner>(values[0] ? *values[0] : Value::text(", ")));
}

Value raise_exception(const Given& given, Run&) {
  const auto values = bind(given, {"message"}, "raise_exception");
  fail("{}", values[0] ? values[0]->str() : "the template raised an exception");
}

Value strftime_now(const Given& given, Run& run) {
  const auto values = bind(given, {"format"}, "strftime_now");
  if (!values[0]) fail("strftime_now needs a format");
  const std::string& format = text_argument(*values[0], "strftime_now");
  if (format.empty()) return Value::text("");
  if (format.size() > 1000) fail("strftime_now: the format is too long");
  std::string out(format.size() * 64 + 64, '\0');
  out.resize(std::strftime(out.data(), out.size(), format.c_str(), &run.now()));
  return new_text(std::move(out), run);
}

}  // namespace

const Value* find_global(std::string_view name) {
  const auto global = [](Value (*act)(const Given&, Run&)) { return Value::object(std::make_shared<Global>(act)); };
  static const std::map<std::string, Value, std::less<>> list = {{"range", global(range)},
                                                                 {"dict", global(make_dict)},
                                                                 {"namespace", global(make_namespace)},
                                                                 {"joiner", global(make_joiner)},
                                                                 {"raise_exception", global(raise_exception)},
                                                                 {"strftime_now", global(strftime_now)}};
  const auto it = list.find(name);
  return it == list.end() ? nullptr : &it->second;
}

}  // namespace gamana::jinja
