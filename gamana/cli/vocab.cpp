// gamana vocab: makes the vocabulary of a translation model, shows how it splits text, and joins ids to text again.
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/lines.h"
#include "gamana/cli/run.h"
#include "gamana/text/marian/tokenizer.h"
#include "gamana/text/marian/vocab_trainer.h"

namespace gamana {
namespace {

struct TrainArguments {
  std::vector<std::string> input, input_target;
  std::string out, type = "unigram";
  VocabularyOptions options;
  bool json = false;
};

void train(TrainArguments arguments) {
  VocabularyOptions& options = arguments.options;
  check_no_model(arguments.out, "--out");
  options.type = arguments.type == "bpe" ? VocabularyType::bpe : VocabularyType::unigram;
  const std::vector<std::string> source = read_lines(arguments.input), target = read_lines(arguments.input_target);
  const TranslationTokenizer tokenizer = arguments.input_target.empty() ? train_vocabulary(source, options)
                                                                        : train_vocabularies(source, target, options);
  tokenizer.save(arguments.out);
  const int size = tokenizer.vocabulary_size();
  if (arguments.json) {
    const Json report = {{"folder", arguments.out},
                         {"size", size},
                         {"size_asked_for", options.size},
                         {"type", arguments.type},
                         {"lowercase", options.lowercase},
                         {"separate", tokenizer.separate_vocabularies()},
                         {"lines", source.size() + target.size()}};
    fmt::print("{}\n", report.dump());
    return;
  }
  fmt::print("{}: {} of {} entries ({}{}) from {} lines\n", arguments.out,
             tokenizer.separate_vocabularies() ? "two vocabularies" : "one vocabulary for both languages", size,
             arguments.type, options.lowercase ? ", lower case" : "", source.size() + target.size());
  if (size < options.size)
    fmt::print("{} entries were asked for; the text does not hold more than {} pieces\n", options.size, size);
}

struct TextArguments {
  std::string model, file = "-";
  bool target = false, ids = false, pieces = false, json = false;
};

void encode(const TextArguments& arguments) {
  const TranslationTokenizer tokenizer = TranslationTokenizer::load(arguments.model);
  const MarianTokenizer& side = arguments.target ? tokenizer.target() : tokenizer.source();
  print_lines(arguments.file, [&](std::string_view line, std::string& out) {
    const std::vector<int> ids = side.encode(line);
    if (arguments.json)
      out += Json{{"pieces", side.pieces(ids)}, {"ids", ids}}.dump();
    else if (arguments.ids)
      append_ids(out, ids);
    else
      out += fmt::format("{}", fmt::join(side.pieces(ids), " "));
  });
}

void decode(const TextArguments& arguments) {
  const TranslationTokenizer tokenizer = TranslationTokenizer::load(arguments.model);
  const int size = arguments.target ? tokenizer.target_vocabulary_size() : tokenizer.vocabulary_size();
  print_lines(arguments.file, [&](std::string_view line, std::string& out) {
    const std::vector<int> ids = parse_ids(line);
    for (const int id : ids)
      if (id < 0 || id >= size) fail("id {} is outside of the vocabulary, 0 to {}", id, size - 1);
    const std::string text = arguments.target ? tokenizer.decode_target(ids) : tokenizer.decode_source(ids);
    out += arguments.json ? Json{{"text", text}}.dump() : text;
  });
}

void add_train(CLI::App& vocab) {
  auto a = std::make_shared<TrainArguments>();
  CLI::App* command = vocab.add_subcommand("train", "Makes a vocabulary from text");
  command->add_option("--input", a->input, "Text files, a sentence a line; of both languages for one vocabulary")
      ->required()
      ->type_name("FILE");
  command->add_option("--input-target", a->input_target, "Text of the target language: each language gets its own")
      ->type_name("FILE");
  command->add_option("--out", a->out, "Folder for source.spm, target.spm, vocab.json and their settings")
      ->required()
      ->type_name("DIR");
  command->add_option("--vocab-size", a->options.size, "Entries, </s>, <unk> and <pad> among them")
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--type", a->type, "How pieces are found")
      ->check(CLI::IsMember({"unigram", "bpe"}))
      ->capture_default_str()
      ->type_name("TYPE");
  command->add_flag("--lowercase", a->options.lowercase, "Lower all text, here and whenever it is encoded");
  command->add_option("--character-coverage", a->options.character_coverage,
                      "Share of the characters that have to be pieces; 1 keeps rare ones")
      ->capture_default_str()
      ->type_name("X");
  command->add_option("--source-lang", a->options.source_lang, "Noted in the settings, such as en")->type_name("CODE");
  command->add_option("--target-lang", a->options.target_lang, "Noted in the settings, such as de")->type_name("CODE");
  command->add_flag("--json", a->json, "Report as JSON");
  command->footer(
      "Examples:\n"
      "  gamana vocab train --input train.en train.de --vocab-size 8000 --lowercase --out model\n"
      "  gamana vocab train --input train.en --input-target train.de --type bpe --out model\n"
      "The folder opens in transformers' MarianTokenizer. The same text gives the same vocabulary on every machine.");
  command->callback([a] { train(*a); });
}

CLI::App* add_text_command(CLI::App& vocab, const char* name, const char* help, const char* file_help,
                           std::shared_ptr<TextArguments> a) {
  CLI::App* command = vocab.add_subcommand(name, help);
  command->add_option("-m,--model", a->model, "Folder of the model or vocabulary")->required()->type_name("DIR");
  command->add_flag("--target", a->target, "Take the target language, not the source");
  command->add_option("file", a->file, file_help)->type_name("FILE");
  command->add_flag("--json", a->json, "One JSON object a line");
  return command;
}

}  // namespace

void add_vocab_command(CLI::App& app) {
  CLI::App* vocab = app.add_subcommand("vocab", "Makes vocabularies; splits text into pieces and joins them");
  vocab->require_subcommand(1);
  add_train(*vocab);

  auto e = std::make_shared<TextArguments>();
  CLI::App* encode_command =
      add_text_command(*vocab, "encode", "Shows the pieces or ids that a model is given for each line",
                       "Text, a sentence a line (default: standard input)", e);
  CLI::Option* ids = encode_command->add_flag("--ids", e->ids, "Print ids");
  CLI::Option* pieces = encode_command->add_flag("--pieces", e->pieces, "Print pieces (the default)")->excludes(ids);
  encode_command->get_option("--json")->excludes(ids)->excludes(pieces);
  encode_command->footer(
      "Examples:\n"
      "  echo 'A dog runs.' | gamana vocab encode -m model\n"
      "  gamana vocab encode -m model --target --ids test.de > test.ids");
  encode_command->callback([e] { encode(*e); });

  auto d = std::make_shared<TextArguments>();
  CLI::App* decode_command = add_text_command(*vocab, "decode", "Joins the ids of each line to text",
                                              "Lines of ids (default: standard input)", d);
  decode_command->footer(
      "Examples:\n"
      "  echo '17 4 260 0' | gamana vocab decode -m model --target\n"
      "  gamana vocab encode -m model --ids test.en | gamana vocab decode -m model");
  decode_command->callback([d] { decode(*d); });
}

}  // namespace gamana
