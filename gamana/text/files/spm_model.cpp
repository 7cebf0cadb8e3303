#include "gamana/text/files/spm_model.h"

#include <cmath>

#include "gamana/base/check.h"
#include "gamana/text/charsmap.h"
#include "gamana/text/protobuf.h"
#include "gamana/text/utf8.h"

namespace gamana {
namespace {

// Field numbers of sentencepiece_model.proto.
enum ModelField : uint64_t { kPieces = 1, kTrainer, kNormalizer };
enum PieceField : uint64_t { kText = 1, kScore, kType };
enum TrainerField : uint64_t {
  kModelType = 3,
  kWhitespaceAsSuffix = 24,
  kByteFallback = 35,
  kUnknownId = 40,
  kBeginId,
  kEndId,
  kPadId,
  kUnknownPiece = 45,
  kBeginPiece,
  kEndPiece,
  kPadPiece
};
enum NormalizerField : uint64_t { kCharsmap = 2, kAddDummyPrefix, kRemoveExtraWhitespaces, kEscapeWhitespaces };

bool is_number(const ProtobufField& field, uint64_t number) { return field.number == number && field.wire_type == 0; }
bool is_bytes(const ProtobufField& field, uint64_t number) { return field.number == number && field.wire_type == 2; }

void read(const ProtobufField& field, uint64_t number, bool& out) {
  if (is_number(field, number)) out = field.value != 0;
}

void read(const ProtobufField& field, uint64_t number, int32_t& out) {
  if (is_number(field, number)) out = static_cast<int32_t>(field.value);
}

void read(const ProtobufField& field, uint64_t number, std::string& out) {
  if (is_bytes(field, number)) out = field.bytes;
}

bool read_piece(std::string_view bytes, SpmModel::Piece& piece) {
  return every_field(bytes, [&](const ProtobufField& field) {
    read(field, kText, piece.text);
    if (field.number == kScore && field.wire_type == 5) piece.score = field.as_float();
    if (is_number(field, kType) && field.value >= 1 && field.value <= 6)
      piece.type = static_cast<SpmModel::PieceType>(field.value);
    return true;
  });
}

bool read_trainer(std::string_view bytes, SpmModel& model) {
  return every_field(bytes, [&](const ProtobufField& field) {
    if (is_number(field, kModelType) && field.value >= 1 && field.value <= 4)
      model.algorithm = static_cast<SpmModel::Algorithm>(field.value);
    read(field, kWhitespaceAsSuffix, model.whitespace_as_suffix);
    read(field, kByteFallback, model.byte_fallback);
    read(field, kUnknownId, model.unknown_id);
    read(field, kBeginId, model.begin_id);
    read(field, kEndId, model.end_id);
    read(field, kPadId, model.pad_id);
    read(field, kUnknownPiece, model.unknown);
    read(field, kBeginPiece, model.begin);
    read(field, kEndPiece, model.end);
    read(field, kPadPiece, model.pad);
    return true;
  });
}

bool read_normalizer(std::string_view bytes, SpmModel& model) {
  return every_field(bytes, [&](const ProtobufField& field) {
    read(field, kCharsmap, model.charsmap);
    read(field, kAddDummyPrefix, model.add_dummy_prefix);
    read(field, kRemoveExtraWhitespaces, model.remove_extra_whitespaces);
    read(field, kEscapeWhitespaces, model.escape_whitespaces);
    return true;
  });
}

bool read_model(std::string_view bytes, SpmModel& model) {
  return every_field(bytes, [&](const ProtobufField& field) {
    if (is_bytes(field, kPieces)) return read_piece(field.bytes, model.pieces.emplace_back());
    if (is_bytes(field, kTrainer)) return read_trainer(field.bytes, model);
    if (is_bytes(field, kNormalizer)) return read_normalizer(field.bytes, model);
    return true;
  });
}

void check(const SpmModel& model, const std::string& where) {
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SpmModel::Piece& piece = model.pieces[id];
    if (piece.text.empty()) fail("{}: expected a piece with the id {}, found an empty one", where, id);
    if (!valid_utf8(piece.text)) fail("{}: expected UTF-8 in the piece with the id {}, found other bytes", where, id);
    if (piece.text.find('\0') != piece.text.npos) fail("{}: expected no NUL in the piece with the id {}, found one", where, id);
    if (!std::isfinite(piece.score))
      fail("{}: expected a finite score of \"{}\", found {}", where, piece.text, piece.score);
  }
  if (model.unknown_id < 0 || static_cast<size_t>(model.unknown_id) >= model.pieces.size())
    fail("{}: expected an unknown id of 0 to {}, found {}", where, model.pieces.size() - 1, model.unknown_id);
  for (const std::string* name : {&model.unknown, &model.begin, &model.end, &model.pad})
    if (!valid_utf8(*name)) fail("{}: expected UTF-8 in the names of special pieces, found other bytes", where);
}

}  // namespace

SpmModel read_spm_model(std::string_view bytes, const std::string& where) {
  SpmModel model;
  if (!read_model(bytes, model) || model.pieces.empty() || !valid_charsmaps(bytes))
    throw Error(fmt::format("{} is not a SentencePiece model, or it is damaged ({} bytes)", where, bytes.size()),
                "copy the file again from where it came; with git, large files need git lfs");
  check(model, where);
  return model;
}

}  // namespace gamana
