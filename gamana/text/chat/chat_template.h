#pragma once
// Chats as the text that a model was trained with: transformers' apply_chat_template. The template is Jinja's language,
// of which docs/text/chat.md states the part that is understood here.
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/json.h"
#include "gamana/text/aligned_text.h"

namespace gamana {

struct ChatOptions {
  bool add_generation_prompt = false;  // the text ends with what comes before an answer
  // The field of the last message ("content") that the model is to go on with: the text ends there. "": none.
  std::string continue_final_message;
  Json tools, documents;  // lists, or null
  Json variables =
      Json::object();          // more that the template asks for, such as enable_thinking; stronger than special tokens
  std::optional<std::tm> now;  // for strftime_now; by default the local time
};

// Parsed once, immutable, may be shared by threads.
class ChatTemplate {
 public:
  // The template of a model's folder: chat_template.jinja with additional_chat_templates/*.jinja, else "chat_template" of
  // tokenizer_config.json, with the special tokens of that file. A list of templates gives `default`, and tool_use where tools are given. Throws Error
  // if there is none.
  static ChatTemplate load(const std::string& folder);
  // `special_tokens` is an object such as {"bos_token": "<s>"}. Throws Error naming `where` and the line.
  static ChatTemplate parse(std::string_view source, const Json& special_tokens = Json::object(),
                            const std::string& where = "chat template");

  // `messages` is a list of objects, {"role": …, "content": …}. Throws Error with the line of the template and what is
  // wrong, also if the template raises one itself. `generations` receives the places in the text of what {% generation
  // %} encloses.
  std::string render(const Json& messages, const ChatOptions& options = {},
                     std::vector<Span>* generations = nullptr) const;

 private:
  struct Impl;
  explicit ChatTemplate(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gamana
