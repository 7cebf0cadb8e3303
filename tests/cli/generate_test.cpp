// Writing with a language model, and conversing, as users do it. The model is untrained: its text means nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "gamana/base/file.h"
#include "program.h"

namespace gamana {
namespace {

// Letters, digits and a few signs, each a token; 0 ends.
const std::string kSigns = "abcdefghijklmnopqrstuvwxyz .,:<>/\n";

Json tokenizer_json(int unused) {
  Json vocabulary = {{"<end>", 0}};
  for (const char c : kSigns) vocabulary[c == ' ' ? "\xC4\xA0" : c == '\n' ? "\xC4\x8A" : std::string(1, c)] = vocabulary.size();
  for (int i = 0; i < unused; ++i) vocabulary[fmt::format("unused{}", i)] = vocabulary.size();
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const Json end = {{"id", 0}, {"content", "<end>"}, {"single_word", false}, {"lstrip", false}, {"rstrip", false},
                    {"normalized", false}, {"special", true}};
  return {{"version", "1.0"}, {"added_tokens", {end}}, {"pre_tokenizer", bytes}, {"decoder", bytes},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}};
}

// A safetensors file of tensors that are drawn by their place.
std::string drawn_weights(const std::vector<std::pair<std::string, std::vector<int>>>& shapes) {
  Json header;
  std::vector<float> values;
  uint32_t bits = 1;
  for (const auto& [name, shape] : shapes) {
    const size_t begin = values.size() * 4;
    int size = 1;
    for (const int d : shape) size *= d;
    const bool gain = name.find("ln_") != std::string::npos && name.ends_with("weight");
    for (int i = 0; i < size; ++i) {
      bits = bits * 1664525u + 1013904223u;
      values.push_back(gain ? 1.0f : static_cast<float>((bits >> 8) * 0x1.0p-24 - 0.5));
    }
    header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, values.size() * 4}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + text +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4);
}

// A GPT-2 of one layer, in folder `name`.
void write_model(const Workspace& w, const std::string& name, int positions = 64, int unused_tokens = 0) {
  const int vocabulary = static_cast<int>(kSigns.size()) + 1, width = 16;
  make_directory(w.path(name));
  std::vector<std::pair<std::string, std::vector<int>>> shapes = {
      {"transformer.wte.weight", {vocabulary, width}}, {"transformer.wpe.weight", {positions, width}}};
  const std::string layer = "transformer.h.0.";
  for (const auto& [part, in, out] : {std::tuple{"attn.c_attn", width, 3 * width}, {"attn.c_proj", width, width},
                                      {"mlp.c_fc", width, 4 * width}, {"mlp.c_proj", 4 * width, width}}) {
    shapes.push_back({layer + part + ".weight", {in, out}});
    shapes.push_back({layer + part + ".bias", {out}});
  }
  for (const std::string& norm : {layer + "ln_1", layer + "ln_2", std::string("transformer.ln_f")})
    for (const char* part : {".weight", ".bias"}) shapes.push_back({norm + part, {width}});
  const Json config = {{"architectures", {"GPT2LMHeadModel"}}, {"model_type", "gpt2"}, {"vocab_size", vocabulary},
                       {"n_embd", width}, {"n_layer", 1}, {"n_head", 2}, {"n_positions", positions},
                       {"eos_token_id", 0}, {"bos_token_id", 0}};
  w.write(name + "/config.json", config.dump());
  w.write(name + "/model.safetensors", drawn_weights(shapes));
  w.write(name + "/tokenizer.json", tokenizer_json(unused_tokens).dump());
  w.write(name + "/tokenizer_config.json", R"({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<end>"})");
}

// Its end token is beyond the vocabulary: nothing ends its texts.
void take_end_token(const Workspace& w, const std::string& name) {
  Json config = parse_json(w.read(name + "/config.json"), "config.json");
  config["eos_token_id"] = config["bos_token_id"] = 50256;
  w.write(name + "/config.json", config.dump());
  w.write(name + "/tokenizer_config.json", "{}");
}

const Arguments kGenerate = {"generate", "-m", "model", "--threads", "1"};

std::vector<Json> lines_of(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::vector<Json> lines;
  for (size_t at = 0, end; (end = ran.out.find('\n', at)) != std::string::npos; at = end + 1)
    lines.push_back(parse_json(ran.out.substr(at, end - at), "the program's output"));
  return lines;
}

TEST(Generate, WritesTheSameAloneAndAmongOthers) {
  const Workspace w;
  write_model(w, "model");
  const Arguments options = {"--max-new-tokens", "12", "--temperature", "0.9", "--seed", "3", "--top-p", "0.9"};
  w.write("prompts.txt", "abc\n\nthe same begin, one\nthe same begin, two\nabc\n");
  const auto together = lines_of(w.run(kGenerate + options + Arguments{"prompts.txt", "--json"}));
  ASSERT_EQ(together.size(), 5u);
  EXPECT_EQ(together[0], together[4]);
  for (const Json& line : together) {
    EXPECT_EQ(line["finish_reason"], line["tokens"].back() == 0 ? "stop" : "length");
    const std::string prompt = line["prompt"];
    const Ran alone = w.run(kGenerate + options + Arguments{"--prompt", prompt});
    EXPECT_EQ(alone.out, prompt + line["text"].get<std::string>() + "\n") << alone.err;
  }
  const auto other = lines_of(w.run(kGenerate + with(options, {"--seed", "4"}) + Arguments{"--prompt", "abc", "--json"}));
  EXPECT_NE(other[0]["text"], together[0]["text"]);
}

TEST(Generate, OptionsOfAPromptStandInItsLine) {
  const Workspace w;
  write_model(w, "model");
  const auto lines = lines_of(w.run(kGenerate + Arguments{"--jsonl", "--json", "--logprobs", "2"},
                                    "{\"prompt\": \"abc\", \"max_new_tokens\": 3}\n"
                                    "{\"prompt\": \"abc\", \"max_new_tokens\": 5, \"num_return_sequences\": 2, \"temperature\": 1.5}\n"));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_LE(lines[0]["tokens"].size(), 3u);
  for (const Json& line : lines) {
    ASSERT_EQ(line["logprobs"].size(), line["tokens"].size());
    EXPECT_EQ(line["logprobs"][0]["id"], line["tokens"][0]);
    EXPECT_EQ(line["logprobs"][0]["top"].size(), 2u);
    EXPECT_GE(line["logprobs"][0]["top"][0]["logprob"], line["logprobs"][0]["logprob"]);
  }
  EXPECT_EQ(lines[0]["logprobs"][0]["top"][0]["id"], lines[0]["tokens"][0]);  // greedy
  expect_fault(w.run(kGenerate + Arguments{"--jsonl"}, "{\"prompt\": \"abc\", \"temprature\": 3}\n"), {"temprature"});
  expect_fault(w.run(kGenerate + Arguments{"--jsonl"}, "{\"text\": \"abc\"}\n"), {"line 1", "prompt"});
  for (const std::string option : {"\"top_p\": 7", "\"stop\": \"\"", "\"seed\": -1", "\"num_beams\": 2, \"top_p\": 0.5"})
    expect_fault(w.run(kGenerate + Arguments{"--jsonl"}, "{\"prompt\": \"a\"}\n{\"prompt\": \"a\", " + option + "}\n"), {"prompt 2"});
}

TEST(Generate, EndsBeforeStopStringsAndAtTheContext) {
  const Workspace w;
  write_model(w, "model", 16), take_end_token(w, "model");
  const Arguments greedy = kGenerate + Arguments{"--prompt", "abc", "--json"};
  const Ran whole = w.run(greedy + Arguments{"--repetition-penalty", "3"});
  const Json text = lines_of(whole)[0];
  EXPECT_EQ(text["finish_reason"], "length");
  EXPECT_EQ(text["tokens"].size(), 13u);
  EXPECT_NE(whole.err.find("context of 16 tokens is full"), std::string::npos) << whole.err;
  const std::string written = text["text"];
  ASSERT_GE(written.size(), 4u);
  const std::string stop = written.substr(2, 2);
  const Json cut = lines_of(w.run(greedy + Arguments{"--repetition-penalty", "3", "--stop", stop}))[0];
  EXPECT_EQ(cut["text"], written.substr(0, written.find(stop)));
  EXPECT_EQ(cut["finish_reason"], "stop_string");
  const Ran slid = w.run(greedy + Arguments{"--overflow", "slide", "--max-new-tokens", "40", "--temperature", "2"});
  const Json on = lines_of(slid)[0];
  EXPECT_EQ(on["tokens"].size(), 40u);
  EXPECT_NE(slid.err.find("older half is forgotten"), std::string::npos) << slid.err;
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "abcdefghijklmnopqrs"}), {"19 tokens", "context of 16"});
}

TEST(Generate, FaultsAreOneSentence) {
  const Workspace w;
  write_model(w, "model"), write_model(w, "foreign", 64, 5), write_model(w, "endless"), write_model(w, "damaged");
  expect_fault(w.run({"generate", "-m", "nothing", "--prompt", "a"}), {"nothing", "config.json"});
  expect_fault(w.run({"generate", "-m", "foreign", "--prompt", "a"}), {"40", "35", "belong together"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--temperature", "-1"}), {"--temperature"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--top-p", "1.5"}), {"top_p", "1.5"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--stop", ""}), {"stop"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--logprobs", "2"}), {"--json"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--json", "--logprobs", "2", "--beams", "2"}), {"--logprobs 2 goes with", "2 beams"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--jsonl"}), {"--jsonl goes with lines"});
  expect_fault(w.run(kGenerate, "\xFF\xFE\n"), {"line 1", "UTF-8"});
  expect_fault(w.run(kGenerate), {"standard input"});
  for (const std::string option : {"--prompt", "--stop"})
    expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", option, "b\xFF"}), {option + ": expected UTF-8, found byte 0xFF"});
  expect_fault(w.run(kGenerate + Arguments{"--prompt", "a", "--max-new-tokens", "-1"}), {"--max-new-tokens: expected a number above 0, found -1"});
  for (const std::string view : {"next", "attention"})
    expect_fault(w.run({"view", view, "-m", "foreign", "--text", "a", "-o", "page.html"}), {"40", "35", "belong together"});
  // An empty prompt begins with a token, or is refused.
  EXPECT_EQ(w.run(kGenerate + Arguments{"--prompt", "", "--max-new-tokens", "2"}).code, 0);
  take_end_token(w, "endless");
  expect_fault(w.run({"generate", "-m", "endless", "--prompt", ""}), {"prompt is empty"});
  EXPECT_EQ(w.run({"generate", "-m", "endless", "--prompt", "a", "--temperature", "0", "--top-k", "999999"}).code, 0);
  std::string weights = w.read("damaged/model.safetensors");
  const std::vector<float> huge(16, 3e38f);  // the last norm's bias: sums overflow
  weights.replace(weights.size() - 64, 64, reinterpret_cast<const char*>(huge.data()), 64);
  w.write("damaged/model.safetensors", weights);
  expect_fault(w.run({"generate", "-m", "damaged", "--prompt", "a"}), {"logit", "not numbers"});
}

TEST(Generate, TheCacheHasItsLimit) {
  const Workspace w;
  write_model(w, "model", 40000);
  const Arguments long_text = {"--prompt", "a", "--max-new-tokens", "30000"};
  expect_fault(w.run(kGenerate + long_text + Arguments{"--max-memory", "2"}), {"128 bytes per token", "30001", "MiB"});
}

TEST(Generate, AnInterruptionKeepsWhatIsThere) {
  const Workspace w;
  write_model(w, "model");
  const pid_t process = w.start(kGenerate + Arguments{"--prompt", "abc", "--overflow", "slide", "--temperature", "2",
                                                      "--max-new-tokens", "100000000"});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  ::kill(process, SIGINT);
  const Ran ran = w.wait_for(process);
  EXPECT_TRUE(ran.code == 0 || ran.code == -SIGINT) << ran.code << ran.err;  // on a busy machine it had not begun
  if (ran.code == 0) {
    EXPECT_TRUE(ran.out.starts_with("abc"));
    EXPECT_TRUE(ran.out.ends_with("\n"));
  }
}

TEST(Generate, ChatsByTheModelsTemplate) {
  const Workspace w;
  write_model(w, "model", 400);
  const Arguments chat = {"chat", "-m", "model", "--threads", "1", "--max-new-tokens", "10"};
  expect_fault(w.run(chat, "hello\n"), {"chat template"});
  w.write("model/chat_template.jinja",
          "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
  const Ran two = w.run(chat, "hello\nagain\n");
  EXPECT_EQ(two.code, 0) << two.err;
  EXPECT_GE(std::count(two.out.begin(), two.out.end(), '\n'), 2);
  EXPECT_EQ(two.err, "");
  const Ran one = w.run(chat, "hello\n"), anew = w.run(chat, "hello\n/reset\nhello\n/quit\nhello\n");
  EXPECT_EQ(anew.out, one.out + one.out);
  EXPECT_TRUE(two.out.starts_with(one.out));
  // The answer is what follows the template's text.
  std::string prompt = "<user>hello\n<assistant>";
  const Json text = lines_of(w.run(kGenerate + Arguments{"--prompt", prompt, "--max-new-tokens", "10", "--json"}))[0];
  EXPECT_EQ(one.out, text["text"].get<std::string>() + "\n");
  // Where the context ends, the answer does.
  write_model(w, "small", 30), take_end_token(w, "small");
  w.write("small/chat_template.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
  const Ran full = w.run({"chat", "-m", "small", "--threads", "1"}, "hello\n");
  EXPECT_EQ(full.code, 0) << full.err;
  EXPECT_NE(full.err.find("context of 30 tokens is full"), std::string::npos) << full.err;
}

TEST(Generate, DoesWhatTheModelsConfigurationAsks) {
  const Workspace w;
  write_model(w, "model"), take_end_token(w, "model");
  const Arguments greedy = kGenerate + Arguments{"--prompt", "abc", "--json", "--max-new-tokens", "12"};
  const auto told = [&](const Json& config) {
    w.write("model/generation_config.json", config.dump());
    return w.run(greedy);
  };
  const Json plain = lines_of(told(Json::object()))[0];
  const std::vector<int> tokens = plain["tokens"];
  const std::string text = plain["text"];
  const Json others = lines_of(told({{"bad_words_ids", {{tokens[0]}, {tokens[2], tokens[3]}}}}))[0];
  EXPECT_EQ(std::count(others["tokens"].begin(), others["tokens"].end(), tokens[0]), 0);
  EXPECT_NE(lines_of(told({{"begin_suppress_tokens", {tokens[0]}}}))[0]["tokens"][0], tokens[0]);
  EXPECT_EQ(lines_of(told({{"forced_eos_token_id", 7}}))[0]["tokens"].back(), 7);
  EXPECT_EQ(lines_of(told({{"eos_token_id", tokens[0]}}))[0]["tokens"].size(), 1u);
  EXPECT_GT(lines_of(told({{"eos_token_id", tokens[0]}, {"min_new_tokens", 3}}))[0]["tokens"].size(), 3u);
  const std::string stop = text.substr(3, 2);
  EXPECT_EQ(lines_of(told({{"stop_strings", {stop}}}))[0]["text"], text.substr(0, text.find(stop)));
  expect_fault(told({{"exponential_decay_length_penalty", {3, 1.5}}}), {"generation_config.json", "exponential_decay_length_penalty"});
  expect_fault(told({{"top_k", 1e30}}), {"generation_config.json", "top_k"});
}

// What a terminal shows up to `text`; all there is where it does not come within 30 seconds.
std::string shown_until(int terminal, const std::string& text) {
  std::string shown;
  char byte;
  pollfd ready{terminal, POLLIN, 0};
  while (!shown.ends_with(text) && ::poll(&ready, 1, 30'000) == 1 && ::read(terminal, &byte, 1) == 1) shown += byte;
  return shown;
}

// Ctrl-C may come when an answer has just ended.
TEST(Generate, CtrlCAtThePromptKeepsTheConversation) {
  const Workspace w;
  write_model(w, "model", 400);
  w.write("model/chat_template.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
  int terminal = -1;
  const pid_t process = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(process, 0);
  if (process == 0) {
    ::execl(GAMANA_BINARY_DIR "/gamana", "gamana", "chat", "-m", w.path("model").c_str(), "--max-new-tokens", "5", nullptr);
    ::_exit(127);
  }
  const std::string ctrl_c = "\x03", said = "hello\n";
  EXPECT_TRUE(shown_until(terminal, "> ").ends_with("> "));
  ASSERT_EQ(::write(terminal, ctrl_c.data(), 1), 1);
  const std::string once = shown_until(terminal, "> ");
  EXPECT_NE(once.find("once more"), std::string::npos) << once;
  ASSERT_EQ(::write(terminal, said.data(), said.size()), std::ssize(said));
  EXPECT_TRUE(shown_until(terminal, "> ").starts_with("hello"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(::write(terminal, ctrl_c.data(), 1), 1);
    shown_until(terminal, "> ");
  }
  int status = -1;
  shown_until(terminal, "the end of the terminal");
  if (::waitpid(process, &status, WNOHANG) == 0) std::this_thread::sleep_for(std::chrono::seconds(1)), ::kill(process, SIGKILL);
  if (status == -1) {
    ASSERT_EQ(::waitpid(process, &status, 0), process);
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  ::close(terminal);
}

}  // namespace
}  // namespace gamana
