#include "gamana/text/chat/lexer.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "gamana/base/check.h"
#include "gamana/text/unicode/properties.h"
#include "gamana/text/utf8.h"

namespace gamana::jinja {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Line ends become \n; one at the end of the template is none of it.
std::string normal_lines(std::string_view source) {
  std::string out;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') ++i;
    out += source[i] == '\r' ? '\n' : source[i];
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      size_t tag = at_;
      while ((tag = source_.find('{', tag)) != std::string::npos && !begins_tag(tag)) ++tag;
      if (tag == std::string::npos) {
        add_text(source_.substr(at_));
        at_ = source_.size();
        break;
      }
      read_tag(tag);
    }
    add(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  bool begins_tag(size_t at) const {
    const char next = at + 1 < source_.size() ? source_[at + 1] : '\0';
    return next == '%' || next == '#' || next == '{';
  }

  void add(TokenKind kind, std::string value) { tokens_.push_back({kind, std::move(value), line_}); }

  void add_text(std::string text) {
    const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    if (!text.empty()) add(TokenKind::text, std::move(text));
    line_ += lines;
  }

  void advance(size_t to) {
    line_ += static_cast<int>(std::count(source_.begin() + at_, source_.begin() + to, '\n'));
    at_ = to;
  }

  // The text before a tag without the white space that the tag takes along: all of it for a minus, and what stands
  // between the begin of the line and a block or comment unless there is a plus.
  std::string text_before(size_t tag, char sign, bool block) const {
    std::string text = source_.substr(at_, tag - at_);
    if (sign == '-') return std::string(strip_right(text));
    if (sign == '+' || !block) return text;
    const size_t line = text.rfind('\n') + 1;
    if ((line > 0 || line_starting_) && line < text.size() && strip_left(std::string_view(text).substr(line)).empty())
      text.resize(line);
    return text;
  }

  char sign_at(size_t at) const {
    return at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
  }

  void read_tag(size_t tag) {
    const char kind = source_[tag + 1];
    // A plus before an expression is the sign of a number as well, and read as the former.
    const char sign = sign_at(tag + 2);
    const std::string text = text_before(tag, sign, kind != '{');
    const int line = line_;
    add_text(text);
    line_ = line;
    advance(tag);
    const size_t inside = tag + 2 + (sign != '\0');
    if (kind == '#') return read_comment(inside);
    if (kind == '%' && read_raw(inside)) return;
    add(kind == '%' ? TokenKind::block_begin : TokenKind::print_begin, "");
    advance(inside);
    read_inside(kind == '%');
  }

  // Past the end of a block at `at`, which is one of -%} (takes white space along), +%} and %} (takes a newline along).
  // npos if none is there.
  size_t block_end(size_t at, std::string_view close) const {
    const char sign = sign_at(at);
    size_t end = at + (sign != '\0');
    if (source_.compare(end, close.size(), close) != 0) return std::string::npos;
    end += close.size();
    if (sign == '-') return skip_space(end);
    return sign == '\0' && end < source_.size() && source_[end] == '\n' ? end + 1 : end;
  }

  size_t skip_space(size_t at) const {
    return source_.size() - strip_left(std::string_view(source_).substr(at)).size();
  }

  void end_tag(size_t to) {
    advance(to);
    line_starting_ = to > 0 && source_[to - 1] == '\n';
  }

  void read_comment(size_t inside) {
    const size_t at = source_.find("#}", inside);
    if (at == std::string::npos) fail("line {}: a comment has no end", line_);
    const bool sign = at > inside && sign_at(at - 1) != '\0';
    end_tag(block_end(at - sign, "#}"));
  }

  // {% raw %}: text until {% endraw %}.
  bool read_raw(size_t inside) {
    size_t at = skip_space(inside);
    if (source_.compare(at, 3, "raw") != 0) return false;
    at = skip_space(at + 3);
    const bool minus = sign_at(at) == '-';
    if (source_.compare(at + minus, 2, "%}") != 0) return false;
    at += minus + 2;
    end_tag(minus ? skip_space(at) : at);
    for (size_t tag = at_;; ++tag) {
      tag = source_.find("{%", tag);
      if (tag == std::string::npos) fail("line {}: a raw block has no end", line_);
      const char sign = sign_at(tag + 2);
      const size_t name = skip_space(tag + 2 + (sign != '\0'));
      if (source_.compare(name, 6, "endraw") != 0) continue;
      const size_t end = block_end(skip_space(name + 6), "%}");
      if (end == std::string::npos) continue;
      const std::string text = text_before(tag, sign, true);
      const int line = line_;
      add_text(text);
      line_ = line;
      end_tag(end);
      return true;
    }
  }

  void read_inside(bool block) {
    std::string open;  // brackets: an end of the tag inside of them is none
    while (at_ < source_.size()) {
      if (open.empty() && read_end(block)) return;
      const char c = source_[at_];
      if (space(c))
        advance(at_ + 1);
      else if (c == '"' || c == '\'')
        read_string(c);
      else if (digit(c))
        read_number();
      else if (!read_name())
        read_sign(open);
    }
    fail("line {}: a tag has no end", line_);
  }

  bool read_end(bool block) {
    size_t end;
    if (block) {
      end = block_end(at_, "%}");
    } else {
      const bool minus = source_[at_] == '-';
      const bool found = source_.compare(at_ + minus, 2, "}}") == 0;
      end = found ? at_ + minus + 2 : std::string::npos;
      if (found && minus) end = skip_space(end);
    }
    if (end == std::string::npos) return false;
    add(block ? TokenKind::block_end : TokenKind::print_end, "");
    end_tag(end);
    return true;
  }

  void read_string(char quote);
  void read_number();
  bool read_name();
  void read_sign(std::string& open);
  void read_escape(size_t& at, std::string& out) const;

  std::string source_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
};

void Lexer::read_string(char quote) {
  std::string value;
  size_t at = at_ + 1;
  while (at < source_.size() && source_[at] != quote) {
    if (source_[at] == '\\')
      read_escape(at, value);
    else
      value += source_[at++];
  }
  if (at >= source_.size()) fail("line {}: a string has no end", line_);
  add(TokenKind::string, std::move(value));
  advance(at + 1);
}

// One escape of Python's strings.
void Lexer::read_escape(size_t& at, std::string& out) const {
  static constexpr std::string_view kNames = "abfnrtv\\'\"", kValues = "\a\b\f\n\r\t\v\\'\"";
  if (at + 1 >= source_.size()) fail("line {}: a string has no end", line_);
  const char c = source_[at + 1];
  at += 2;
  if (c == '\n') return;
  if (const size_t known = kNames.find(c); known != std::string_view::npos) {
    out += kValues[known];
    return;
  }
  const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  uint32_t value = 0;
  if (digits) {
    for (size_t i = 0; i < digits; ++i, ++at) {
      if (at >= source_.size() || !isxdigit(static_cast<unsigned char>(source_[at])))
        fail("line {}: \\{} is followed by less than {} hexadecimal digits", line_, c, digits);
      value = value << 4 | static_cast<uint32_t>(std::stoi(source_.substr(at, 1), nullptr, 16));
    }
  } else if (c >= '0' && c <= '7') {
    value = static_cast<uint32_t>(c - '0');
    for (int i = 0; i < 2 && at < source_.size() && source_[at] >= '0' && source_[at] <= '7'; ++i)
      value = value * 8 + static_cast<uint32_t>(source_[at++] - '0');
  } else {
    if (c == 'N') fail("line {}: \\N in strings is not supported", line_);
    out += {'\\', c};
    return;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
    fail("line {}: a string has an escape that is no character", line_);
  char bytes[4];
  out.append(bytes, utf8_bytes(value, bytes));
}

void Lexer::read_number() {
  const auto digits = [&](size_t at) {  // past digits with single underscores between them
    while (at < source_.size() &&
           (digit(source_[at]) || (source_[at] == '_' && at + 1 < source_.size() && digit(source_[at + 1]))))
      ++at;
    return at;
  };
  const auto digit_at = [&](size_t at) { return at < source_.size() && digit(source_[at]); };
  const char next = at_ + 1 < source_.size() ? static_cast<char>(source_[at_ + 1] | 32) : '\0';
  size_t end = digits(at_);
  bool floating = false;
  if (source_[at_] == '0' && (next == 'x' || next == 'o' || next == 'b')) {
    for (end = at_ + 2;
         end < source_.size() && (isalnum(static_cast<unsigned char>(source_[end])) || source_[end] == '_');)
      ++end;
  } else {
    if (end + 1 < source_.size() && source_[end] == '.' && digit_at(end + 1)) {
      end = digits(end + 1);
      floating = true;
    }
    if (end < source_.size() && (source_[end] | 32) == 'e') {
      const size_t sign = end + 1 < source_.size() && (source_[end + 1] == '-' || source_[end + 1] == '+');
      if (digit_at(end + 1 + sign)) {
        end = digits(end + 1 + sign);
        floating = true;
      }
    }
  }
  std::string value = source_.substr(at_, end - at_);
  std::erase(value, '_');
  add(floating ? TokenKind::floating : TokenKind::integer, std::move(value));
  advance(end);
}

bool Lexer::read_name() {
  size_t end = at_;
  while (end < source_.size()) {
    const CodePoint point = code_point(source_, end);
    const UChar32 c = static_cast<UChar32>(point.c);
    if (c != '_' &&
        !(end == at_ ? u_hasBinaryProperty(c, UCHAR_XID_START) : u_hasBinaryProperty(c, UCHAR_XID_CONTINUE)))
      break;
    end += point.bytes;
  }
  if (end == at_) return false;
  add(TokenKind::name, source_.substr(at_, end - at_));
  advance(end);
  return true;
}

void Lexer::read_sign(std::string& open) {
  std::string sign = source_.substr(at_, 1);
  for (const std::string_view two : {"//", "**", "==", "!=", ">=", "<="})
    if (source_.compare(at_, 2, two) == 0) sign = two;
  if (sign.find_first_of("+-/*%~[](){}=><.:|,;!") != 0 || sign == "!")
    fail("line {}: unexpected character {}", line_, source_.substr(at_, code_point(source_, at_).bytes));
  if (const size_t kind = std::string_view("([{").find(sign); kind != std::string_view::npos) {
    open += ")]}"[kind];
  } else if (std::string_view(")]}").find(sign) != std::string_view::npos) {
    if (open.empty() || open.back() != sign[0]) fail("line {}: unexpected {}", line_, sign);
    open.pop_back();
  }
  add(TokenKind::sign, sign);
  advance(at_ + sign.size());
}

}  // namespace

std::vector<Token> lex(std::string_view source) {
  if (!valid_utf8(source)) fail("the template is not UTF-8");
  return Lexer(normal_lines(source)).run();
}

}  // namespace gamana::jinja
