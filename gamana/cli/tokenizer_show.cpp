// gamana tokenizer show.
#include <cstdio>
#include <unordered_set>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/text/tokenizer.h"
#include "gamana/view/canvas.h"
#include "gamana/view/tokens.h"

namespace gamana {
namespace {

struct Arguments {
  std::vector<std::string> models;
  std::string text, file, output;
  bool no_special = false;
};

std::string read_all(std::FILE* stream) {
  std::string text;
  char buffer[1 << 16];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, stream)) > 0;) text.append(buffer, n);
  return text;
}

// The text as one, with its lines; the end of a file's last line is none of it.
std::string text_of(const Arguments& a) {
  const bool standard = a.file == "-" || a.file.empty();
  std::string text = !a.text.empty() ? a.text : standard ? read_all(stdin) : read_file(a.file);
  if (a.text.empty() && text.ends_with('\n')) text.pop_back();
  const std::string name = !a.text.empty() ? "--text" : standard ? "standard input" : a.file;
  if (find_invalid_utf8(text) != std::string::npos)
    throw Error(name + " is not valid UTF-8", "convert it, for instance with iconv -t UTF-8");
  if (text.empty()) fail("{}: expected a text, found none", name);
  return text;
}

view::TokenizedText tokenized(const std::string& model, const std::string& text, bool add_special_tokens) {
  const Tokenizer tokenizer = Tokenizer::load(model);
  EncodeOptions options;
  options.add_special_tokens = add_special_tokens, options.truncate = false;
  const Encoding encoding = tokenizer.encode(text, options);
  const std::vector<std::string> tokens = tokenizer.tokens(encoding);
  std::unordered_set<int32_t> special;
  for (const AddedToken& token : tokenizer.added_tokens())
    if (token.special) special.insert(token.id);
  view::TokenizedText out{model, {}};
  for (size_t i = 0; i < encoding.size(); ++i) {
    const int32_t id = encoding.ids[i];
    const auto kind = id == tokenizer.unknown_id()                                   ? view::TokenKind::unknown
                      : encoding.special_tokens_mask[i] != 0 || special.count(id) > 0 ? view::TokenKind::special
                                                                                     : view::TokenKind::plain;
    out.tokens.push_back({id, tokens[i], encoding.offsets[i].begin, encoding.offsets[i].end, kind});
  }
  return out;
}

void show(const Arguments& a) {
  if (!a.text.empty() && !a.file.empty()) fail("expected --text or a file, found both");
  if (!a.output.empty()) view::check_picture(a.output, {".html"}), check_writable(a.output);
  const std::string text = text_of(a);
  view::TokenPage page{"", text, {}};
  for (const std::string& model : a.models) page.columns.push_back(tokenized(model, text, !a.no_special));
  if (!a.output.empty()) return view::write_html(page, a.output);
  for (const view::TokenizedText& column : page.columns) {
    const size_t count = column.tokens.size();
    fmt::print("{}{}: {} token{}\n{}", &column == &page.columns[0] ? "" : "\n", column.name, count, count == 1 ? "" : "s",
               view::draw_tokens(text, column, terminal_width(), is_terminal(1)));
  }
}

}  // namespace

void add_tokenizer_show_command(CLI::App& tokenizer) {
  auto a = std::make_shared<Arguments>();
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
