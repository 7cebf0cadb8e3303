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

// The same for texts: make(result), emit(item, result).
template <class Result, class Make, class Emit>
void stream_texts(const EncoderPipeline& pipeline, TextInput& input, const Make& make, const Emit& emit) {
  struct Item {
    TextItem item;
    EncodedText text;
  };
  stream_inputs<Item, Result>(
      pipeline,
      [&](Item& i) {
        if (!input.next(i.item)) return false;
        i.text = pipeline.encoder().encode(i.item.text, i.item.pair);
        return true;
      },
      [&](const Item&, const TextResult& result) { return make(result); },
      [&](const Item& i, Result& result) { emit(i.item, result); });
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
