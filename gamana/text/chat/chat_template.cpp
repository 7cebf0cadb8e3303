#include "gamana/text/chat/chat_template.h"

#include <algorithm>
#include <map>

#include "gamana/base/check.h"
#include "gamana/text/chat/parser.h"
#include "gamana/text/chat/run.h"
#include "gamana/text/files/tokenizer_settings.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

using jinja::Value;

// Names of a message's reasoning, which transformers makes one of (chat_template_utils.py: _alias_reasoning_fields).
constexpr const char* kReasoning[] = {"reasoning_content", "thinking", "reasoning"};
constexpr std::string_view kContinueTag = "CONTINUE_FINAL_MESSAGE_TAG ";

const Json* reasoning(const Json& message) {
  for (const char* name : kReasoning)
    if (const auto it = message.find(name); it != message.end()) return &*it;
  return nullptr;
}

// Messages without fields that are null, and with reasoning under its two usual names.
Json normal_messages(const Json& messages) {
  if (!messages.is_array() || messages.empty()) fail("expected a list of messages, at least one");
  Json out = Json::array();
  for (const Json& message : messages) {
    if (!message.is_object()) fail("expected each message to be an object, found {}", message.type_name());
    Json kept = Json::object();
    for (const auto& [name, value] : message.items())
      if (!value.is_null()) kept[name] = value;
    if (const Json* found = reasoning(kept)) {
      const Json value = *found;
      Json with = Json::object();
      with["thinking"] = value;
      for (const auto& [name, field] : kept.items()) with[name] = field;
      with["reasoning_content"] = value;
      kept = std::move(with);
    }
    out.push_back(std::move(kept));
  }
  return out;
}

// Puts the tag behind the text that is to be continued. Returns that text.
std::string mark_final_message(Json& message, const std::string& field) {
  const auto missing = [&] { fail("the last message has no text \"{}\" to continue", field); };
  if (!message.contains(field)) missing();
  const Json content = message[field];
  const auto tagged = [](const Json& text) { return text.get<std::string>() + std::string(kContinueTag); };
  if (content.is_string()) {
    const bool reasons = std::find(std::begin(kReasoning), std::end(kReasoning), field) != std::end(kReasoning);
    for (const auto& [name, value] : message.items())
      if (name == field ||
          (reasons && std::find(std::begin(kReasoning), std::end(kReasoning), name) != std::end(kReasoning) &&
           value == content))
        message[name] = tagged(content);
    return content.get<std::string>();
  }
  if (content.is_array())
    for (size_t i = content.size(); i-- > 0;)
      if (content[i].is_object() && content[i].contains("text") && content[i]["text"].is_string()) {
        message[field][i]["text"] = tagged(content[i]["text"]);
        return content[i]["text"].get<std::string>();
      }
  missing();
  return "";
}

void cut_at_mark(std::string& text, const std::string& final_message) {
  const std::string_view tag = strip(kContinueTag);
  const size_t at = text.rfind(tag);
  if (at == std::string::npos || text.find(strip(final_message)) == std::string::npos)
    fail("the template does not show the last message whole, so that it cannot be continued");
  const bool whole = text.compare(at, kContinueTag.size(), kContinueTag) == 0;
  text.resize(at);
  if (!whole) text = std::string(strip_right(text));
}

// transformers' special_tokens_map: each as a text or as an added token.
Json special_tokens(const Json& config) {
  Json out = Json::object();
  for (const auto& [name, value] : config.items()) {
    if (!name.ends_with("_token")) continue;
    if (value.is_string()) out[name] = value;
    if (value.is_object() && value.contains("content") && value["content"].is_string()) out[name] = value["content"];
  }
  return out;
}

}  // namespace

struct ChatTemplate::Impl {
  std::map<std::string, jinja::Body> templates;  // "default", "tool_use", or others by name
  std::string where, source;
  Json special_tokens = Json::object();

  void add(const std::string& name, std::string_view text) {
    try {
      templates[name] = jinja::parse(text);
    } catch (const Error& e) {
      fail("{}: {}", where, e.what());
    }
    source += text;
  }

  const jinja::Body& choose(bool tools) const {
    if (const auto it = templates.find("tool_use"); tools && it != templates.end()) return it->second;
    const auto it = templates.find("default");
    if (it == templates.end()) fail("{}: expected a template of the name default", where);
    return it->second;
  }
};

ChatTemplate::ChatTemplate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

ChatTemplate ChatTemplate::parse(std::string_view source, const Json& special_tokens, const std::string& where) {
  auto impl = std::make_shared<Impl>();
  impl->where = where;
  impl->special_tokens = special_tokens;
  impl->add("default", source);
  return ChatTemplate(std::move(impl));
}

ChatTemplate ChatTemplate::load(const std::string& folder) {
  auto impl = std::make_shared<Impl>();
  const TokenizerSettings settings = read_tokenizer_settings(folder);
  if (settings.chat_templates.empty())
    fail("{}: there is no chat template, neither chat_template.jinja nor \"chat_template\" in tokenizer_config.json",
         folder);
  impl->special_tokens = special_tokens(settings.json);
  for (const auto& [name, text] : settings.chat_templates) {
    impl->where = fmt::format("{}: chat template {}", folder, name);
    impl->add(name, text);
  }
  impl->where = folder + ": chat template";
  return ChatTemplate(std::move(impl));
}

std::string ChatTemplate::render(const Json& messages, const ChatOptions& options,
                                 std::vector<Span>* generations) const {
  std::tm now{};
  const std::time_t seconds = std::time(nullptr);
  if (options.now)
    now = *options.now;
  else
    localtime_r(&seconds, &now);
  try {
    Json chat = normal_messages(messages);
    const std::string& field = options.continue_final_message;
    if (!field.empty() && options.add_generation_prompt)
      fail("a message cannot be continued and followed by a generation prompt");
    const std::string final_message = field.empty() ? "" : mark_final_message(chat.back(), field);
    jinja::Run run(now);
    jinja::Scope context(nullptr);
    for (const Json* variables : {&impl_->special_tokens, &options.variables}) {
      if (!variables->is_object()) fail("expected the variables to be an object, found {}", variables->type_name());
      for (const auto& [name, value] : variables->items()) context.set(name, Value::from(value));
    }
    context.set("messages", Value::from(chat));
    context.set("tools", Value::from(options.tools));
    context.set("documents", Value::from(options.documents));
    context.set("add_generation_prompt", Value::boolean(options.add_generation_prompt));
    jinja::Scope scope(&context);
    for (const auto& statement : impl_->choose(!options.tools.is_null())) statement->execute(scope, run);
    std::string text = std::move(run.out());
    if (!field.empty()) cut_at_mark(text, final_message);
    if (generations)
      for (const auto& [begin, end] : run.generations)
        generations->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    return text;
  } catch (const Error& e) {
    fail("{}: {}", impl_->where, e.what());
  }
}

}  // namespace gamana
