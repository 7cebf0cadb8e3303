// gamana tokenizer show.
#include <cstdio>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/shown_text.h"
#include "gamana/view/canvas.h"
#include "gamana/view/tokens.h"

namespace gamana {
namespace {

struct ShowArguments {
  std::vector<std::string> models;
  std::optional<std::string> text;
  std::string file, output;
  bool no_special = false;
};

void show(const ShowArguments& a) {
  if (!a.output.empty()) view::check_picture(a.output, {".html"}), check_writable(a.output);
  const std::string text = whole_text(a.text, a.file);
  view::TokenPage page{"", text, {}};
  for (const std::string& model : a.models)
    page.columns.push_back(shown_tokens(Tokenizer::load(model), model, text, !a.no_special));
  if (!a.output.empty()) return view::write_html(page, a.output);
  for (const view::TokenizedText& column : page.columns) {
    const size_t count = column.tokens.size();
    fmt::print("{}{}: {} token{}\n{}", &column == &page.columns[0] ? "" : "\n", column.name, count, count == 1 ? "" : "s",
               view::draw_tokens(text, column, terminal_width(), shows_colors(1)));
  }
}

}  // namespace

void add_tokenizer_show_command(CLI::App& tokenizer) {
  auto a = std::make_shared<ShowArguments>();
  CLI::App* command = tokenizer.add_subcommand("show", "Shows a text coloured by token, in the terminal or as a page");
  command->add_option("-m,--model", a->models, "Folder of a model or tokenizer, or a tokenizer.json; may be given again")
      ->required()
      ->allow_extra_args(false)
      ->type_name("DIR");
  command->add_option("--text", a->text, "The text")->type_name("TEXT");
  command->add_option("file", a->file, "A file with the text (default: standard input)")->type_name("FILE");
  command->add_option("-o,--output", a->output, "A page, .html, that works offline; without, drawn in the terminal")
      ->type_name("FILE");
  command->add_flag("--no-special", a->no_special, "Add no special tokens");
  command->footer(
      "Examples:\n"
      "  gamana tokenizer show -m gpt2 --text 'Pay attention!'\n"
      "  gamana tokenizer show -m gpt2 -m bert-base-uncased chapter.txt -o tokens.html");
  command->callback([a] { show(*a); });
}

}  // namespace gamana
