// gamana view alignment.
#include <cstdio>
#include <map>

#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/attention_seen.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/options.h"
#include "gamana/cli/usage.h"
#include "gamana/view/canvas.h"
#include "gamana/view/curves.h"

namespace gamana {
namespace {

struct AlignmentOptions {
  std::string model, text, target, output;
  int beams = 0;
  bool pieces = false;
};

void view_alignment(const AlignmentOptions& o) {
  if (!o.output.empty()) view::check_picture(o.output, {".png", ".svg", ".html"}), check_writable(o.output);
  TranslationModelFiles files = open_translation(o.model);
  TranslationModel* const models[] = {files.model.get()};
  const auto source = files.tokenizer.encode_source(o.text);
  if (source.size() < 2) fail("--text: expected a sentence, found none");
  check_length(models, source, "--text");
  std::vector<int> target;
  if (o.target.empty()) {
    TranslateOptions options;
    options.generate = generation_of(files.generation, o.beams);
    target = translate_lines(models, files.tokenizer, {o.text}, options).front().front().tokens;
    if (target.empty() || target.back() != files.tokenizer.end_id()) target.push_back(files.tokenizer.end_id());
  } else {
    target = files.tokenizer.encode_target(o.target);
    check_length(models, target, "--target");
  }
  const SeenPair seen = see_attention(*files.model, files.tokenizer, TranslatedPair{source, target});
  view::Alignment alignment = alignment_of(seen, "");
  if (!o.pieces) alignment = view::merge_words(alignment);
  if (o.output.empty()) {
    std::fputs(view::draw_terminal(alignment, terminal_width(), shows_colors(1)).c_str(), stdout);
  } else if (o.output.ends_with(".html")) {
    view::write_html(view::AttentionPage{o.model, {page_sentence(seen, o.text)}}, o.output);
  } else {
    view::draw(alignment, o.output);
  }
}

void view_curves(const std::vector<std::string>& directories, const std::string& output, const std::string& x_label) {
  if (!output.empty()) view::check_picture(output, {".png", ".svg"}), check_writable(output);
  std::vector<view::TrainingRun> runs;
  for (const std::string& d : directories) runs.push_back(view::read_run(d));
  std::map<std::string, int> named;
  for (const view::TrainingRun& run : runs) ++named[run.name];
  for (size_t i = 0; i < runs.size(); ++i)
    if (named[runs[i].name] > 1) runs[i].name = directories[i];  // a/run and b/run
  if (output.empty())
    std::fputs(view::draw_curves_terminal(runs, terminal_width(), shows_colors(1)).c_str(), stdout);
  else
    view::draw_curves(runs, directories.size() == 1 ? directories[0] : "", output, x_label);
}

}  // namespace

void add_view_command(CLI::App& app) {
  auto* view = app.add_subcommand("view", "Pictures of what a model does");
  view->require_subcommand(1);
  auto o = std::make_shared<AlignmentOptions>();
  auto* c = view->add_subcommand("alignment", "Which source words each translated word attends to");
  c->add_option("-m,--model", o->model, "Model directory")->required();
  c->add_option("--text", o->text, "Sentence to translate")->required()->check(utf8_text());
  c->add_option("--target", o->target, "Its translation; without, the model's own is shown");
  c->add_option("-o,--output", o->output,
                "Picture: .png, .svg or .html (every layer and head); without, drawn in the terminal");
  c->add_option("--beam,--num-beams", o->beams, "As the model says, else 5")->check(CLI::Range(1, 1000));
  c->add_flag("--pieces", o->pieces, "Show the pieces of words");
  c->footer("Examples:\n  gamana view alignment -m en-de --text 'two dogs play in the snow .'\n"
            "  gamana view alignment -m en-de --text '…' -o alignment.png");
  c->callback([o, c] {
    check_meanings(given_options(*c), {{"--beam", o->target.empty(), "a translation that is searched for, not --target"},
                                       {"--pieces", !o->output.ends_with(".html"), "a picture or the terminal; a page has pieces and words"}});
    view_alignment(*o);
  });

  add_view_attention_command(*view), add_view_next_command(*view), add_view_embeddings_command(*view);

  auto directories = std::make_shared<std::vector<std::string>>();
  auto output = std::make_shared<std::string>();
  auto* curves = view->add_subcommand("curves", "Loss, learning rate and validation of one or more training runs");
  curves->add_option("DIR", *directories, "Directories of runs")->required();
  curves->add_option("-o,--output", *output, "Picture: .png or .svg; without, drawn in the terminal");
  auto x_label = std::make_shared<std::string>("step");
  curves->add_option("--x-label", *x_label, "What steps count, in a picture")->capture_default_str();
  curves->footer("Example:\n  gamana view curves first second -o curves.png");
  curves->callback([=] {
    check_meanings(given_options(*curves), {{"--x-label", !output->empty(), "a picture (-o)"}});
    view_curves(*directories, *output, *x_label);
  });
}

}  // namespace gamana
