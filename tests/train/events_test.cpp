#include "gamana/train/events.h"

#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

TEST(Events, AreTensorBoardsBytes) {
  const Json golden = read_json(GAMANA_SOURCE_DIR "/tests/golden/events.json");
  const double time = golden.at("time");
  const int64_t step = golden.at("step");
  EXPECT_EQ(hex(version_record(time)), golden.at("version_record"));
  EXPECT_EQ(hex(start_record(time, step)), golden.at("start_record"));
  EXPECT_EQ(hex(scalars_record(time, step, golden.at("scalars").get<Scalars>())), golden.at("scalars_record"));
}

TEST(Events, FilesGrowByRecords) {
  const std::string folder = temporary("events");
  make_directory(folder);
  {
    EventFile file(folder, 5);
    file.add(7, {{"train/loss", 2.5}});
    file.add(8, {{"train/loss", 2.25}});
  }
  std::vector<std::string> records;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_TRUE(entry.path().filename().string().starts_with("events.out.tfevents."));
    const std::string bytes = read_file(entry.path());
    for (size_t at = 0; at < bytes.size();) {
      uint64_t length = 0;
      std::memcpy(&length, bytes.data() + at, 8);
      ASSERT_LE(at + 16 + length, bytes.size());
      records.push_back(bytes.substr(at, 16 + length));
      at += 16 + length;
    }
  }
  ASSERT_EQ(records.size(), 4u);
  // The time stands in bytes 13 to 20 of a record; without it and the checksum of the event they are known.
  const auto known = [](std::string record) { return record.replace(13, 8, 8, '\0').substr(0, record.size() - 4); };
  EXPECT_EQ(known(records[0]), known(version_record(1)));
  EXPECT_EQ(known(records[1]), known(start_record(1, 5)));
  EXPECT_EQ(known(records[2]), known(scalars_record(1, 7, {{"train/loss", 2.5}})));
  EXPECT_EQ(known(records[3]), known(scalars_record(1, 8, {{"train/loss", 2.25}})));
}

TEST(Events, AFolderThatIsNotThereIsSaid) { EXPECT_THROW(EventFile("/nowhere/at/all", 0), Error); }

}  // namespace
}  // namespace gamana
