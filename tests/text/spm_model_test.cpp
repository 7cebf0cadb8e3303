#include "gamana/text/files/spm_model.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/text/sentencepiece.h"
#include "tests/support/side_files.h"

namespace gamana {
namespace {

using Type = SpmModel::PieceType;

TEST(SpmModel, HasThePiecesThatTheLibraryFinds) {
  for (const char* file : {"joint/source.spm", "separate/source.spm", "separate/target.spm"}) {
    const std::string path = std::string(GAMANA_SOURCE_DIR "/tests/golden/text/") + file, bytes = read_file(path);
    const SpmModel model = read_spm_model(bytes, path);
    const SentencePiece library(bytes, path);
    ASSERT_EQ(static_cast<int>(model.pieces.size()), library.size());
    for (int id = 0; id < library.size(); ++id) EXPECT_EQ(model.pieces[id].text, library.piece(id));
    EXPECT_EQ(model.pieces[model.unknown_id].text, model.unknown);
    EXPECT_FALSE(model.charsmap.empty());
  }
}

TEST(SpmModel, HasTheSettingsOfItsTrainer) {
  const std::string path = write_side_files("gemma") + "/tokenizer.model";
  const SpmModel model = read_spm_model(read_file(path), path);
  EXPECT_EQ(model.algorithm, SpmModel::Algorithm::bpe);
  EXPECT_TRUE(model.byte_fallback);
  EXPECT_FALSE(model.add_dummy_prefix);
  EXPECT_FALSE(model.remove_extra_whitespaces);
  EXPECT_TRUE(model.escape_whitespaces);
  EXPECT_EQ(model.pad_id, 0);
  EXPECT_EQ(model.end_id, 1);
  EXPECT_EQ(model.begin_id, 2);
  EXPECT_EQ(model.unknown_id, 3);
  EXPECT_EQ(model.begin, "<bos>");
  EXPECT_EQ(model.end, "<eos>");
  EXPECT_TRUE(model.charsmap.empty());
  EXPECT_EQ(model.pieces[0].type, Type::control);
  EXPECT_EQ(model.pieces[3].type, Type::unknown);
  EXPECT_EQ(model.pieces[5].text, "\n\n");
  EXPECT_EQ(model.pieces[5].type, Type::user_defined);
  EXPECT_EQ(model.pieces[7].text, "<0x00>");
  EXPECT_EQ(model.pieces[7].type, Type::byte);
  EXPECT_EQ(model.pieces.back().type, Type::normal);
  EXPECT_LT(model.pieces.back().score, 0);
}

void expect_spm_complaint(const std::string& bytes, const std::string& part) {
  try {
    read_spm_model(bytes, "a.model");
    ADD_FAILURE() << "no error, expected " << part;
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
  }
}

TEST(SpmModel, FaultsAreNamed) {
  const std::string piece(
      "\x0a\x03\x0a\x01"
      "a",
      5);
  expect_spm_complaint("", "is not a SentencePiece model");
  expect_spm_complaint("\x0a", "is not a SentencePiece model");
  expect_spm_complaint("\x0a\x05\x0a\x01", "is not a SentencePiece model");
  expect_spm_complaint(std::string(20, '\xff'), "is not a SentencePiece model");
  // A length of 2^64 - 1.
  expect_spm_complaint("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + piece, "is not a SentencePiece model");
  expect_spm_complaint(std::string("\x0a\x00", 2), "expected a piece with the id 0");
  expect_spm_complaint("\x0a\x03\x0a\x01\xff", "expected UTF-8 in the piece with the id 0");
  const std::string nul("\x0a\x04\x0a\x02\x00n", 6);
  expect_spm_complaint(piece + nul, "expected no NUL in the piece with the id 1");
  expect_spm_complaint(piece + std::string("\x12\x03\xc0\x02\x07", 5), "expected an unknown id of 0 to 0, found 7");
  expect_spm_complaint(piece + std::string("\x0a\x08\x0a\x01"
                                       "b\x15\x00\x00\x80\x7f",
                                       10),
                   "expected a finite score of \"b\"");
  EXPECT_EQ(read_spm_model(piece, "a.model").pieces[0].text, "a");
}

// The library throws what is no Error.
TEST(SpmModel, APieceThatBeginsWithNulIsRefused) {
  std::string bytes = read_file(GAMANA_SOURCE_DIR "/tests/golden/text/joint/source.spm");
  EXPECT_GT(SentencePiece(bytes, "a.model").size(), 0);
  EXPECT_THROW(SentencePiece(bytes + std::string("\x0a\x04\x0a\x02\x00n", 6), "a.model"), Error);
}

}  // namespace
}  // namespace gamana
