#include "gamana/base/json.h"

#include <gtest/gtest.h>

#include "gamana/base/check.h"

namespace gamana {
namespace {

std::string object(int keys) {
  std::string text = "{";
  for (int i = 0; i < keys; ++i) text += fmt::format("{}\"{}\": {{}}", i ? "," : "", i);
  return text + "}";
}

TEST(Json, KeepsTheOrderOfKeys) {
  EXPECT_EQ(parse_json(R"({"b": {"z": 1, "y": [{"x": 2}]}, "a": null})", "a.json").dump(),
            R"({"b":{"z":1,"y":[{"x":2}]},"a":null})");
  EXPECT_EQ(parse_json(object(2000), "a.json").size(), 2000u);
}

TEST(Json, IsWhatTheLibraryReads) {
  for (const char* text :
       {"1", "-1", "1.5e3", "18446744073709551615", "true", "null", "\"a\\u00e9\\n\"", "[]", "{}", "[[],[{}]]",
        R"({"a": 1, "b": {"a": [1, {"c": "d"}]}, "a": 2})", R"([{"a": {"b": []}}, 1, [2, [3]]])"}) {
    EXPECT_EQ(parse_json(text, "a.json"), Json::parse(text)) << text;
    EXPECT_EQ(parse_json(text, "a.json").dump(), Json::parse(text).dump()) << text;
  }
}

// In a time that grows with their size: looking for each key among those before it would take minutes.
TEST(Json, LargeObjects) { EXPECT_EQ(parse_json(object(100000), "a.json").size(), 100000u); }

TEST(Json, NumbersThatDoNotFitAreRefused) {
  const Json json = parse_json(R"({"a": 2147483647, "b": 2147483648, "c": -2147483649, "d": 18446744073709551615,
                                   "e": 1e300, "f": 1.5, "g": true, "h": -2147483648})", "a.json");
  EXPECT_EQ(get_or(json, "a", 0), 2147483647);
  EXPECT_EQ(get_or(json, "h", 0), -2147483647 - 1);
  EXPECT_EQ(get_or(json, "b", int64_t{0}), 2147483648);
  EXPECT_EQ(get_or(json, "e", 0.0), 1e300);
  for (const char* key : {"b", "c", "d", "e", "f", "g"}) EXPECT_THROW(get_or(json, key, 0), Error) << key;
  for (const char* key : {"d", "e", "f", "g"}) EXPECT_THROW(get_or(json, key, int64_t{0}), Error) << key;
}

TEST(Json, FaultsHaveAPlace) {
  for (const char* text : {"", "{", "[1,]", "{\"a\"}", "nul", "1 2", "\"\xff\""}) {
    size_t byte = 0;
    try {
      const Json json = Json::parse(text);
    } catch (const Json::parse_error& e) {
      byte = e.byte;
    }
    try {
      parse_json(text, "a.json");
      ADD_FAILURE() << "no error for " << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(),
                fmt::format("a.json is not valid JSON: error near byte {} of {}", byte, std::string(text).size()));
    }
  }
}

}  // namespace
}  // namespace gamana
