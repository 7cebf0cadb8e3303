// gamana embed, gamana similarity.
#include <algorithm>

#include "gamana/base/file.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/sentence_stream.h"
#include "gamana/io/npy.h"

namespace gamana {
namespace {

struct EmbedOptions {
  EncoderUse use;
  TextInputOptions input;
  PromptUse prompt;
  std::string output;
  LongText overflow = LongText::truncate;
  bool normalize = false;
};

std::string json_text(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string object_text(const std::string& text, std::span<const float> vector) {
  return fmt::format("{{\"text\": {}, \"embedding\": {}}}", json_text(text), vector_text(vector));
}

void embed(const EmbedOptions& o) {
  const bool npy = o.output.ends_with(".npy");
  if (!o.output.empty() && !npy && !o.output.ends_with(".jsonl"))
    fail("-o: expected a name that ends in .npy or .jsonl, found {}", o.output);
  if (!o.output.empty() && o.use.json) fail("--json: is for standard output; leave it out, or -o");
  if (!o.output.empty()) check_writable(o.output);
  const SentencePipeline pipeline = open_sentence_model(o.use, o.normalize);
  const Prompt prompt = choose_prompt(pipeline, o.prompt);
  TextInput input(o.input);
  const auto stream = [&](const auto& emit) {
    stream_vectors(pipeline, prompt, input, 1, [&](const TextItem& item, const Vectors& v) { emit(item.text, v[0]); }, o.overflow);
  };
  if (npy) {
    write_npy_rows(o.output, pipeline.model().dimension(), [&](const Sink& sink) {
      stream([&](const std::string&, const std::vector<float>& v) { sink(v.data(), v.size() * sizeof(float)); });
    });
  } else if (!o.output.empty()) {
    write_file(o.output, [&](const Sink& sink) {
      stream([&](const std::string& text, const std::vector<float>& v) {
        const std::string line = object_text(text, v) + "\n";
        sink(line.data(), line.size());
      });
    });
  } else {
    bool first = true;
    stream([&](const std::string& text, const std::vector<float>& v) {
      if (!o.use.json) return fmt::print("{}\n", vector_text(v));
      fmt::print("{}{}", first ? "[\n" : ",\n", object_text(text, v));
      first = false;
    });
    if (o.use.json) fmt::print("{}\n", first ? "[]" : "\n]");
  }
  say_truncated(pipeline.encoder());
}

struct SimilarityOptions {
  EncoderUse use;
  TextInputOptions input;
  PromptUse prompt;
  std::string function;
  std::optional<std::string> search;
  int top_k = 5;
};

// Each of the texts given with each.
void print_matrix(const SentencePipeline& pipeline, const Prompt& prompt, TextInput& input, SimilarityFunction function,
                  bool json) {
  Vectors all;
  stream_vectors(pipeline, prompt, input, 1, [&](const TextItem&, const Vectors& v) { all.push_back(v[0]); });
  Json matrix = Json::array();
  for (const std::vector<float>& a : all) {
    Json row = Json::array();
    for (const std::vector<float>& b : all)
      row.push_back(similarity_of(function, a.data(), b.data(), pipeline.model().dimension()));
    for (size_t i = 0; !json && i < row.size(); ++i) fmt::print("{}{:.4f}", i ? "\t" : "", row[i].get<double>());
    if (!json) fmt::print("\n");
    matrix.push_back(std::move(row));
  }
  if (json) fmt::print("{}\n", matrix.dump());
}

void print_pairs(const SentencePipeline& pipeline, const Prompt& prompt, TextInput& input, SimilarityFunction function,
                 bool json) {
  JsonArray array;
  stream_vectors(pipeline, prompt, input, 2, [&](const TextItem& item, const Vectors& v) {
    const double score = similarity_of(function, v[0].data(), v[1].data(), pipeline.model().dimension());
    if (json)
      array.add({{"score", score}, {"text", item.text}, {"pair", item.pair}});
    else
      fmt::print("{:.4f}\t{}\t{}\n", score, item.text, item.pair);
  });
  if (json) array.end();
}

struct Hit {
  double score;
  int64_t number;  // of the text, from 1
  std::string text;
};

// The best texts for a query, which may have a prompt of its own, as sentence-transformers' encode_query and
// encode_document have it.
void print_hits(const SentencePipeline& pipeline, const SimilarityOptions& o, TextInput& input,
                SimilarityFunction function) {
  const SentenceSettings& settings = pipeline.model().sentence();
  const bool chosen = !o.prompt.name.empty() || !o.prompt.text.empty();
  const auto prompt_of = [&](std::initializer_list<const char*> names) {
    return chosen ? choose_prompt(pipeline, o.prompt) : pipeline.prompt(settings.prompt(settings.prompt_name(names)));
  };
  const Prompt query_prompt = prompt_of({"query"}), prompt = prompt_of({"document", "passage", "corpus"});
  std::vector<float> query;
  const EncodedText text = pipeline.encode(query_prompt, *o.search);
  pipeline.run({&text}, query_prompt,
               [&](size_t, const float* v) { query.assign(v, v + pipeline.model().dimension()); });
  const auto better = [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  };
  std::vector<Hit> hits;  // a heap, the worst on top
  int64_t number = 0;
  stream_vectors(pipeline, prompt, input, 1, [&](const TextItem& item, const Vectors& v) {
    const Hit hit{similarity_of(function, query.data(), v[0].data(), pipeline.model().dimension()), ++number,
                  item.text};
    if (static_cast<int>(hits.size()) == o.top_k) {
      if (!better(hit, hits.front())) return;
      std::pop_heap(hits.begin(), hits.end(), better), hits.pop_back();
    }
    hits.push_back(hit), std::push_heap(hits.begin(), hits.end(), better);
  });
  std::sort_heap(hits.begin(), hits.end(), better);
  JsonArray array;
  for (const Hit& hit : hits)
    if (o.use.json)
      array.add({{"score", hit.score}, {"number", hit.number}, {"text", hit.text}});
    else
      fmt::print("{:.4f}\t{}\t{}\n", hit.score, hit.number, hit.text);
  if (o.use.json) array.end();
}

void similarity(const SimilarityOptions& o) {
  if (o.search && o.search->empty()) fail("--search: expected a query, found an empty text");
  const SentencePipeline pipeline = open_sentence_model(o.use);
  const SimilarityFunction function =
      o.function.empty() ? pipeline.model().sentence().similarity : similarity_function(o.function, "--function");
  TextInput input(o.input);
  if (o.search)
    print_hits(pipeline, o, input, function);
  else if (o.input.texts.empty() || !o.input.pair.empty())
    print_pairs(pipeline, choose_prompt(pipeline, o.prompt), input, function, o.use.json);
  else
    print_matrix(pipeline, choose_prompt(pipeline, o.prompt), input, function, o.use.json);
  say_truncated(pipeline.encoder());
}

}  // namespace

void add_embed_commands(CLI::App& app) {
  auto o = std::make_shared<EmbedOptions>();
  CLI::App* command = app.add_subcommand("embed", "One vector for each text");
  add_encoder_options(*command, o->use), add_text_options(*command, o->input), add_prompt_options(*command, o->prompt);
  add_overflow_option(*command, o->overflow);
  command->add_option("-o,--output", o->output,
                      "vectors.npy [texts, width], or vectors.jsonl with the texts; default: a line of numbers each");
  command->add_flag("--normalize", o->normalize, "Vectors of length 1");
  command->footer(
      "Examples:\n"
      "  gamana embed -m minilm --text \"A dog runs.\" --json\n"
      "  gamana embed -m minilm news.csv --text-column title -o news.npy");
  command->callback([o] { embed(*o); });

  auto s = std::make_shared<SimilarityOptions>();
  command = app.add_subcommand("similarity",
                               "How alike texts are: each with each, pairs of a table, or the best ones for a query");
  add_encoder_options(*command, s->use), add_text_options(*command, s->input), add_prompt_options(*command, s->prompt);
  command->add_option("--function", s->function,
                      "cosine, dot, euclidean or manhattan (distances below 0); default: the model's");
  auto* search = command->add_option("--search", s->search, "A query: print the texts that are most like it");
  command->add_option("--top-k", s->top_k, "So many of them")->capture_default_str()->check(CLI::Range(1, 1 << 24))->needs(search);
  command->footer(
      "Examples:\n"
      "  gamana similarity -m minilm --text \"A dog runs.\" --text \"An animal moves.\"\n"
      "  gamana similarity -m minilm pairs.tsv\n"
      "  gamana similarity -m minilm lines.txt --search \"a dog outdoors\" --top-k 3");
  command->callback([s] { similarity(*s); });
}

}  // namespace gamana
