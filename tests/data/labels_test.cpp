#include "gamana/data/labels.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace gamana {
namespace {

TEST(Labels, AreSorted) {
  EXPECT_EQ(Labels({"10", "9", "-1", "2.5"}, "f").id2label().dump(), R"({"0":"-1","1":"2.5","2":"9","3":"10"})");
  EXPECT_EQ(Labels({"10", "9", "b", "B", "é"}, "f").id2label().dump(), R"({"0":"10","1":"9","2":"B","3":"b","4":"é"})");
  const Labels labels({"pos", "neg"}, "f");
  EXPECT_EQ(labels.label2id().dump(), R"({"neg":0,"pos":1})");
  EXPECT_EQ(labels.id("pos", "f", 1), 1);
  EXPECT_EQ(labels.name(0), "neg");
  EXPECT_EQ(labels.size(), 2);
}

TEST(Labels, UnknownOnesAreNamed) {
  EXPECT_EQ(fault_of([] { Labels({"pos", "neg"}, "train.csv").id("posh", "dev.csv", 7); }),
            "dev.csv, line 7: expected one of the labels \"neg\", \"pos\", found \"posh\"");
  EXPECT_EQ(fault_of([] { Labels({}, "train.csv"); }), "train.csv: expected rows with labels, found none");
}

TEST(Labels, ComeFromAModel) {
  const auto from = [](const char* json) { return Labels::from_config(Json::parse(json), "config.json"); };
  EXPECT_EQ(from(R"({"id2label": {"1": "A", "0": "B"}})").id("A", "f", 1), 1);
  EXPECT_EQ(from(R"({"id2label": {"0": 0, "1": 1}})").name(1), "1");
  EXPECT_EQ(from("{}").size(), 2);
  EXPECT_EQ(from(R"({"num_labels": 3})").id("2", "f", 1), 2) << "numbers stand for LABEL_0, LABEL_1, …";
  EXPECT_EQ(from(R"({"num_labels": 3})").id("LABEL_2", "f", 1), 2);
  EXPECT_THROW(from(R"({"num_labels": 3})").id("3", "f", 1), Error);
  EXPECT_THROW(from(R"({"id2label": {"0": "LABEL_0", "1": "other"}})").id("0", "f", 1), Error);
  for (const char* broken : {R"({"id2label": {"0": "a", "2": "b"}})", R"({"id2label": {"0": "a", "1": "a"}})",
                             R"({"id2label": []})", R"({"id2label": {}})", R"({"id2label": {"0": []}})",
                             R"({"num_labels": 0})", R"({"num_labels": 10000000000})", R"({"num_labels": "x"})"})
    EXPECT_THROW(from(broken), Error) << broken;
}

TEST(Labels, KeepTheIdsOfAModelThatHasTheSameOnes) {
  const auto name_of_0 = [](const Labels& labels, const char* json) { return labels.with_ids_of(Json::parse(json)).name(0); };
  const Labels words({"pos", "neg"}, "f"), numbers({"0", "1"}, "f");
  EXPECT_EQ(name_of_0(words, R"({"id2label": {"0": "pos", "1": "neg"}})"), "pos");
  EXPECT_EQ(words.with_ids_of(Json::parse(R"({"id2label": {"0": "pos", "1": "neg"}})")).id("neg", "f", 1), 1);
  EXPECT_EQ(name_of_0(numbers, R"({"id2label": {"0": 1, "1": 0}})"), "1");
  for (const char* other : {"{}", R"({"id2label": null})", R"({"id2label": []})", R"({"id2label": {"0": "pos", "1": "other"}})",
                            R"({"id2label": {"0": "pos", "1": "pos"}})", R"({"id2label": {"1": "pos", "2": "neg"}})",
                            R"({"id2label": {"0": "pos", "1": "neg", "2": "other"}})", R"({"num_labels": 2})"})
    EXPECT_EQ(name_of_0(words, other), "neg") << other;
}

TEST(Labels, MayBeNumbers) {
  EXPECT_EQ(label_number("-2.5e1", "f", 1), -25);
  for (const char* broken : {"", "1,5", "2x", "nan", "inf", "1e999"})
    EXPECT_THROW(label_number(broken, "f", 1), Error) << broken;
  EXPECT_EQ(fault_of([] { label_number("good", "f.csv", 3); }),
            "f.csv, line 3: expected a number as the label, found \"good\"");
}

}  // namespace
}  // namespace gamana
