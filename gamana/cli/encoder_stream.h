#pragma once
// Texts of any number through an encoder: read, sorted by length within windows, run in batches, handed back in order.
#include <functional>
#include <string>

#include "gamana/cli/text_input.h"
#include "gamana/jobs/pipeline.h"

namespace gamana {

// Options that all commands using encoders have.
struct EncoderUse {
  std::string model, precision = "f32";
  int max_length = 0, threads = 0;
  bool json = false;
};
void add_encoder_options(CLI::App& command, EncoderUse& options);
// --overflow, of commands that can read a long text in windows.
void add_overflow_option(CLI::App& command, LongText& overflow);

// Calls encode(), whose Error then says which text it is about.
template <class Encode>
auto encode_item(const TextInput& input, const TextItem& item, const Encode& encode) {
  try {
    return encode();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", input.where(item), error.what()), error.hint());
  }
}
// With the threads and precision asked for.
EncoderPipeline open_encoder(const EncoderUse& options, Task task);

// Inputs of any kind, each with its `text` (EncodedText): next(item) gives them until it is false, make(item, result) turns rows of
// head 0 into a Result while they last, emit(item, result) follows in the order of the items.
template <class Item, class Result, class Next, class Make, class Emit>
void stream_inputs(const EncoderPipeline& pipeline, const Next& next, const Make& make, const Emit& emit) {
  map_by_length<Item, Result>(
      kInferenceBatches, next, [](const Item& i) { return i.text.length(); },
      [&](const std::vector<const Item*>& items) {
        std::vector<const EncodedText*> texts;
        for (const Item* i : items) texts.push_back(&i->text);
        std::vector<Result> results(items.size());
        pipeline.run(texts, 0, [&](size_t i, const TextResult& result) { results[i] = make(*items[i], result); });
        return results;
      },
      emit);
}

// The same for texts: make(result) of each window, emit(item, results) with those of all windows of a text, one but for
// LongText::window.
template <class Result, class Make, class Emit>
void stream_texts(const EncoderPipeline& pipeline, TextInput& input, LongText overflow, const Make& make, const Emit& emit) {
  struct Item {
    TextItem item;
    EncodedText text;
    bool last;  // of its text
  };
  TextItem item;
  std::vector<EncodedText> windows;
  size_t at = 0;
  std::vector<Result> results;  // of the text so far
  stream_inputs<Item, Result>(
      pipeline,
      [&](Item& i) {
        if (at == windows.size()) {
          if (!input.next(item)) return false;
          at = 0, windows = encode_item(input, item, [&] { return pipeline.encoder().encode(item.text, item.pair, overflow); });
        }
        i.text = std::move(windows[at++]);
        i.last = at == windows.size();
        if (i.last) i.item = std::move(item);
        return true;
      },
      [&](const Item&, const TextResult& result) { return make(result); },
      [&](const Item& i, Result& result) {
        results.push_back(std::move(result));
        if (!i.last) return;
        emit(i.item, results);
        results.clear();
      });
}

// Says on stderr how many texts were cut, if any.
void say_truncated(const TextEncoder& encoder);

// A JSON array on standard output, an element a line.
class JsonArray {
 public:
  void add(const Json& element);
  void end();

 private:
  bool empty_ = true;
};

}  // namespace gamana
