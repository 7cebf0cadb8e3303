#include "gamana/cli/encoder_stream.h"

#include <map>

#include "gamana/base/progress.h"
#include "gamana/cli/run.h"

namespace gamana {

void add_encoder_options(CLI::App& command, EncoderUse& o) {
  command.add_option("-m,--model", o.model, "Model directory")->required();
  command.add_option("--max-length", o.max_length, "Tokens of an input; longer ones are cut (and counted); 0: what the model reads")
      ->check(CLI::Range(0, 1 << 24));
  command.add_option("--precision", o.precision, kPrecisionHelp)->capture_default_str();
  command.add_option("--threads", o.threads, "0: all cores");
  command.add_flag("--json", o.json, "Results as JSON");
}

void add_overflow_option(CLI::App& command, LongText& overflow) {
  static const std::map<std::string, LongText> kNames = {
      {"truncate", LongText::truncate}, {"window", LongText::window}, {"error", LongText::error}};
  command
      .add_option_function<std::string>(
          "--overflow", [&overflow](const std::string& name) { overflow = kNames.at(name); },
          "A text longer than the input: truncate it (which is counted), read it in windows that share a quarter, or stop with an error")
      ->check(CLI::IsMember({"truncate", "window", "error"}))
      ->default_str("truncate");
}

EncoderPipeline open_encoder(const EncoderUse& o, Task task) {
  choose_threads(o.threads);
  return EncoderPipeline(o.model, task, o.max_length, choose_precision(o.precision));
}

void say_truncated(const TextEncoder& encoder) {
  if (encoder.truncated())
    say("{} texts are longer than {} tokens and were cut\n", encoder.truncated(), encoder.max_length());
}

void JsonArray::add(const Json& element) {
  fmt::print("{}{}", empty_ ? "[\n" : ",\n", element.dump(-1, ' ', false, Json::error_handler_t::replace));
  empty_ = false;
}

void JsonArray::end() { fmt::print("{}\n", empty_ ? "[]" : "\n]"); }

}  // namespace gamana
