// Against what transformers renders (tools/golden/chat.py).
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/text/chat/chat_template.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

ChatOptions options_of(const Json& chat) {
  ChatOptions options;
  options.add_generation_prompt = chat.value("add_generation_prompt", false);
  options.continue_final_message = chat.value("continue", "");
  options.tools = chat.value("tools", Json());
  options.documents = chat.value("documents", Json());
  options.variables = chat.value("variables", Json::object());
  std::tm now{};
  now.tm_year = 124, now.tm_mon = 6, now.tm_mday = 26, now.tm_hour = 9, now.tm_min = 5, now.tm_sec = 3, now.tm_wday = 5;
  options.now = now;
  return options;
}

TEST(ChatTemplate, RendersTheTemplatesOfModelsAsTransformers) {
  EXPECT_GE(golden("text/chat")["templates"].size(), 14u);
  for (const auto& [name, source] : golden("text/chat")["templates"].items()) {
    const ChatTemplate chat_template = ChatTemplate::parse(source.get<std::string>(), golden("text/chat")["special_tokens"], name);
    for (const auto& [chat_name, chat] : golden("text/chat")["chats"].items()) {
      const Json& expected = golden("text/chat")["rendered"][name][chat_name];
      std::vector<Span> generations;
      const auto render = [&] { return chat_template.render(chat["messages"], options_of(chat), &generations); };
      if (expected["text"].is_null()) {
        EXPECT_THROW(render(), Error) << name << " " << chat_name;
        continue;
      }
      EXPECT_EQ(render(), expected["text"]) << name << " " << chat_name;
      Json spans = Json::array();
      for (const Span& span : generations) spans.push_back({span.begin, span.end});
      if (chat_name == "continued") continue;  // transformers does not give both
      EXPECT_EQ(spans, expected["generations"]) << name << " " << chat_name;
    }
  }
}

std::string rendered(const std::string& source, const Json& variables = Json::object()) {
  ChatOptions options;
  options.variables = variables;
  return ChatTemplate::parse(source).render(Json::parse(R"([{"role":"user","content":"hi"}])"), options);
}

std::string chat_fault(const std::string& source) {
  try {
    return "rendered: " + rendered(source);
  } catch (const Error& e) {
    return e.what();
  }
}

// The expectations are those of jinja2 3.1.6 in transformers' environment.
TEST(ChatTemplate, ReadsExpressionsAsJinja) {
  const std::pair<const char*, const char*> cases[] = {
      {"{{ 7 // -2 }} {{ 7 % -2 }} {{ 2 ** 3 ** 2 }} {{ 4 / 2 }} {{ 1e16 }} {{ 1e-5 }}", "-4 -1 64 2.0 1e+16 1e-05"},
      {"{{ 1 < 2 < 3 }} {{ not 1 == 2 }} {{ 'a' in 'abc' }} {{ 2 not in [1] }}", "True True True True"},
      {"{{ 'a' ~ 1 ~ none }} {{ 'x' * 3 }} {{ [1] + [2] }} {{ (1,) }} {{ {'a': 'it\\'s'} }}",
       "a1None xxx [1, 2] (1,) {'a': \"it's\"}"},
      {"{{ 'ಕನ್ನಡ'[::-1] }} {{ 'abc'[1] }} {{ 'abc'[-2:] }} {{ [1,2,3][5] }}{{ 'abc'.nope }}", "ಡನ್ನಕ b bc "},
      {"{{ 'a,b'.split(',') }} {{ ' x '.strip() }} {{ 'ab'.title() }} {{ 'x-y z' | title }}", "['a', 'b'] x Ab X-Y Z"},
      {"{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}", "12121"},
      {"{% set ns = namespace(n=0) %}{% for i in range(4) if i != 2 %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
       "4"},
      {"{% for a, b in {'x': 1}.items() %}{{ a }}{{ b }}{{ loop.last }}{% else %}no{% endfor %}", "x1True"},
      {"{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "13"},
      {"{% for i in [1] %}{% break %}{% else %}else{% endfor %}", "else"},
      {"{% macro m(a, b='B') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}{{ m(b=2) }}", "1B2"},
      {"{% macro m() %}<{{ caller('x') }}>{% endmacro %}{% call(v) m() %}{{ v }}!{% endcall %}", "<x!>"},
      {"{% set b | upper %}abc{% endset %}{{ b }}{% filter trim %} x {% endfilter %}", "ABCx"},
      {"{{ {'b': 1, 'a': [none, true, 'é<\\n']} | tojson }} {{ [1, 2] | tojson(indent=1) }}",
       "{\"b\": 1, \"a\": [null, true, \"é<\\n\"]} [\n 1,\n 2\n]"},
      {"{{ [3, 1] | sort | join('-') }} {{ ['a', 'A'] | unique | list }} {{ 'x' | default('d') }}{{ u | default('d') "
       "}}",
       "1-3 ['a'] xd"},
      {"{{ [{'r': 'u', 'n': 1}, {'r': 'v'}] | selectattr('r', 'equalto', 'u') | map(attribute='n') | list }}", "[1]"},
      {"{{ u is defined }} {{ messages is sequence }} {{ 3 is odd }} {{ none is none }} {{ (u.x is defined) if u else "
       "'no' }}",
       "False True True True no"},
      {"{{ '%s %5.2f|%-4s|' % ('a', 2.5, 'b') }} {{ '{} {a}'.format(1, a=2) }}", "a  2.50|b   | 1 2"},
      {"a\n  {% if true %}\n  b\n  {%- endif %}\n\nc\n", "a\n  b\nc"},
      {"  {%+ if true %}x{% endif +%}\n y {{- ' z ' -}} \n w\n", "  x\n y z w"},
      {"{% raw %}{{ x }}{% endraw %}{# a comment #}!", "{{ x }}!"},
  };
  for (const auto& [source, text] : cases) EXPECT_EQ(rendered(source), text) << source;
}

TEST(ChatTemplate, NamesTheLineAndTheFault) {
  EXPECT_EQ(chat_fault("a\n{{ raise_exception('No system role') }}"), "chat template: line 2: No system role");
  EXPECT_EQ(chat_fault("{{ x.y }}"), "chat template: line 1: 'x' is undefined");
  EXPECT_EQ(chat_fault("\n\n{% if x %}"),
            "chat template: line 3: expected {% elif or else or endif %}, found the end of the template");
  EXPECT_EQ(chat_fault("{{ 1 + 'a' }}"), "chat template: line 1: '+' cannot be used on a int and a str");
  EXPECT_EQ(chat_fault("{{ [1 }}"), "chat template: line 1: unexpected }");
  EXPECT_EQ(chat_fault("{{ 1 | nope }}"), "chat template: line 1: the filter nope is not known here");
  EXPECT_EQ(chat_fault("{% include 'x' %}"), "chat template: line 1: the block include is not known here");
  EXPECT_EQ(chat_fault("{% set x = [].append(1) %}"),
            "chat template: line 1: append would change a list, which templates must not");
  EXPECT_NE(chat_fault("{{ '\xFF' }}").find("not UTF-8"), std::string::npos);
  EXPECT_THROW(ChatTemplate::parse("").render(Json::array()), Error);
  EXPECT_THROW(ChatTemplate::parse("").render(Json::parse("[1]")), Error);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Templates come from strangers.
TEST(ChatTemplate, BoundsWhatATemplateDoes) {
  const std::string hostile[] = {
      "{{ " + repeated("(", 100000) + "1" + repeated(")", 100000) + " }}",
      "{{ " + repeated("[", 100000) + repeated("]", 100000) + " }}",
      "{{ " + repeated("-", 100000) + "1 }}",
      "{{ 1" + repeated(" + 1", 100000) + " }}",
      "{{ x" + repeated(".x", 100000) + " }}",
      "{{ 1" + repeated(" if 1", 100000) + " }}",
      repeated("{% if 1 %}", 10000) + repeated("{% endif %}", 10000),
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{{ 'x' * 10000000000 }}",
      "{{ [0] * 10000000000 }}",
      "{{ range(1000000000) }}",
      "{{ 10 ** 1000 }}",
      "{{ '%1000000000s' % 1 }}",
      "{{ 'x'.center(10000000000) }}",
      "{% set ns = namespace(x='x') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
      "{% set ns = namespace(x=[]) %}{% for i in range(10000) %}{% set ns.x = [ns.x] %}{% endfor %}",
      "{% set ns = namespace() %}{% set ns.me = ns %}",
      "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% "
      "endfor %}",
  };
  for (const std::string& source : hostile) EXPECT_THROW(rendered(source), Error) << source.substr(0, 60);
}

TEST(ChatTemplate, ReadsTheTemplatesOfAFolder) {
  const std::string folder = temporary("chat");
  make_directory(folder);
  write_file(join_path(folder, "tokenizer_config.json"), R"({"bos_token": {"content": "<s>"}, "eos_token": "</s>",
    "chat_template": [{"name": "default", "template": "{{ bos_token }}plain{{ eos_token }}"},
                      {"name": "tool_use", "template": "{{ tools | length }} tools"}]})");
  const Json chat = Json::parse(R"([{"role": "user", "content": "hi"}])");
  ChatOptions with_tools;
  with_tools.tools = Json::parse("[{}, {}]");
  EXPECT_EQ(ChatTemplate::load(folder).render(chat), "<s>plain</s>");
  EXPECT_EQ(ChatTemplate::load(folder).render(chat, with_tools), "2 tools");
  write_file(join_path(folder, "chat_template.jinja"), "{{ bos_token }}file");
  EXPECT_EQ(ChatTemplate::load(folder).render(chat), "<s>file");
  EXPECT_THROW(ChatTemplate::load(folder + "/nowhere"), Error);
}

}  // namespace
}  // namespace gamana
