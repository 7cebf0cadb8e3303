// Examples of multiple choice: what becomes of a file, and the accuracy of scores.
#include <gtest/gtest.h>

#include "gamana/jobs/choose.h"
#include "tests/support/files.h"
#include "tests/support/tiny_bert.h"

namespace gamana {
namespace {

TEST(Choose, EveryEndingIsASequence) {
  write_tiny_bert(temporary("bert"), {"ada", "sings", "eats", "sleeps"});
  const TextEncoder encoder(temporary("bert"), 0, 40);
  file("a.jsonl", "{\"context\":\"Ada\",\"endings\":[\"sings\",\"eats\",\"ada sleeps\"],\"label\":2}\n"
                  "{\"context\":\"Ada\",\"endings\":[\"eats\",\"sings\"],\"label\":\"0\"}\n");
  const ChoiceTexts choices = read_choices(temporary("a.jsonl"), encoder);
  EXPECT_EQ(choices.offsets, (std::vector<int32_t>{0, 3, 5}));
  EXPECT_EQ(choices.right, (std::vector<int32_t>{2, 0}));
  EXPECT_EQ(choices.lengths, (Lengths{5, 5, 6, 5, 5}));
  EXPECT_EQ(choices.texts[2].ids, (std::vector<int32_t>{2, 5, 3, 5, 8, 3}));
  EXPECT_EQ(choices.texts[2].segments, (std::vector<int32_t>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(choice_accuracy(choices, std::vector<float>{1, 2, 3, 5, 4}), 1);
  EXPECT_EQ(choice_accuracy(choices, std::vector<float>{1, 2, 3, 4, 5}), 0.5);
  EXPECT_EQ(choice_accuracy(choices, std::vector<float>{3, 2, 1, 5, 9}), 0);

  const ChoiceJob job({temporary("a.jsonl"), temporary("a.jsonl")}, encoder);
  EXPECT_EQ(job.lengths(), (Lengths{16, 10}));
  EXPECT_EQ(job.configure({{"id2label", {{"0", "a"}}}, {"vocab_size", 9}}), (Json{{"vocab_size", 9}}));
}

}  // namespace
}  // namespace gamana
