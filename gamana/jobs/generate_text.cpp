#include "gamana/jobs/generate_text.h"

#include <algorithm>
#include <map>

#include "gamana/base/check.h"
#include "gamana/jobs/stop_text.h"
#include "gamana/text/post/stream_decoder.h"

namespace gamana {

std::string_view finish_name(TextFinish finish) {
  switch (finish) {
    case TextFinish::stop: return "stop";
    case TextFinish::length: return "length";
    case TextFinish::stop_string: return "stop_string";
    case TextFinish::interrupted: break;
  }
  return "interrupted";
}

int begin_token(const Tokenizer& tokenizer, const TokenizerSettings& settings, const Json& config) {
  for (const TokenRole role : {TokenRole::begin, TokenRole::end})
    if (const std::string token = settings.text(role); !token.empty())
      if (const auto id = tokenizer.id(token)) return *id;
  for (const char* key : {"bos_token_id", "eos_token_id"})
    if (const auto found = config.find(key); found != config.end() && found->is_number_integer()) return *found;
  return -1;
}

std::string compare_vocabularies(const Tokenizer& tokenizer, int model_entries, const std::string& directory) {
  constexpr int64_t kPadding = 1024;  // entries that models are rounded up by
  const int64_t entries = tokenizer.size();
  int64_t needed = entries;  // without special tokens at the end, which transformers adds where a class names them
  for (auto token = tokenizer.added_tokens().rbegin(); token != tokenizer.added_tokens().rend(); ++token)
    if (token->special && token->id == needed - 1) --needed;
  if (needed > model_entries)
    throw Error(fmt::format("{}: the tokenizer has {} entries, the model {}: they do not belong together", directory,
                            entries, model_entries),
                "take the tokenizer that the model was trained with");
  if (entries + kPadding >= model_entries) return "";
  return fmt::format("{}: the tokenizer has {} entries, the model {}: do they belong together?", directory, entries,
                     model_entries);
}

// One text as it comes.
struct TextGenerator::Stream {
  // The prompt is decoded with it, because what a token is as text may depend on what stands before.
  Stream(const Tokenizer& tokenizer, const TextRequest& request)
      : decoder(tokenizer.decoder()), stop(request.stop), hidden(tokenizer.decode(request.prompt).size()) {
    std::string ignored;
    for (const int id : request.prompt) decoder.push(id, ignored);
    hide(ignored);
  }
  // Takes what belongs to the prompt off the front.
  void hide(std::string& piece) {
    const size_t bytes = std::min(hidden, piece.size());
    hidden -= bytes;
    piece.erase(0, bytes);
  }
  // The text that a token adds.
  std::string push(int token, bool ends) {
    ++tokens;
    std::string piece, out;
    if (!ends) decoder.push(token, piece);
    hide(piece);
    stop.push(piece, out);
    return text += out, out;
  }
  std::string finish() {
    std::string piece, out;
    decoder.finish(piece);
    hide(piece);
    if (!stop.push(piece, out)) stop.finish(out);
    return text += out, out;
  }

  StreamDecoder decoder;
  StopText stop;
  size_t hidden, tokens = 0;
  std::string text;
};

// The texts of a run that are being written.
struct TextGenerator::Streams {
  Stream& of(size_t request, int sequence) {
    auto& stream = open[{request, sequence}];
    if (!stream) stream = std::make_unique<Stream>(tokenizer, requests[request]);
    return *stream;
  }
  bool ends(size_t request, int token) const {
    const std::vector<int>& ends = requests[request].options.end_tokens;
    return ends.empty() ? token == end_token : std::find(ends.begin(), ends.end(), token) != ends.end();
  }
  bool tell(size_t request, int sequence, const std::string& piece) const {
    return piece.empty() || !callbacks.text || callbacks.text(request, sequence, piece);
  }
  bool push(size_t request, int sequence, int token) {
    Stream& stream = of(request, sequence);
    const bool goes_on = tell(request, sequence, stream.push(token, ends(request, token)));
    return goes_on && !stream.stop.found();
  }
  // Does the text end with the last of these tokens?
  bool stops(size_t request, std::span<const int> generated) const {
    if (requests[request].stop.empty()) return false;
    Stream stream(tokenizer, requests[request]);
    for (const int token : generated) stream.push(token, ends(request, token));
    return stream.stop.found();
  }
  GeneratedText finish(size_t request, int sequence, const Hypothesis& h) {
    Stream& stream = of(request, sequence);
    const bool told = stream.tokens > 0;
    while (stream.tokens < h.tokens.size() && !stream.stop.found()) {  // beams
      const int token = h.tokens[stream.tokens];
      stream.push(token, ends(request, token));
    }
    const std::string rest = stream.finish();
    if (told) tell(request, sequence, rest);
    GeneratedText text{std::move(stream.text), h.tokens, TextFinish::interrupted, h.log_probabilities, h.alternatives};
    if (stream.stop.found()) text.finish = TextFinish::stop_string;
    else if (h.finish == Finish::end) text.finish = TextFinish::stop;
    else if (h.finish == Finish::length) text.finish = TextFinish::length;
    open.erase({request, sequence});
    return text;
  }

  const Tokenizer& tokenizer;
  std::span<const TextRequest> requests;
  const TextCallbacks& callbacks;
  int end_token;
  std::map<std::pair<size_t, int>, std::unique_ptr<Stream>> open = {};
};

TextGenerator::TextGenerator(DecodeModel& model, const Tokenizer& tokenizer, int begin_token, const RunOptions& options)
    : model_(&model), tokenizer_(tokenizer), begin_token_(begin_token), generator_(std::span(&model_, 1), options) {}

std::vector<int> TextGenerator::encode(std::string_view prompt, bool add_special_tokens) const {
  std::vector<int> ids;
  tokenizer_.encode_ids(prompt, add_special_tokens, ids);
  if (!ids.empty()) return ids;
  if (begin_token_ < 0)
    throw Error("the prompt is empty, and the tokenizer has no token that texts begin with", "give at least one word");
  return {begin_token_};
}

std::vector<std::vector<GeneratedText>> TextGenerator::run(std::span<const TextRequest> requests,
                                                           const TextCallbacks& callbacks) {
  std::vector<std::vector<GeneratedText>> texts(requests.size());
  std::vector<GenerateRequest> views;
  for (const TextRequest& request : requests) {
    StopText check(request.stop);
    views.push_back({{}, request.prompt, &request.options});
  }
  Streams streams{tokenizer_, requests, callbacks, model_->end_token()};
  GenerateCallbacks inner;
  inner.token = [&](size_t request, int sequence, int token) { return streams.push(request, sequence, token); };
  inner.stops = [&](size_t request, std::span<const int> generated) { return streams.stops(request, generated); };
  inner.finished = [&](size_t request, const std::vector<Hypothesis>& hypotheses) {
    for (size_t i = 0; i < hypotheses.size(); ++i)
      texts[request].push_back(streams.finish(request, static_cast<int>(i), hypotheses[i]));
    if (callbacks.finished) callbacks.finished(request, texts[request]);
  };
  inner.slid = callbacks.slid;
  inner.interrupted = callbacks.interrupted;
  generator_.run(views, inner);
  return texts;
}

}  // namespace gamana
