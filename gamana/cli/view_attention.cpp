// gamana view attention: what the tokens of a text look at, in every layer and head.
#include <cstdio>
#include <optional>

#include "gamana/base/file.h"
#include "gamana/base/progress.h"
#include "gamana/cli/attention_seen.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/cli/shown_text.h"
#include "gamana/cli/usage.h"
#include "gamana/jobs/generate_text.h"
#include "gamana/jobs/text_encoder.h"
#include "gamana/models/text_model.h"
#include "gamana/view/attention_page.h"
#include "gamana/view/canvas.h"

namespace gamana {
namespace {

struct ViewOptions {
  std::string model, text, pair, target, part, output;
  std::optional<int> layer, head;
  int threads = 0;
};

// A text with what a model's attention says of it: picture, and layers one at a time.
struct Source {
  view::AttentionPicture picture;
  int layers = 0;
  std::function<void(const view::LayerSink&)> run;
};

std::vector<bool> flags(const std::vector<uint8_t>& mask) { return {mask.begin(), mask.end()}; }

// Words count on through both texts, so that equal words of two are not taken for one.
std::vector<int> words_of(const Encoding& e) {
  std::vector<int> words(e.word_ids.begin(), e.word_ids.end());
  int first = 0, last = -1;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && e.sequence_of(i) != e.sequence_of(i - 1)) first = last + 1;
    if (words[i] >= 0) words[i] += first, last = std::max(last, words[i]);
  }
  return words;
}

Source text_source(const ViewOptions& o, const Json& config) {
  const auto loaded = std::make_shared<LoadedModel>(load_text_model(o.model, task_of(config)));
  const ModelConfig& k = loaded->model->settings();
  const TextEncoder encoder(o.model, 0, k.max_positions);
  const Tokenizer& tokenizer = encoder.tokenizer();
  if (is_decoder(k.family))
    if (const std::string note = compare_vocabularies(tokenizer, k.vocabulary, o.model); !note.empty())
      say("{}\n", note);
  EncodeOptions whole;
  whole.truncate = false;
  const Encoding e = o.pair.empty() ? tokenizer.encode(o.text, whole) : tokenizer.encode(o.text, o.pair, whole);
  if (e.ids.empty()) fail("--text: expected a text, found none");
  if (static_cast<int>(e.size()) > k.max_positions) fail("--text: the model reads at most {} tokens, found {}", k.max_positions, e.size());
  Source s;
  s.layers = k.layers * k.group_layers;
  view::AttentionPicture& p = s.picture;
  p.keys = p.queries = o.output.ends_with(".json") ? tokenizer.tokens(e) : token_labels(tokenizer, e);
  p.title = o.model, p.causal = is_decoder(k.family), p.query_words = p.key_words = words_of(e);
  p.query_special = p.key_special = flags(e.special_tokens_mask);
  p.query_segments = p.key_segments = std::vector<int>(e.type_ids.begin(), e.type_ids.end());
  if (static_cast<int64_t>(e.size()) > int64_t{5 + 2 * k.random_blocks} * k.block_size) p.block = k.block_size;
  const auto text = std::make_shared<EncodedText>(EncodedText{e.ids, e.type_ids});
  s.run = [loaded, text](const view::LayerSink& sink) {
    Arena arena;
    Context c{.kernels = cpu_kernels(), .arena = arena};
    const int64_t n = text->length();
    c.tap = [&](const AttentionSeen& a) {
      sink({a.name, a.heads, {a.weights, static_cast<size_t>(a.heads * n * n)}});
    };
    loaded->model->hidden(c, batch_of({text.get()}));
  };
  return s;
}

std::vector<int> word_numbers(const std::vector<std::string>& pieces) {
  const view::Groups groups = view::group_pieces(pieces);
  return {groups.of.begin(), groups.of.end()};
}

// The encoder's, the decoder's or the cross-attention of a translation.
Source translation_source(const ViewOptions& o) {
  TranslationModelFiles files = open_translation(o.model);
  TranslationModel* const models[] = {files.model.get()};
  const auto source = files.tokenizer.encode_source(o.text);
  if (source.size() < 2) fail("--text: expected a sentence, found none");
  check_length(models, source, "--text");
  std::vector<int> target = files.tokenizer.encode_target(o.target);
  if (o.target.empty()) {
    TranslateOptions options;
    options.generate = generation_of(files.generation, 0);
    target = translate_lines(models, files.tokenizer, {o.text}, options).front().front().tokens;
    if (target.empty() || target.back() != files.tokenizer.end_id()) target.push_back(files.tokenizer.end_id());
  }
  check_length(models, target, "--target");
  const auto seen = std::make_shared<SeenPair>(see_attention(*files.model, files.tokenizer, TranslatedPair{source, target}));
  const std::string part = o.part.empty() ? "cross" : o.part;
  const auto belongs = [part](const std::string& name) {
    if (part == "encoder") return name.starts_with("encoder.");
    return part == "decoder" ? name.ends_with(".self") : name.ends_with(".cross") || name == "alignment";
  };
  Source s;
  view::AttentionPicture& p = s.picture;
  p.title = o.model + ", " + part, p.causal = part == "decoder";
  p.queries = part == "encoder" ? seen->source : seen->target;
  p.keys = part == "decoder" ? fed_pieces(*seen) : seen->source;
  p.query_special.resize(p.queries.size()), p.key_special.resize(p.keys.size());
  p.query_special.back() = true;  // the end
  (part == "decoder" ? p.key_special.front() : p.key_special.back()) = true;
  p.query_words = word_numbers(p.queries), p.key_words = word_numbers(p.keys);
  for (const auto& map : seen->maps) s.layers += belongs(map.name);
  if (!s.layers) fail("{}: the model has no {} attention", o.model, part);
  s.run = [seen, belongs](const view::LayerSink& sink) {
    for (const auto& map : seen->maps)
      if (belongs(map.name)) sink({map.name, map.heads, map.weights});
  };
  return s;
}

// One head, or the mean of a layer's heads.
view::Alignment chosen_head(const Source& s, int layer, std::optional<int> head) {
  view::Alignment out;
  int at = 0;
  s.run([&](const view::AttentionLayer& l) {
    if (at++ != layer) return;
    if (head.value_or(0) >= l.heads) fail("--head: expected 0 to {}, found {}", l.heads - 1, *head);
    out = view::alignment_of(s.picture, l, head.value_or(0));
    for (int h = 1; !head && h < l.heads; ++h) {
      const view::Alignment other = view::alignment_of(s.picture, l, h);
      for (size_t i = 0; i < out.weights.size(); ++i) out.weights[i] += other.weights[i];
    }
    if (!head)
      for (float& w : out.weights) w /= static_cast<float>(l.heads);
    out.title = head ? fmt::format("{}, head {}", l.name, *head) : fmt::format("{}, mean of its heads", l.name);
  });
  return out;
}

// Options that are not for this model, or not for this output.
void check_options(const ViewOptions& o, const Json& config) {
  const bool text = is_text_model(config), decoder = text && is_decoder(model_config(config).family);
  const auto refuse = [&](bool given, const char* name, const char* whose) {
    if (given) throw Error(fmt::format("{} is for {}, and {} is none", name, whose, o.model), "leave it out");
  };
  refuse(!o.pair.empty() && (!text || decoder), "--pair", "encoders");
  refuse(!o.target.empty() && text, "--target", "translation models");
  refuse(!o.part.empty() && text, "--part", "translation models");
  if (!o.target.empty() && o.part == "encoder") throw Error("--target says nothing of --part encoder", "leave out one of them");
  if ((o.layer || o.head) && (o.output.ends_with(".html") || o.output.ends_with(".json")))
    throw Error(fmt::format("--layer and --head are for pictures and the terminal, and {} holds all of them", o.output), "leave them out");
}

void view_attention(const ViewOptions& o) {
  choose_threads(o.threads);
  if (!o.output.empty()) view::check_picture(o.output, {".html", ".png", ".svg", ".json"}), check_writable(o.output);
  const Json config = read_json(join_path(o.model, "config.json"));
  check_options(o, config);
  const Source s = is_text_model(config) ? text_source(o, config) : translation_source(o);
  if (o.layer && *o.layer >= s.layers) fail("--layer: expected 0 to {}, found {}", s.layers - 1, *o.layer);
  const bool one = o.layer || o.head || o.output.empty();
  if (o.output.ends_with(".html")) {
    view::AttentionPageBuilder page(s.picture, s.layers);
    s.run([&](const view::AttentionLayer& layer) { page.add_layer(layer); });
    page.write(o.output);
  } else if (o.output.ends_with(".json")) {
    view::write_attention_json(s.picture, s.run, o.output);
  } else if (one) {
    const view::Alignment head = chosen_head(s, o.layer.value_or(s.layers - 1), o.head);
    if (o.output.empty()) std::fputs(view::draw_terminal(head, terminal_width(), shows_colors(1)).c_str(), stdout);
    else view::draw(head, o.output);
  } else {
    view::AttentionGrid grid(s.picture);
    s.run([&](const view::AttentionLayer& layer) { grid.add_layer(layer); });
    grid.save(o.output);
  }
}

}  // namespace

void add_view_attention_command(CLI::App& view) {
  auto o = std::make_shared<ViewOptions>();
  CLI::App* c = view.add_subcommand("attention", "What each token looks at, in every layer and head of an encoder, language model or translation model");
  c->add_option("-m,--model", o->model, "Model directory")->required();
  c->add_option("--text", o->text, "A text")->required()->check(utf8_text());
  c->add_option("--pair", o->pair, "Encoders: a second text")->check(utf8_text());
  c->add_option("--target", o->target, "Translation models: its translation; without, the model's own");
  c->add_option("--part", o->part, "Translation models: encoder, decoder or cross (the default)")
      ->check(CLI::IsMember({"encoder", "decoder", "cross"}));
  c->add_option("--layer", o->layer, "One layer, from 0 (without --head: the mean of its heads)")->check(CLI::Range(0, 1 << 20));
  c->add_option("--head", o->head, "One head, from 0 (without --layer: of the last)")->check(CLI::Range(0, 1 << 20));
  c->add_option("-o,--output", o->output,
                "A page (.html: all layers and heads, to explore), a picture (.png, .svg: one head, or all in a grid) or .json; "
                "without, one head in the terminal");
  c->add_option("--threads", o->threads, "0: all cores");
  c->footer("Examples:\n"
            "  gamana view attention -m minilm --text \"The animal didn't cross the street because it was too tired.\" -o it.html\n"
            "  gamana view attention -m minilm --text \"…\" --layer 4 --head 7 -o head.png\n"
            "  gamana view attention -m gpt2 --text \"The keys to the cabinet are on the table.\" -o keys.html\n"
            "  gamana view attention -m en-de --text \"two dogs play in the snow .\" --part encoder");
  c->callback([o] { view_attention(*o); });
}

}  // namespace gamana
