#include "gamana/text/tokenizer.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/files/families.h"
#include "gamana/text/files/side_files.h"
#include "gamana/text/offsets.h"
#include "gamana/text/state_pool.h"
#include "gamana/text/tokenizer_stages.h"
#include "gamana/text/utf8.h"

namespace gamana {

struct Tokenizer::Impl : TokenNames {
  TokenizerStages stages;
  std::optional<TokenizerSettings> settings;  // of the folder it comes from
  // What is put around one sequence without and with special tokens, so that ids alone need no encoding; none if a
  // template shows the sequence never or twice.
  std::array<std::optional<std::array<std::vector<int32_t>, 2>>, 2> frames;
  mutable StatePool states;

  std::optional<TextDecoder> decoder;

  Impl(TokenizerStages s, std::optional<TokenizerSettings> t) : stages(std::move(s)), settings(std::move(t)) {
    learn_frame();
    decoder.emplace(
        stages.decoder.get(), ids(), [this](int32_t id) { return text_of(id); },
        [this](std::string_view token) { return stages.added.is_special(token); },
        settings && cleans_up_spaces(*settings, stages.model_type));
  }

  std::string name(const Encoding& encoding, size_t token) const override;
  std::optional<std::string_view> text_of(int32_t id) const;
  int64_t ids() const;  // the highest one and 1
  void learn_frame();
  template <class Use>
  void with_state(const Use& use) const;
  PieceText pieces(std::string_view text) const;
  Encoding encode(std::string_view text, int32_t type, std::optional<int32_t> word, OffsetUnit unit) const;
  Encoding encode_words(std::span<const std::string> words, int32_t type, OffsetUnit unit) const;
  Encoding finish(Encoding first, std::optional<Encoding> second, const EncodeOptions& options) const;
};

namespace {

constexpr int32_t kAnyId = -2;  // stands for the sequence in learn_frame()

// `text`, or its repaired copy in `storage` if it is not UTF-8.
std::string_view valid_text(std::string_view text, std::string& storage) {
  if (text.size() > UINT32_MAX / 2) fail("expected a text below 2 GiB, found {} bytes: split it", text.size());
  if (valid_utf8(text)) return text;
  return storage = repair_utf8(text);
}

void reserve(Encoding& encoding, size_t tokens) {
  encoding.ids.reserve(tokens);
  encoding.offsets.reserve(tokens);
  encoding.word_ids.reserve(tokens);
}

}  // namespace

std::optional<std::string_view> Tokenizer::Impl::text_of(int32_t id) const {
  const std::optional<std::string_view> added = stages.added.text(id);
  return added ? added : stages.model->token(id);
}

std::string Tokenizer::Impl::name(const Encoding& encoding, size_t token) const {
  const auto literal = std::lower_bound(encoding.literals.begin(), encoding.literals.end(), token,
                                        [](const auto& entry, size_t at) { return entry.first < at; });
  if (literal != encoding.literals.end() && literal->first == token) return literal->second;
  return std::string(text_of(encoding.ids[token]).value_or(""));
}

int64_t Tokenizer::Impl::ids() const {
  const std::vector<AddedToken>& added = stages.added.tokens();
  return std::max<int64_t>(stages.model->highest_id(), added.empty() ? -1 : added.back().id) + 1;
}

void Tokenizer::Impl::learn_frame() {
  Encoding one;
  one.ids = {kAnyId};
  one.type_ids = {0};
  one.offsets = {{0, 0}};
  one.word_ids = {-1};
  one.special_tokens_mask = {0};
  one.attention_mask = {1};
  for (const bool add : {false, true}) {
    std::vector<int32_t> ids;
    try {
      ids = post_process(one, std::nullopt, stages.post_processor.get(), std::nullopt, add, *this).ids;
    } catch (const Error&) {  // a template for pairs alone: encode() says so
    }
    if (std::count(ids.begin(), ids.end(), kAnyId) != 1) continue;
    const auto at = std::find(ids.begin(), ids.end(), kAnyId);
    frames[add] = {std::vector(ids.begin(), at), std::vector(at + 1, ids.end())};
  }
}

template <class Use>
void Tokenizer::Impl::with_state(const Use& use) const {
  std::unique_ptr<ModelState> state = states.take();
  if (!state) state = stages.model->make_state();
  use(*state);
  states.give_back(std::move(state));
}

PieceText Tokenizer::Impl::pieces(std::string_view text) const {
  PieceText out = stages.added.split(text, stages.normalizer.get());
  if (stages.pre_tokenizer) stages.pre_tokenizer->split(out);
  return out;
}

// Shows another text than its id does: an added token in other letters or with white space, or Unigram's unknown.
static void keep_literals(Encoding& encoding, const PieceText& pieces, const std::vector<Token>& tokens,
                          const TokenizerStages& stages) {
  const int32_t literal = stages.model->literal_id();
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const int32_t added = pieces.pieces[token.piece].token;
    if (added < 0 && token.id != literal && stages.added.shadows_model(token.id)) {
      encoding.literals.emplace_back(static_cast<uint32_t>(i), *stages.model->token(token.id));
      continue;
    }
    if (added < 0 && token.id != literal) continue;
    const std::string_view text = pieces.text.text().substr(token.begin, token.end - token.begin);
    if (added >= 0 && text == stages.added.text(added)) continue;
    encoding.literals.emplace_back(static_cast<uint32_t>(i), text);
  }
}

Encoding Tokenizer::Impl::encode(std::string_view given, int32_t type, std::optional<int32_t> word, OffsetUnit unit) const {
  std::string storage;
  const std::string_view text = valid_text(given, storage);
  const PieceText split = pieces(text);
  std::vector<Token> tokens;
  with_state([&](ModelState& state) { stages.model->encode(split.text.text(), split.pieces, state, tokens); });
  Encoding out;
  reserve(out, tokens.size());
  for (const Token& token : tokens) {
    out.ids.push_back(token.id);
    out.offsets.push_back(split.text.source(token.begin, token.end));
    out.word_ids.push_back(word.value_or(static_cast<int32_t>(token.piece)));
  }
  out.type_ids.assign(tokens.size(), type);
  out.special_tokens_mask.assign(tokens.size(), 0);
  out.attention_mask.assign(tokens.size(), 1);
  if (unit == OffsetUnit::code_points) to_code_points(text, out.offsets);
  keep_literals(out, split, tokens, stages);
  return out;
}

Encoding Tokenizer::Impl::encode_words(std::span<const std::string> words, int32_t type, OffsetUnit unit) const {
  Encoding out;
  for (size_t i = 0; i < words.size(); ++i) append(out, encode(words[i], type, static_cast<int32_t>(i), unit));
  return out;
}

Encoding Tokenizer::Impl::finish(Encoding first, std::optional<Encoding> second, const EncodeOptions& options) const {
  std::optional<Truncation> truncation;
  if (options.truncate) truncation = options.truncation ? options.truncation : stages.truncation;
  Encoding out = post_process(std::move(first), std::move(second), stages.post_processor.get(), truncation,
                              options.add_special_tokens, *this);
  if (options.pad && stages.padding)
    pad(out, padded_length(static_cast<int64_t>(out.size()), *stages.padding), *stages.padding, this);
  return out;
}

Tokenizer::Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Tokenizer Tokenizer::parse(std::string_view json, const std::string& where) {
  return Tokenizer(std::make_shared<const Impl>(parse_tokenizer(std::string(json), where), std::nullopt));
}

Tokenizer Tokenizer::load(const std::string& path) {
  if (!std::filesystem::is_directory(path))
    return Tokenizer(std::make_shared<const Impl>(parse_tokenizer(read_file(path), path), std::nullopt));
  const std::string file = join_path(path, "tokenizer.json");
  const bool has_file = file_exists(file);
  TokenizerSettings settings = has_file ? read_tokenizer_settings(path) : side_file_settings(path);
  TokenizerStages stages =
      has_file ? parse_tokenizer(read_file(file), file, &settings) : parse_tokenizer(side_files_to_tokenizer_json(path), path);
  return Tokenizer(std::make_shared<const Impl>(std::move(stages), std::move(settings)));
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  return impl_->finish(impl_->encode(text, 0, std::nullopt, options.unit), std::nullopt, options);
}

Encoding Tokenizer::encode(std::string_view first, std::string_view second, const EncodeOptions& options) const {
  return impl_->finish(impl_->encode(first, 0, std::nullopt, options.unit),
                       impl_->encode(second, 1, std::nullopt, options.unit), options);
}

Encoding Tokenizer::encode_words(std::span<const std::string> first, std::span<const std::string> second,
                                 const EncodeOptions& options) const {
  std::optional<Encoding> other;
  if (!second.empty()) other = impl_->encode_words(second, 1, options.unit);
  return impl_->finish(impl_->encode_words(first, 0, options.unit), std::move(other), options);
}

void Tokenizer::encode_ids(std::string_view given, bool add_special_tokens, std::vector<int32_t>& out) const {
  const auto& frame = impl_->frames[add_special_tokens];
  if (!frame) {
    EncodeOptions whole;
    whole.add_special_tokens = add_special_tokens;
    whole.truncate = false;
    const std::vector<int32_t> ids = encode(given, whole).ids;
    out.insert(out.end(), ids.begin(), ids.end());
    return;
  }
  std::string storage;
  const PieceText split = impl_->pieces(valid_text(given, storage));
  const auto put = [&](const std::vector<int32_t>& ids) { out.insert(out.end(), ids.begin(), ids.end()); };
  put((*frame)[0]);
  impl_->with_state([&](ModelState& state) {
    thread_local std::vector<Token> tokens;  // keeps its memory from call to call
    tokens.clear();
    impl_->stages.model->encode(split.text.text(), split.pieces, state, tokens);
    const size_t first = out.size();
    out.resize(first + tokens.size());
    for (size_t i = 0; i < tokens.size(); ++i) out[first + i] = tokens[i].id;
  });
  put((*frame)[1]);
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens) const {
  return impl_->decoder->decode(ids, skip_special_tokens);
}

std::string Tokenizer::join(std::vector<std::string> tokens) const { return impl_->decoder->join(std::move(tokens)); }

const TextDecoder& Tokenizer::decoder() const { return *impl_->decoder; }

std::optional<int32_t> Tokenizer::id(std::string_view token) const {
  if (const std::optional<int32_t> added = impl_->stages.added.id(token)) return added;
  return impl_->stages.model->id(token);
}

std::optional<std::string> Tokenizer::token(int32_t id) const {
  const std::optional<std::string_view> text = impl_->text_of(id);
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::vector<std::string> Tokenizer::tokens(const Encoding& encoding) const {
  std::vector<std::string> out;
  out.reserve(encoding.size());
  for (const int32_t id : encoding.ids) out.emplace_back(impl_->text_of(id).value_or(""));
  for (const auto& [index, text] : encoding.literals) out[index] = text;
  return out;
}

int64_t Tokenizer::size() const { return impl_->stages.model->size() + impl_->stages.added.fresh(); }

std::optional<int32_t> Tokenizer::unknown_id() const { return impl_->stages.model->unknown_id(); }
std::string_view Tokenizer::continuing_prefix() const { return impl_->stages.model->continuing_prefix(); }
const std::vector<AddedToken>& Tokenizer::added_tokens() const { return impl_->stages.added.tokens(); }
const std::optional<Truncation>& Tokenizer::truncation() const { return impl_->stages.truncation; }
const std::optional<Padding>& Tokenizer::padding() const { return impl_->stages.padding; }

std::string Tokenizer::json() const { return write_tokenizer(impl_->stages); }

void Tokenizer::save(const std::string& folder) const {
  make_directory(folder);
  write_file(join_path(folder, "tokenizer.json"), json());
  if (!impl_->settings) return;
  TokenizerSettings settings = *impl_->settings;
  settings.added = impl_->stages.added.tokens();
  const TokenizerFamily* family = find_family(settings.tokenizer_class);
  if (family && family->is_slow) settings.tokenizer_class.clear();  // whose files are not written
  write_tokenizer_settings(folder, settings);
}

}  // namespace gamana
