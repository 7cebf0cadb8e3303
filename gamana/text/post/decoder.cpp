#include "gamana/text/post/decoder.h"

#include <algorithm>
#include <array>

#include "gamana/base/check.h"
#include "gamana/text/post/decode_steps.h"
#include "gamana/text/post/fields.h"
#include "gamana/text/post/replace.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/unicode/regex.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

constexpr int kDecoderDepth = 32;

std::string utf8(char32_t c) {
  char bytes[4];
  return std::string(bytes, utf8_bytes(c, bytes));
}

void join(std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  parts = {std::move(text)};
}

class SpaceDecoder : public TokenDecoder {
 public:
  void map(std::string& token, Place place) const override {
    if (!place.first) token.insert(0, 1, ' ');
  }
  bool needs_first() const override { return true; }
};

// tokenizers: decoders/wordpiece.rs. A token that continues a word loses its prefix, others get a space, the first
// neither.
class WordPieceDecoder : public TokenDecoder {
 public:
  explicit WordPieceDecoder(const Fields& fields) : prefix_(fields.text("prefix")), cleanup_(fields.flag("cleanup")) {}

  void map(std::string& token, Place place) const override {
    if (!place.first) {
      if (token.starts_with(prefix_))
        token.erase(0, prefix_.size());
      else
        token.insert(0, 1, ' ');
    }
    if (cleanup_) clean_up_token(token);
  }
  bool needs_first() const override { return true; }

 private:
  std::string prefix_;
  bool cleanup_;
};

// tokenizers: pre_tokenizers/metaspace.rs.
class MetaspaceDecoder : public TokenDecoder {
 public:
  explicit MetaspaceDecoder(const Fields& fields) : replacement_(utf8(fields.character("replacement"))) {
    const std::vector<std::string> schemes = {"first", "never", "always"};
    const size_t scheme = fields.has("prepend_scheme") ? fields.choice("prepend_scheme", schemes) : 2;
    drops_first_ = schemes[scheme] != "never";
    if (fields.has("split")) fields.flag("split");
    if (fields.has("add_prefix_space") && !fields.flag("add_prefix_space") && drops_first_)
      fail("{}: \"prepend_scheme\": expected never where add_prefix_space is false, found {}", fields.where(),
           schemes[scheme]);
  }

  void map(std::string& token, Place place) const override {
    replace_all(token, replacement_, place.first && drops_first_ ? "" : " ");
  }
  bool needs_first() const override { return drops_first_; }

 private:
  std::string replacement_;
  bool drops_first_;
};

// tokenizers: decoders/bpe.rs.
class BpeDecoder : public TokenDecoder {
 public:
  explicit BpeDecoder(const Fields& fields) : suffix_(fields.text("suffix")) {}
  void map(std::string& token, Place place) const override { replace_all(token, suffix_, place.last ? "" : " "); }
  bool needs_last() const override { return true; }

 private:
  std::string suffix_;
};

// tokenizers: decoders/strip.rs. Where both ends would take the same characters, which it does not survive, the begin
// does.
class StripDecoder : public TokenDecoder {
 public:
  explicit StripDecoder(const Fields& fields)
      : content_(fields.character("content")), start_(fields.count("start")), stop_(fields.count("stop")) {}

  void map(std::string& token, Place) const override {
    const std::string content = utf8(content_);
    size_t begin = 0, end = token.size();
    for (int64_t i = 0; i < start_ && token.compare(begin, content.size(), content) == 0; ++i) begin += content.size();
    for (int64_t i = 0; i < stop_ && end >= begin + content.size(); ++i) {
      if (token.compare(end - content.size(), content.size(), content) != 0) break;
      end -= content.size();
    }
    token = token.substr(begin, end - begin);
  }

  bool add_to(DecodeSteps& steps) const override {
    if (!steps.joined) return TokenDecoder::add_to(steps);
    if (steps.strip_begin || steps.strip_end) return false;
    steps.strip = content_;
    steps.strip_begin = start_;
    steps.strip_end = stop_;
    return true;
  }

 private:
  char32_t content_;
  int64_t start_, stop_;
};

// tokenizers: normalizers/replace.rs. The content is taken as it is: groups of the pattern cannot be named in it.
class ReplaceDecoder : public TokenDecoder {
 public:
  explicit ReplaceDecoder(const Fields& fields) : content_(fields.text("content")) {
    const Json& pattern = fields.object("pattern");
    const Fields kind(pattern, fields.where("pattern"));
    if (pattern.size() != 1 || !(kind.has("String") || kind.has("Regex")))
      fail("{}: \"pattern\": expected one of String or Regex, found {}", fields.where(), pattern.dump());
    if (kind.has("String"))
      text_ = kind.text("String");
    else
      regex_ = std::make_unique<Regex>(kind.text("Regex"), fields.where("pattern"));
  }

  void map(std::string& token, Place) const override {
    if (token.empty()) return;
    if (!regex_) return replace_all(token, text_, content_);
    std::string out;
    size_t at = 0;
    regex_->each(token, [&](Span match) {
      out.append(token, at, match.begin - at).append(content_);
      at = match.end;
    });
    token = out.append(token, at);
  }

 private:
  std::string text_, content_;
  std::unique_ptr<Regex> regex_;
};

// tokenizers: decoders/byte_fallback.rs. A run of byte tokens that is not UTF-8 becomes one U+FFFD for each.
class ByteFallback : public Decoder {
 public:
  void decode(std::vector<std::string>& tokens) const override {
    std::vector<std::string> out;
    std::string run;
    const auto flush = [&] {
      if (valid_utf8(run)) {
        if (!run.empty()) out.push_back(run);
      } else {
        out.insert(out.end(), run.size(), "\uFFFD");
      }
      run.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = byte_token(token)) {
        run += static_cast<char>(*byte);
        continue;
      }
      flush();
      out.push_back(std::move(token));
    }
    flush();
    tokens = std::move(out);
  }

  bool add_to(DecodeSteps& steps) const override {
    if (steps.joined || steps.byte_tokens || steps.drops_repeats || steps.needs_first || steps.needs_last) return false;
    return steps.byte_tokens = true;
  }
};

class FuseDecoder : public Decoder {
 public:
  void decode(std::vector<std::string>& tokens) const override { join(tokens); }
  bool add_to(DecodeSteps& steps) const override { return steps.joined = true; }
};

// tokenizers: pre_tokenizers/byte_level.rs.
class ByteLevelDecoder : public Decoder {
 public:
  explicit ByteLevelDecoder(const Fields& fields) {
    fields.flag("add_prefix_space");
    fields.flag("trim_offsets");
    if (fields.has("use_regex")) fields.flag("use_regex");
  }

  void decode(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) unmap_bytes(token);
    join(tokens);
    tokens[0] = repair_utf8(tokens[0]);
  }

  bool add_to(DecodeSteps& steps) const override {
    if (steps.joined || steps.byte_tokens) return false;
    return steps.byte_level = steps.joined = true;
  }
};

// tokenizers: decoders/ctc.rs.
class CtcDecoder : public TokenDecoder {
 public:
  explicit CtcDecoder(const Fields& fields)
      : pad_(fields.text("pad_token")),
        delimiter_(fields.text("word_delimiter_token")),
        cleanup_(fields.flag("cleanup")) {}

  void decode(std::vector<std::string>& tokens) const override {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    TokenDecoder::decode(tokens);
    std::erase(tokens, "");
  }

  void map(std::string& token, Place) const override {
    replace_all(token, pad_, "");
    if (!cleanup_) return;
    clean_up_token(token);
    replace_all(token, delimiter_, " ");
  }

  bool add_to(DecodeSteps& steps) const override {
    if (!steps.tokens.empty() || steps.byte_tokens || steps.joined) return false;
    steps.tokens.push_back(this);
    return steps.drops_repeats = true;
  }

 private:
  std::string pad_, delimiter_;
  bool cleanup_;
};

std::unique_ptr<Decoder> make_decoder(const Json& json, const std::string& where, int depth);

class DecoderSequence : public Decoder {
 public:
  DecoderSequence(const Fields& fields, int depth) {
    if (depth > kDecoderDepth) fail("{}: sequences are nested more than {} deep", fields.where(), kDecoderDepth);
    for (const Json& item : fields.list("decoders")) {
      const std::string where = fmt::format("{}[{}]", fields.where("decoders"), decoders_.size());
      decoders_.push_back(make_decoder(item, where, depth + 1));
      if (!decoders_.back()) fail("{}: expected an object, found null", where);
    }
  }

  void decode(std::vector<std::string>& tokens) const override {
    for (const auto& decoder : decoders_) decoder->decode(tokens);
  }

  bool add_to(DecodeSteps& steps) const override {
    return std::all_of(decoders_.begin(), decoders_.end(), [&](const auto& decoder) { return decoder->add_to(steps); });
  }

 private:
  std::vector<std::unique_ptr<Decoder>> decoders_;
};

std::unique_ptr<Decoder> make_decoder(const Json& json, const std::string& where, int depth) {
  if (json.is_null()) return nullptr;
  const Fields fields(json, where);
  const std::string type = fields.type();
  // As there, this one is known by its field and not by its type.
  if (type == "BPEDecoder" || (fields.has("suffix") && json["suffix"].is_string()))
    return std::make_unique<BpeDecoder>(fields);
  if (type == "ByteLevel") return std::make_unique<ByteLevelDecoder>(fields);
  if (type == "WordPiece") return std::make_unique<WordPieceDecoder>(fields);
  if (type == "Metaspace") return std::make_unique<MetaspaceDecoder>(fields);
  if (type == "CTC") return std::make_unique<CtcDecoder>(fields);
  if (type == "Sequence") return std::make_unique<DecoderSequence>(fields, depth);
  if (type == "Replace") return std::make_unique<ReplaceDecoder>(fields);
  if (type == "Fuse") return std::make_unique<FuseDecoder>();
  if (type == "Strip") return std::make_unique<StripDecoder>(fields);
  if (type == "ByteFallback") return std::make_unique<ByteFallback>();
  // Those of a type that is not known are, too.
  if (fields.has("prefix") && fields.has("cleanup")) return std::make_unique<WordPieceDecoder>(fields);
  if (fields.has("pad_token") && fields.has("word_delimiter_token")) return std::make_unique<CtcDecoder>(fields);
  if (fields.has("pattern") && fields.has("content")) return std::make_unique<ReplaceDecoder>(fields);
  if (fields.has("content") && fields.has("start") && fields.has("stop")) return std::make_unique<StripDecoder>(fields);
  fail(
      "{}: \"type\": expected one of ByteLevel, WordPiece, Metaspace, BPEDecoder, ByteFallback, Fuse, Strip, Replace, "
      "CTC, "
      "Sequence, found {}",
      where, fields.has("type") ? describe(json["type"]) : "nothing");
}

// The byte of each character up to U+0143 (tokenizers: bytes_char), or -1.
const std::array<int16_t, 0x144>& byte_of_character() {
  static const auto table = [] {
    std::array<int16_t, 0x144> bytes;
    bytes.fill(-1);
    char32_t other = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool itself = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
      bytes[itself ? static_cast<char32_t>(byte) : other++] = static_cast<int16_t>(byte);
    }
    return bytes;
  }();
  return table;
}

}  // namespace

bool Decoder::add_to(DecodeSteps&) const { return false; }

void TokenDecoder::decode(std::vector<std::string>& tokens) const {
  for (size_t i = 0; i < tokens.size(); ++i) map(tokens[i], {i == 0, i + 1 == tokens.size()});
}

bool TokenDecoder::add_to(DecodeSteps& steps) const {
  if (steps.joined || (needs_last() && steps.byte_tokens)) return false;
  if (steps.drops_repeats && (needs_first() || needs_last())) return false;  // CTC drops empty parts as well
  (steps.byte_tokens ? steps.parts : steps.tokens).push_back(this);
  steps.needs_first |= needs_first();
  steps.needs_last |= needs_last();
  return true;
}

const TokenDecoder& space_decoder() {
  static const SpaceDecoder decoder;
  return decoder;
}

std::optional<unsigned char> byte_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  const int high = token[3] == '+' ? 0 : digit(token[3]), low = digit(token[4]);  // Rust reads the plus of a number
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high << 4 | low);
}

void unmap_bytes(std::string& token) {
  const auto& table = byte_of_character();
  std::string bytes;
  for (size_t at = 0; at < token.size();) {
    const CodePoint point = code_point(token, at);
    if (point.c >= table.size() || table[point.c] < 0) return;
    bytes += static_cast<char>(table[point.c]);
    at += point.bytes;
  }
  token = std::move(bytes);
}

std::unique_ptr<Decoder> make_decoder(const Json& json, const std::string& where) {
  return make_decoder(json, where, 0);
}

}  // namespace gamana
