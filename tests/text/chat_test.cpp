// Against what transformers renders (tools/golden/chat.py).
#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/text/chat/chat_template.h"

namespace gamana {
namespace {

const Json& golden() {
  static const Json json = read_json(GAMANA_SOURCE_DIR "/tests/golden/text/chat.json");
  return json;
}

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
  EXPECT_GE(golden()["templates"].size(), 14u);
  for (const auto& [name, source] : golden()["templates"].items()) {
    const ChatTemplate chat_template = ChatTemplate::parse(source.get<std::string>(), golden()["special_tokens"], name);
    for (const auto& [chat_name, chat] : golden()["chats"].items()) {
      const Json& expected = golden()["rendered"][name][chat_name];
      std::vector<Span> generations;
      const auto render = [&] { return chat_template.render(chat["messages"], options_of(chat), &generations); };
      if (expected["text"].is_null()) {
        EXPECT_THROW(render(), Error) << name << " " << chat_name;
        continue;
      }
      EXPECT_EQ(render(), expected["text"]) << name << " " << chat_name;
      Json spans = Json::array();
      for (const Span& span : generations) spans.push_back({span.begin, span.end});
      if (chat_name != "continued") EXPECT_EQ(spans, expected["generations"]) << name << " " << chat_name;
    }
  }
}

}  // namespace
}  // namespace gamana
