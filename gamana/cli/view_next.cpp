// gamana view next: how probable a language model finds each token of a text.
#include <algorithm>
#include <cstdio>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/cli/encoder_stream.h"
#include "gamana/cli/shown_text.h"
#include "gamana/jobs/generate_text.h"
#include "gamana/jobs/next_tokens.h"
#include "gamana/view/canvas.h"
#include "gamana/view/next_tokens.h"

namespace gamana {
namespace {

struct NextOptions {
  EncoderUse use;
  std::optional<std::string> text;
  std::string file, output;
  int top = 10, context = 0;
};

// Each byte belongs to a token: what offsets leave out, a space before a word, to the one behind it.
void cover(std::vector<view::ShownToken>& tokens, size_t bytes) {
  uint32_t covered = 0;
  view::ShownToken* last = nullptr;
  for (view::ShownToken& t : tokens) {
    if (t.begin >= t.end && t.end <= covered) {  // no text at all
      t.begin = t.end = covered;
      continue;
    }
    t.begin = std::min(t.begin, covered);
    covered = std::max(covered, t.end), last = &t;
  }
  if (last) last->end = std::max(last->end, static_cast<uint32_t>(bytes));
}

void view_next(const NextOptions& o) {
  if (!o.output.empty()) view::check_picture(o.output, {".html", ".png", ".svg", ".json"}), check_writable(o.output);
  const std::string text = whole_text(o.text, o.file);
  const EncoderPipeline pipeline = open_encoder(o.use, Task::next_word);
  const Tokenizer& tokenizer = pipeline.encoder().tokenizer();
  const int reads = pipeline.encoder().max_length(), context = o.context > 0 ? o.context : reads;
  if (context > reads) fail("--context: the model reads at most {} tokens, found {}", reads, context);
  const int vocabulary = pipeline.model().settings().vocabulary;
  if (const std::string note = compare_vocabularies(tokenizer, vocabulary, o.use.model); !note.empty())
    say("{}\n", note);
  view::NextTokens next{.title = o.use.model,
                        .text = text,
                        .tokens = shown_tokens(tokenizer, "", text, true).tokens,
                        .vocabulary = vocabulary};
  cover(next.tokens, text.size());
  std::vector<int32_t> ids;
  for (const view::ShownToken& t : next.tokens) ids.push_back(t.id);
  NextTokenScores scores = score_next_tokens(pipeline.model(), pipeline.precision(), ids, context, o.top);
  next.bits = std::move(scores.bits), next.entropy = std::move(scores.entropy), next.rank = std::move(scores.rank);
  next.top = scores.top, next.top_ids = std::move(scores.top_ids);
  next.top_probabilities = std::move(scores.top_probabilities);
  for (const std::vector<int32_t>& list : {ids, next.top_ids})
    for (const int32_t id : list)
      if (!next.pieces.count(id)) next.pieces[id] = token_bytes(tokenizer, id);
  if (!o.output.empty()) return view::draw_next_tokens(next, o.output);
  std::fputs(view::draw_next_tokens_terminal(next, terminal_width(), shows_colors(1)).c_str(), stdout);
}

}  // namespace

void add_view_next_command(CLI::App& view) {
  auto o = std::make_shared<NextOptions>();
  CLI::App* command = view.add_subcommand("next", "How probable a language model finds each token of a text");
  command->add_option("-m,--model", o->use.model, "Directory of a language model")->required();
  command->add_option("file", o->file, "A file with the text (default: standard input)")->type_name("FILE");
  command->add_option("--text", o->text, "The text, in place of a file");
  command->add_option(
      "-o,--output", o->output,
      "A page (.html: what was expected in each place), a picture (.png, .svg) or .json; without, in the "
      "terminal, coloured, or as a table where standard output is none");
  command->add_option("--top", o->top, "Likeliest tokens to keep of each place")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command
      ->add_option(
          "--context", o->context,
          "Tokens that the model reads at once; a longer text is read in windows that overlap by half (default: "
          "what it can)")
      ->check(CLI::Range(2, 1 << 24));
  command->add_option("--precision", o->use.precision, kPrecisionHelp)->capture_default_str();
  command->add_option("--threads", o->use.threads, "0: all cores");
  command->footer(
      "Examples:\n"
      "  gamana view next -m gpt2 --text \"To be, or not to be, that is the question.\"\n"
      "  gamana view next -m gpt2 chapter.txt -o chapter.html");
  command->callback([o] { view_next(*o); });
}

}  // namespace gamana
