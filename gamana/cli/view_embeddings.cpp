// gamana view embeddings: texts as points, alike ones near each other.
#include <algorithm>
#include <set>

#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/cli/sentence_stream.h"
#include "gamana/data/labels.h"
#include "gamana/view/canvas.h"
#include "gamana/view/embedding_map.h"
#include "gamana/view/projection.h"

namespace gamana {
namespace {

struct MapOptions {
  EncoderUse use;
  PromptUse prompt;
  std::string file, label_column, output, method = "tsne";
  std::vector<std::string> text_columns;
  bool no_header = false;
};

// The texts of a file and, where it is a table and a column is named, their labels.
void read_texts(const MapOptions& o, view::EmbeddingMap& map) {
  if (o.label_column.empty()) {
    TextInput input({.file = o.file,
                     .texts = {},
                     .pair = {},
                     .text_columns = o.text_columns,
                     .pair_columns = {},
                     .no_header = o.no_header});
    for (TextItem item; input.next(item);) map.texts.push_back(item.text);
    return;
  }
  TableReader reader(o.file, {.text = o.text_columns, .label = o.label_column, .header = !o.no_header});
  std::vector<std::string> labels;
  for (Row row; reader.next(row);) map.texts.push_back(row.text), labels.push_back(row.label);
  if (labels.empty()) return;
  const Labels known(std::set<std::string>(labels.begin(), labels.end()), o.file);  // in the order of a classifier's
  for (int32_t i = 0; i < known.size(); ++i) map.names.push_back(known.name(i));
  for (const std::string& label : labels)
    map.labels.push_back(static_cast<int>(std::find(map.names.begin(), map.names.end(), label) - map.names.begin()));
}

void view_embeddings(const MapOptions& o) {
  view::check_picture(o.output, {".png", ".svg", ".html"}), check_writable(o.output);
  const SentencePipeline pipeline = open_sentence_model(o.use);
  const Prompt prompt = choose_prompt(pipeline, o.prompt);
  view::EmbeddingMap map{.title = o.file, .points = {}};
  read_texts(o, map);
  if (map.texts.empty()) fail("{}: expected texts, found none", o.file);
  std::vector<float> rows;
  TextInput input({.file = "", .texts = map.texts, .pair = {}, .text_columns = {}, .pair_columns = {}});
  stream_vectors(pipeline, prompt, input, 1,
                 [&](const TextItem&, const Vectors& v) { rows.insert(rows.end(), v[0].begin(), v[0].end()); });
  const int64_t width = pipeline.model().dimension();
  map.points = o.method == "pca" ? view::project_pca(rows, width) : view::project_tsne(rows, width).points;
  view::draw_embedding_map(map, o.output);
  say_truncated(pipeline.encoder());
}

}  // namespace

void add_view_embeddings_command(CLI::App& view) {
  auto o = std::make_shared<MapOptions>();
  CLI::App* command = view.add_subcommand("embeddings", "Texts as points, alike ones near each other");
  command->add_option("-m,--model", o->use.model, "Model directory")->required();
  command->add_option("file", o->file, "Texts: lines, or rows of a .csv, .tsv or .jsonl")
      ->type_name("FILE")
      ->required();
  command->add_option("-o,--output", o->output, "Picture (.png, .svg), or a page (.html) that shows the texts")
      ->required();
  command->add_option("--label-column", o->label_column,
                      "Of a table: name, or number from 1; points of a label have its colour");
  command->add_option("--text-column", o->text_columns, "The same; several are joined by a space")->allow_extra_args(false);
  command->add_flag("--no-header", o->no_header, "The first record of a table is data");
  command->add_option("--method", o->method, "tsne (neighbours stay neighbours) or pca")
      ->capture_default_str()
      ->check(CLI::IsMember({"pca", "tsne"}));
  command->add_option("--max-length", o->use.max_length, "Tokens of an input; 0: what the model reads")
      ->check(CLI::Range(0, 1 << 24));
  add_prompt_options(*command, o->prompt);
  command->add_option("--precision", o->use.precision, kPrecisionHelp)->capture_default_str();
  command->add_option("--threads", o->use.threads, "0: all cores");
  command->footer(
      "Example:\n  gamana view embeddings -m minilm news.csv --no-header --text-column 2 --label-column 1 -o "
      "news.html");
  command->callback([o] { view_embeddings(*o); });
}

}  // namespace gamana
