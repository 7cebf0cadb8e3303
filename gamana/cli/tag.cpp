// gamana tag, gamana evaluate tag.
#include <optional>

#include "gamana/base/clock.h"
#include "gamana/base/progress.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/encoder_stream.h"
#include "gamana/jobs/tag.h"
#include "gamana/jobs/tag_spans.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

struct TagOptions {
  EncoderUse use;
  TextInputOptions input;
  std::string aggregation = "none";
  LongText overflow = LongText::truncate;
  std::optional<int> stride;  // with windows
};

// A text, or a window of one: the parts found in all of its windows belong together.
struct TagInput {
  std::string given;  // the text
  Encoding encoding;
  EncodedText text;
  bool last = false;  // of its text's windows
};

// The windows of texts, one after the other.
class TagInputs {
 public:
  TagInputs(const TagOptions& o, const TextEncoder& encoder)
      : input_(o.input), encoder_(encoder), long_text_(o.overflow), stride_(o.stride) {
    if (long_text_ == LongText::window && !stride_) stride_ = encoder.window_stride();
  }

  bool next(TagInput& out) {
    if (at_ == windows_.size() && !read()) return false;
    out.encoding = std::move(windows_[at_++]);
    out.given = item_.text, out.last = at_ == windows_.size();
    out.text = {out.encoding.ids, out.encoding.type_ids};
    return true;
  }

 private:
  bool read() {
    if (!input_.next(item_)) return false;
    if (!item_.pair.empty())
      throw Error(fmt::format("expected single texts to tag, found a pair: \"{}\" and \"{}\"", item_.text, item_.pair), "name one column with --text-column");
    item_.text = repair_utf8(item_.text);
    if (long_text_ == LongText::error) encode_item(input_, item_, [&] { encoder_.check_length(item_.text); });
    windows_ = take_windows(encoder_.encode_with_offsets(item_.text, stride_)), at_ = 0;
    return true;
  }

  TextInput input_;
  const TextEncoder& encoder_;
  LongText long_text_;
  std::optional<int> stride_;
  TextItem item_;
  std::vector<Encoding> windows_;  // of the text
  size_t at_ = 0;
};

Json span_json(const TagSpan& s) {
  Json json = {{s.index < 0 ? "entity_group" : "entity", s.label}, {"score", s.score}};
  if (s.index >= 0) json["index"] = s.index;
  json["word"] = s.word, json["start"] = s.begin, json["end"] = s.end;
  return json;
}

void print_spans(const std::vector<TagSpan>& spans, JsonArray* json) {
  if (json) {
    Json list = Json::array();
    for (const TagSpan& s : spans) list.push_back(span_json(s));
    return json->add(list);
  }
  for (const TagSpan& s : spans) fmt::print("{}\t{:.4f}\t{}\t{}\t{}\n", s.label, s.score, s.begin, s.end, s.word);
  fmt::print("\n");
}

void tag(const TagOptions& o) {
  const Aggregation aggregation = aggregation_of(o.aggregation);
  if ((o.stride || o.overflow == LongText::window) && aggregation == Aggregation::none)
    throw Error("--stride, --overflow window: expected another --aggregation-strategy than none with them", "windows share tokens, which would come twice");
  const EncoderPipeline pipeline = open_encoder(o.use, Task::token);
  const Labels labels = Labels::from_config(pipeline.model().config(), o.use.model + "/config.json");
  TagInputs inputs(o, pipeline.encoder());
  JsonArray array;
  std::vector<TagSpan> spans;  // of the text so far
  bool several = false;
  using Spans = std::vector<TagSpan>;
  stream_inputs<TagInput, Spans>(
      pipeline, [&](TagInput& input) { return inputs.next(input); },
      [&](const TagInput& input, const TextResult& result) {
        return tag_spans(pipeline.encoder().tokenizer(), input.given, input.encoding, labels, {result.row(0), result.row(result.count)}, aggregation);
      },
      [&](const TagInput& input, const Spans& found) {
        spans.insert(spans.end(), found.begin(), found.end());
        several = several || !input.last;
        if (!input.last) return;
        print_spans(several ? without_overlaps(std::move(spans)) : spans, o.use.json ? &array : nullptr);
        spans.clear(), several = false;
      });
  if (o.use.json) array.end();
  say_truncated(pipeline.encoder());
}

struct EvaluateTagOptions {
  EncoderUse use;
  std::string data;
};

void evaluate_tag(const EvaluateTagOptions& o) {
  const EncoderPipeline pipeline = open_encoder(o.use, Task::token);
  const Labels labels = Labels::from_config(pipeline.model().config(), o.use.model + "/config.json");
  const TaggedTexts texts = read_tagged(o.data, labels, pipeline.encoder(), false);
  const double begin = now();
  const EntityScores scores = tag_scores(texts, labels, tag_logits(pipeline.model(), pipeline.precision(), texts));
  const double seconds = now() - begin;
  const PrecisionRecall all = scores.average(Averaging::micro);
  Json json = {{"model", o.use.model}, {"data", o.data}, {"samples", texts.sentences.back() + 1}, {"accuracy", scores.accuracy},
               {"precision", all.precision}, {"recall", all.recall}, {"f1", all.f1}, {"types", Json::object()}, {"seconds", seconds}};
  for (const auto& [type, count] : scores.types) {
    const PrecisionRecall p = precision_recall(count);
    json["types"][type] = {{"precision", p.precision}, {"recall", p.recall}, {"f1", p.f1}, {"support", p.support}};
  }
  if (texts.split) say("{} sentences are longer than {} tokens and were split\n", texts.split, pipeline.encoder().max_length());
  if (o.use.json) return fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  fmt::print("{}: {} sentences in {:.1f} s, accuracy of words {:.4f}\n\n", o.data, texts.sentences.back() + 1, seconds, scores.accuracy);
  fmt::print("  {:<22} precision  recall      f1  entities\n", "type");
  const auto line = [](const std::string& name, const PrecisionRecall& p) {
    fmt::print("  {:<22} {:9.4f}  {:6.4f}  {:6.4f}  {:8}\n", name, p.precision, p.recall, p.f1, p.support);
  };
  for (const auto& [type, count] : scores.types) line(type, precision_recall(count));
  line("all", all);
}

}  // namespace

void add_tag_command(CLI::App& app) {
  auto o = std::make_shared<TagOptions>();
  CLI::App* command = app.add_subcommand("tag", "Tag the words of texts: names, parts of speech");
  add_encoder_options(*command, o->use), add_text_options(*command, o->input);
  command->add_option("--aggregation-strategy", o->aggregation, "none: a result for each token; simple, first, average, max: for each entity, where a word has "
                      "the tag of its tokens, of its first token, of their mean, of the surest one")->capture_default_str();
  add_overflow_option(*command, o->overflow);
  command->add_option("--stride", o->stride, "As --overflow window, but windows share so many tokens")
      ->check(CLI::Range(0, 1 << 24));
  command->footer("Examples:\n"
                  "  gamana tag -m names --text \"Ada Lovelace lived in London.\" --aggregation-strategy simple\n"
                  "  gamana tag -m names articles.jsonl --text-column body --aggregation-strategy first --stride 64 --json");
  command->callback([o, command] {
    if (o->stride && command->count("--overflow") > 0 && o->overflow != LongText::window)
      throw Error("--stride is for windows, and --overflow truncate and error want none", "leave one of them out");
    tag(*o);
  });
}

void add_evaluate_tag_command(CLI::App& evaluate) {
  auto o = std::make_shared<EvaluateTagOptions>();
  CLI::App* command = evaluate.add_subcommand("tag", "Precision, recall and F1 of entities, accuracy of tags (seqeval's)");
  add_encoder_options(*command, o->use);
  command->add_option("--data", o->data, "Words with tags: columns as in CoNLL-2003, or .jsonl")->required();
  command->footer("Example:\n  gamana evaluate tag -m names --data test.conll");
  command->callback([o] { evaluate_tag(*o); });
}

}  // namespace gamana
