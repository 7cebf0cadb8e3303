// Bytes of text a second that each model turns into tokens, on one thread, without what splits the text before. Needs
// real vocabularies and a text of a few MB:
//
//   GAMANA_VOCABULARIES=<folder with gpt2/{vocab.json,merges.txt} and {llama2,gemma,minilm}/tokenizer.json>
//   GAMANA_TEXT=<file>  gamana_bench --benchmark_filter=text_
//
// "warm": all words were seen before; "new": each word comes once, to an empty cache.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/models/bpe.h"
#include "gamana/text/models/other_models.h"

namespace gamana {
namespace {

struct Words {
  std::string text;
  std::vector<Piece> pieces;

  void add(std::string_view word) {
    pieces.push_back({static_cast<uint32_t>(text.size()), static_cast<uint32_t>(text.size() + word.size())});
    text += word;
  }
  Words once() const {
    Words out;
    std::set<std::string_view> seen;
    for (const Piece& piece : pieces) {
      const auto word = std::string_view(text).substr(piece.begin, piece.end - piece.begin);
      if (seen.insert(word).second) out.add(word);
    }
    return out;
  }
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) fail("expected {} in the environment, found none", name);
  return value;
}

// Not gamana::Json, whose objects keep their order and are slow to fill with 256,000 keys.
using Vocabulary = nlohmann::json;
Vocabulary read_large(const std::string& path) { return Vocabulary::parse(read_file(path)); }

std::string file(const char* name) { return join_path(environment("GAMANA_VOCABULARIES"), name); }

enum class Kind { space, letter, digit, other };
Kind kind_of(char c) {
  const auto b = static_cast<unsigned char>(c);
  if (b <= ' ') return Kind::space;
  if (b >= 0x80 || ((b | 32) >= 'a' && (b | 32) <= 'z')) return Kind::letter;
  return b >= '0' && b <= '9' ? Kind::digit : Kind::other;
}

// Runs of letters, digits or signs, each with what stands for the space before it; about what GPT-2's pattern gives.
Words words_of(const std::string& text, std::string_view space, bool lower) {
  Words out;
  std::string word;
  for (size_t at = 0; at < text.size();) {
    word.clear();
    while (at < text.size() && kind_of(text[at]) == Kind::space) word = space, ++at;
    if (at == text.size()) break;
    const Kind kind = kind_of(text[at]);
    for (; at < text.size() && kind_of(text[at]) == kind; ++at)
      word += static_cast<char>(lower && text[at] >= 'A' && text[at] <= 'Z' ? text[at] | 32 : text[at]);
    out.add(word);
  }
  return out;
}

// The whole text as one piece, as models without a pre-tokenizer see it.
Words undivided(const std::string& text) {
  Words out;
  std::string line;
  for (const char c : text) c == ' ' ? line += "▁" : line += c;
  out.add(line);
  return out;
}

struct Source {
  Vocabulary json;
  std::string merges;
  BpeOptions bpe;
};

void read_vocabulary(const Vocabulary& vocabulary, VocabularyList& list) {
  for (const auto& [token, id] : vocabulary.items()) list.emplace_back(token, id.get<int32_t>());
}

const Source& gpt2() {
  static Source source{read_large(file("gpt2/vocab.json")), read_file(file("gpt2/merges.txt")), {}};
  if (source.bpe.merges.empty()) {
    read_vocabulary(source.json, source.bpe.vocabulary);
    const std::string_view text = source.merges;
    for (size_t at = text.find('\n') + 1, end; (end = text.find('\n', at)) != text.npos; at = end + 1) {
      const size_t space = text.find(' ', at);
      source.bpe.merges.push_back({text.substr(at, space - at), text.substr(space + 1, end - space - 1)});
    }
    source.bpe.raw_bytes = bpe_may_read_raw_bytes(source.bpe);
  }
  return source;
}

const Source& sentencepiece(const std::string& name) {
  static std::map<std::string, Source> sources;
  Source& source = sources[name];
  if (source.json.is_null()) {
    source.json = read_large(file((name + "/tokenizer.json").c_str()))["model"];
    read_vocabulary(source.json["vocab"], source.bpe.vocabulary);
    for (const Vocabulary& merge : source.json["merges"]) {
      const std::string_view text = merge.get_ref<const std::string&>();
      source.bpe.merges.push_back({text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)});
    }
    source.bpe.unknown = "<unk>";
    source.bpe.fuse_unknown = source.bpe.byte_fallback = true;
  }
  return source;
}

// Llama 2's vocabulary with probabilities that fall with the rank.
std::unique_ptr<TokenModel> unigram() {
  UnigramOptions options;
  for (const auto& [token, id] : sentencepiece("llama2").bpe.vocabulary)
    options.pieces.emplace_back(token, -std::log(10.0 + id) - (id < 259 ? 20 : 0));
  options.unknown = 0;
  return make_unigram(options, "bench");
}

std::unique_ptr<TokenModel> wordpiece() {
  static const Vocabulary json = read_large(file("minilm/tokenizer.json"))["model"];
  WordPieceOptions options;
  read_vocabulary(json["vocab"], options.vocabulary);
  return make_wordpiece(options, "bench");
}

void report(benchmark::State& state, const Words& words, size_t tokens) {
  using benchmark::Counter;
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(words.text.size()));
  state.counters["ns/word"] =
      Counter(static_cast<double>(words.pieces.size()) * 1e-9, Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["B/word"] = static_cast<double>(words.text.size()) / static_cast<double>(words.pieces.size());
  state.counters["tokens/word"] = static_cast<double>(tokens) / static_cast<double>(words.pieces.size());
}

// In documents of 4,096 words. Returns the number of tokens.
size_t encode(const TokenModel& model, const Words& words, ModelState& state, std::vector<Token>& out) {
  constexpr size_t kDocument = 4096;
  size_t tokens = 0;
  for (size_t begin = 0; begin < words.pieces.size(); begin += kDocument) {
    const size_t end = std::min(begin + kDocument, words.pieces.size());
    out.clear();
    model.encode(words.text, std::span(words.pieces).subspan(begin, end - begin), state, out);
    tokens += out.size();
  }
  return tokens;
}

void warm(benchmark::State& state, const TokenModel& model, const Words& words) {
  const auto model_state = model.make_state();
  std::vector<Token> out;
  size_t tokens = encode(model, words, *model_state, out);
  for (auto _ : state) tokens = encode(model, words, *model_state, out);
  report(state, words, tokens);
}

void every_word_new(benchmark::State& state, const TokenModel& model, const Words& all) {
  const Words words = all.once();
  std::vector<Token> out;
  size_t tokens = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto model_state = model.make_state();
    state.ResumeTiming();
    tokens = encode(model, words, *model_state, out);
    state.PauseTiming();
    model_state.reset();
    state.ResumeTiming();
  }
  report(state, words, tokens);
}

std::string sample() { return read_file(environment("GAMANA_TEXT")); }

template <class Make>
void guarded(benchmark::State& state, const Make& make) {
  try {
    make();
  } catch (const Error& error) {
    state.SkipWithError(error.what());
  }
}

void text_bpe_bytes(benchmark::State& state) {
  guarded(state, [&] {
    const auto model = make_bpe(gpt2().bpe, "bench");
    const Words words = words_of(sample(), " ", false);
    state.range(0) ? every_word_new(state, *model, words) : warm(state, *model, words);
  });
}
BENCHMARK(text_bpe_bytes)->ArgName("new")->Arg(0)->Arg(1);

void text_bpe_undivided(benchmark::State& state) {
  guarded(state, [&] {
    const auto model = make_bpe(sentencepiece(state.range(0) ? "gemma" : "llama2").bpe, "bench");
    warm(state, *model, undivided(sample()));
  });
}
BENCHMARK(text_bpe_undivided)->ArgName("gemma")->Arg(0)->Arg(1);

void text_wordpiece(benchmark::State& state) {
  guarded(state, [&] {
    const auto model = wordpiece();
    const Words words = words_of(sample(), "", true);
    state.range(0) ? every_word_new(state, *model, words) : warm(state, *model, words);
  });
}
BENCHMARK(text_wordpiece)->ArgName("new")->Arg(0)->Arg(1);

void text_unigram(benchmark::State& state) {
  guarded(state, [&] {
    const auto model = unigram();
    const Words words = words_of(sample(), "▁", false);
    state.range(0) ? every_word_new(state, *model, words) : warm(state, *model, words);
  });
}
BENCHMARK(text_unigram)->ArgName("new")->Arg(0)->Arg(1);

// One word of a million letters.
void text_bpe_one_letter(benchmark::State& state) {
  guarded(state, [&] {
    const auto model = make_bpe(gpt2().bpe, "bench");
    Words words;
    words.add(std::string(1 << 20, 'a'));
    warm(state, *model, words);
  });
}
BENCHMARK(text_bpe_one_letter)->Unit(benchmark::kMillisecond);

// From lists of tokens and merges to a model.
void text_build(benchmark::State& state) {
  guarded(state, [&] {
    const BpeOptions& options = sentencepiece(state.range(0) ? "gemma" : "llama2").bpe;
    for (auto _ : state) benchmark::DoNotOptimize(make_bpe(options, "bench"));
    state.counters["tokens"] = static_cast<double>(options.vocabulary.size());
    state.counters["merges"] = static_cast<double>(options.merges.size());
  });
}
BENCHMARK(text_build)->ArgName("gemma")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void text_build_unigram(benchmark::State& state) {
  guarded(state, [&] {
    unigram();
    for (auto _ : state) benchmark::DoNotOptimize(unigram());
  });
}
BENCHMARK(text_build_unigram)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gamana
