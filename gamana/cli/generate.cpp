// gamana generate.
#include <map>

#include "gamana/base/progress.h"
#include "gamana/base/text_file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/generation.h"
#include "gamana/cli/interrupt.h"
#include "gamana/cli/lines.h"
#include "gamana/cli/usage.h"
#include "gamana/jobs/generation_config.h"
#include "gamana/jobs/stop_text.h"

namespace gamana {
namespace {

constexpr int kNewTokens = 200;  // where neither the user nor the model says another limit

struct GenerateCommandOptions {
  GenerationFlags flags;
  std::vector<std::string> prompts;
  std::string file;
  std::optional<int> logprobs;
  bool lines_are_json = false, json = false;
};

struct PromptRequest {
  std::string text;
  Json options = Json::object();  // of a JSON line
};

PromptRequest parse_prompt(const std::string& line, const std::string& where) {
  Json json = parse_json(line, where);
  const auto text = json.is_object() ? json.find("prompt") : json.end();
  if (text == json.end() || !text->is_string()) fail("{}: expected an object with a \"prompt\", found {:.100}", where, line);
  PromptRequest prompt{text->get<std::string>(), std::move(json)};
  prompt.options.erase("prompt");
  return prompt;
}

std::vector<PromptRequest> read_prompts(const GenerateCommandOptions& o) {
  std::vector<PromptRequest> prompts;
  for (const std::string& text : o.prompts) prompts.push_back({text});
  if (!o.prompts.empty() && !o.file.empty()) fail("expected prompts with --prompt or in a file, found both");
  if (!o.prompts.empty()) return prompts;
  if (o.file.empty() && is_terminal(0))
    throw Error("expected a prompt, found none",
                "give --prompt \"…\", a file with a prompt a line, or prompts on standard input");
  const bool json = o.lines_are_json || o.file.ends_with(".jsonl");
  TextFile file(o.file.empty() ? "-" : o.file);
  std::string_view line;
  do {
    while (file.take_line(line)) {
      while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
      const std::string text(line);
      prompts.push_back(json ? parse_prompt(text, fmt::format("{}, line {}", file.path(), file.line())) : PromptRequest{text});
    }
  } while (file.fill());
  if (prompts.empty()) fail("{}: expected a prompt a line, found nothing", file.path());
  return prompts;
}

// A prompt's own options in place of those of the command line.
void apply_own_options(const PromptRequest& prompt, const std::string& where, int vocabulary, TextRequest& request) {
  static const std::vector<std::string> sampling = {"temperature", "top_k", "top_p", "min_p", "typical_p", "seed"};
  static const std::vector<std::string> others = {"max_new_tokens", "repetition_penalty", "no_repeat_ngram_size",
                                                  "num_beams", "num_return_sequences", "do_sample", "stop"};
  const auto is_among = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  RequestOptions& o = request.options;
  for (const auto& [key, value] : prompt.options.items()) {
    if (is_among(sampling, key)) o.do_sample = true;
    else if (!is_among(others, key))
      fail("{}: \"{}\" is no option of a prompt; there are {}, {}", where, key, fmt::join(sampling, ", "),
           fmt::join(others, ", "));
    if (key == "max_new_tokens") o.max_length = 0;
  }
  o = generation_options(prompt.options, where, o);
  if (const auto stop = prompt.options.find("stop"); stop != prompt.options.end())
    request.stop = read_texts(*stop, "stop", where);
  if (prompt.options.empty()) return;
  try {
    o.validate(vocabulary);
    StopText check(request.stop);
  } catch (const Error& e) {
    throw Error(fmt::format("{}: {}", where, e.what()), e.hint());
  }
}

std::vector<int> encode_prompt(const TextGenerator& generator, const PromptRequest& prompt, const std::string& where) {
  try {
    return generator.encode(prompt.text);
  } catch (const Error& e) {
    throw Error(fmt::format("{}: {}", where, e.what()), e.hint());
  }
}

std::vector<TextRequest> make_requests(const GenerateCommandOptions& o, const Writer& writer, const TextGenerator& generator,
                                       const std::vector<PromptRequest>& prompts) {
  RequestOptions common = request_options(o.flags, writer.defaults());
  if (common.max_new_tokens == 0 && common.max_length == 0) common.max_new_tokens = kNewTokens;
  if (o.logprobs.value_or(0) > 0 && common.num_beams > 1)
    throw Error(fmt::format("--logprobs {} goes with drawing or --greedy: a search with {} beams weighs texts, not tokens", *o.logprobs, common.num_beams),
                "--logprobs 0 tells those of the text alone");
  common.output_scores = o.logprobs.has_value();
  common.alternatives = o.logprobs.value_or(0);
  const int vocabulary = writer.vocabulary();
  std::vector<TextRequest> requests;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const std::string where = fmt::format("prompt {}", i + 1);
    TextRequest request{encode_prompt(generator, prompts[i], where), common, writer.stop()};
    apply_own_options(prompts[i], where, vocabulary, request);
    requests.push_back(std::move(request));
  }
  return requests;
}

Json token_json(const Tokenizer& tokenizer, int token, float log_probability) {
  const int32_t ids[] = {token};
  return {{"id", token}, {"token", tokenizer.decode(ids, false)}, {"logprob", log_probability}};
}

Json result_json(const PromptRequest& prompt, const GeneratedText& text, const Tokenizer& tokenizer, bool scores) {
  Json json = {{"prompt", prompt.text},
               {"text", text.text},
               {"tokens", text.tokens},
               {"finish_reason", finish_name(text.finish)}};
  if (!scores) return json;
  Json list = Json::array();
  for (size_t t = 0; t < text.log_probabilities.size(); ++t) {
    Json token = token_json(tokenizer, text.tokens[t], text.log_probabilities[t]);
    if (t < text.alternatives.size()) {
      token["top"] = Json::array();
      for (const auto& [id, value] : text.alternatives[t]) token["top"].push_back(token_json(tokenizer, id, value));
    }
    list.push_back(std::move(token));
  }
  json["logprobs"] = std::move(list);
  return json;
}

// Prints results in the order of prompts, each as soon as those before it are there; one alone as it is written.
class Printer {
 public:
  Printer(const GenerateCommandOptions& o, const std::vector<PromptRequest>& prompts, const std::vector<TextRequest>& requests,
          const Tokenizer& tokenizer)
      : options_(o), prompts_(prompts), tokenizer_(tokenizer) {
    const RequestOptions& first = requests[0].options;
    streams_ = !o.json && prompts.size() == 1 && first.width() == 1;
  }
  void piece(std::string_view text) {
    if (!streams_) return;
    if (printed_++ == 0) print_now(prompts_[0].text);
    print_now(text);
  }
  void finished(size_t request, const std::vector<GeneratedText>& texts) {
    waiting_[request] = texts;
    for (auto next = waiting_.find(next_); next != waiting_.end(); next = waiting_.find(next_)) {
      for (const GeneratedText& text : next->second) print(prompts_[next_], text);
      waiting_.erase(next);
      ++next_;
    }
  }
  size_t done() const { return next_; }

 private:
  void print(const PromptRequest& prompt, const GeneratedText& text) {
    if (streams_) return print_now(printed_ == 0 ? prompt.text + "\n" : "\n");
    if (options_.json) {
      const Json json = result_json(prompt, text, tokenizer_, options_.logprobs.has_value());
      return print_now(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    }
    if (printed_++) print_now("----------\n");
    print_now(prompt.text + text.text + "\n");
  }

  const GenerateCommandOptions& options_;
  const std::vector<PromptRequest>& prompts_;
  const Tokenizer& tokenizer_;
  bool streams_;
  size_t next_ = 0, printed_ = 0;
  std::map<size_t, std::vector<GeneratedText>> waiting_;
};

void generate(const GenerateCommandOptions& o) {
  if (o.logprobs && !o.json) fail("--logprobs: expected --json with it, which shows them");
  const std::vector<PromptRequest> prompts = read_prompts(o);
  Writer writer(o.flags);
  RunOptions run;
  run.max_memory = writer.cache_bytes();
  TextGenerator generator(writer.decoder(), writer.tokenizer(), writer.begin(), run);
  const std::vector<TextRequest> requests = make_requests(o, writer, generator, prompts);
  Printer printer(o, prompts, requests, writer.tokenizer());
  const Interrupts interrupts;
  TextCallbacks callbacks;
  callbacks.text = [&](size_t, int, std::string_view piece) { return printer.piece(piece), true; };
  callbacks.finished = [&](size_t request, const std::vector<GeneratedText>& texts) {
    printer.finished(request, texts);
    for (const GeneratedText& text : texts)
      if (writer.fills(requests[request], text)) writer.say_full("--overflow slide goes on");
  };
  callbacks.slid = [&](size_t) { writer.say_full("its older half is forgotten"); };
  callbacks.interrupted = [] { return Interrupts::flag().load(); };
  generator.run(requests, callbacks);
  if (printer.done() < prompts.size())
    fail("interrupted: {} of {} prompts are answered", printer.done(), prompts.size());
}

}  // namespace

void add_generate_command(CLI::App& app) {
  auto o = std::make_shared<GenerateCommandOptions>();
  auto* c = app.add_subcommand("generate", "Let a language model go on with a text");
  c->add_option("FILE", o->file,
                "A prompt a line, or JSON objects (.jsonl) with \"prompt\" and its options; - or nothing: standard input");
  c->add_option("--prompt", o->prompts, "A prompt, in place of a file; may be given again")->allow_extra_args(false)->check(utf8_text());
  add_generation_options(*c, o->flags);
  c->get_option("--max-new-tokens")->description(fmt::format("Tokens after the prompt at most; as the model says, else {}", kNewTokens));
  c->add_option("--num-return-sequences", o->flags.sequences, "Texts for each prompt; as the model says, else 1")->check(above_zero());
  c->add_option("--beams,--num-beams", o->flags.beams, "Search with so many beams instead of drawing")->check(above_zero());
  c->add_flag("--json", o->json, "One JSON object a line: prompt, text, tokens, finish_reason");
  c->add_option("--logprobs", o->logprobs,
                "With --json: log-probabilities of tokens, and so many of the likeliest in place of each")
      ->check(from_zero());
  c->add_flag("--jsonl", o->lines_are_json, "Lines of standard input are JSON objects");
  c->footer("Examples:\n  gamana generate -m gpt2 --prompt \"The castle on the hill\" --temperature 0.8\n"
            "  gamana generate -m gpt2 --prompt $'Q: What is a loom?\\nA:' --stop Q: --max-new-tokens 50\n"
            "  gamana generate -m gpt2 prompts.txt --top-p 0.9 --num-return-sequences 3 --json > texts.jsonl\n"
            "  echo '{\"prompt\": \"Once\", \"temperature\": 0.5, \"seed\": 7}' | gamana generate -m gpt2 --jsonl");
  c->callback([o, c] {
    check_meanings(o->flags, given_options(*c));
    check_meanings(given_options(*c), {{"--jsonl", o->prompts.empty(), "lines, and --prompt gives none"}});
    generate(*o);
  });
}

}  // namespace gamana
