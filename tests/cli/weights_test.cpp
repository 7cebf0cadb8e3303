// The same seed gives the same weights, bit for bit: with any number of threads, killed and resumed, interrupted and
// resumed, with activations computed again.
#include <chrono>
#include <csignal>
#include <cmath>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "program.h"

namespace gamana {
namespace {

class Weights : public testing::TestWithParam<const char*> {
 protected:
  Ran train(const std::string& out, const Arguments& more = {}) const { return w.run(command(out, more)); }

  Arguments command(const std::string& out, const Arguments& more = {}) const {
    return with(tiny_training(GetParam()) + Arguments{"--max-steps", "12", "--eval-steps", "4", "--save-steps", "2",
                                                      "--average-checkpoints", "2", "--out", out},
                more);
  }

  std::string weights(const std::string& out) const { return w.read(out + "/model.safetensors"); }

  std::string trained_whole() const {
    const Ran ran = train("whole");
    EXPECT_EQ(ran.code, 0) << ran.err;
    return weights("whole");
  }

  Workspace w;
};

TEST_P(Weights, ThreadsAndRecomputingChangeNothing) {
  const std::string whole = trained_whole();
  EXPECT_EQ(train("again").code, 0);
  EXPECT_EQ(weights("again"), whole);
  EXPECT_EQ(train("two", {"--threads", "2"}).code, 0);
  EXPECT_EQ(weights("two"), whole);
  if (GetParam() == std::string("transformer")) {
    EXPECT_EQ(train("recomputed", {"--recompute"}).code, 0);
    EXPECT_EQ(weights("recomputed"), whole);
  }
  EXPECT_EQ(train("other", {"--seed", "2"}).code, 0);
  EXPECT_NE(weights("other"), whole);
}

// At moments that differ: while files are first written, between checkpoints, in validations, near the end.
TEST_P(Weights, KilledRunsGoOnToTheSame) {
  const std::string whole = trained_whole();
  for (const int milliseconds : {5, 20, 50, 80, 110, 140, 170, 200, 250}) {
    const std::string out = "killed" + std::to_string(milliseconds);
    const pid_t process = w.start(command(out));
    w.wait_for(out + "/training.json");
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(process, SIGKILL);
    w.wait_for(process);
    const Ran resumed = w.run({"train", "--resume", out});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(weights(out), whole) << milliseconds << " ms";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(w.path(out)))
      EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  }
}

TEST_P(Weights, AnInterruptedRunSaysHowToGoOn) {
  const std::string whole = trained_whole();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {  // a terminal that is closed as well
    const std::string out = "stopped" + std::to_string(signal);
    const Ran stopped = w.end(command(out), out + "/checkpoint/state.safetensors", signal);
    expect_fault(stopped, {"interrupted at step", "gamana train --resume " + out});
    EXPECT_EQ(w.run({"train", "--resume", out}).code, 0);
    EXPECT_EQ(weights(out), whole);
  }
  const std::string stopped = "stopped" + std::to_string(SIGINT);
  // A run that has ended changes no more.
  EXPECT_EQ(w.run({"train", "--resume", stopped}).code, 0);
  EXPECT_EQ(weights(stopped), whole);
}

TEST_P(Weights, RunsGoOnFromAnyFolder) {
  Arguments relative;
  for (const std::string& word : command("here")) {
    const std::string name = word.substr(word.rfind('/') + 1);
    if (word == corpus(name)) w.write(name, read_file(word));
    relative.push_back(word == corpus(name) ? name : word);
  }
  ASSERT_EQ(w.run(relative).code, 0);
  const Ran resumed = Workspace().run({"train", "--resume", w.path("here")});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
}

TEST_P(Weights, LittleMemorySplitsBatches) {
  const Ran ran = train("small", {"--max-memory", "2"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(weights("small").size(), trained_whole().size());
  const Json log = parse_json(w.read("small/trainer_state.json"), "log").at("log_history");
  for (const auto& entry : log)
    for (const char* key : {"loss", "eval_loss"}) EXPECT_TRUE(std::isfinite(entry.value(key, 0.0)));
  expect_fault(train("none", {"--width", "256", "--max-memory", "1"}), {" MiB, --max-memory allows 1:"});
  EXPECT_FALSE(w.has("none"));
}

TEST_P(Weights, OtherWaysToTrain) {
  for (const Arguments& way :
       {Arguments{"--gradient-accumulation-steps", "3"}, {"--precision", "bf16"}, {"--ema", "0.9"},
        {"--optimizer", "sgd", "--learning-rate", "0.1"}, {"--schedule", "cosine"},
        {"--separate-vocabularies", "--lowercase"}, {"--early-stopping", "1"}}) {
    const Ran ran = train("way", way);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(w.run({"translate", "-m", "way", "--max-new-tokens", "3"}, "a dog\n").code, 0) << way[0];
    std::filesystem::remove_all(w.path("way"));
  }
}

TEST_P(Weights, OneProcessAtATime) {
  const pid_t process = w.start(command("one", {"--max-steps", "2000", "--eval-steps", "2000"}));
  w.wait_for("one/checkpoint/state.safetensors");
  expect_fault(w.run({"train", "--resume", "one"}), {"another process"});
  ::kill(process, SIGINT);
  expect_fault(w.wait_for(process), {"interrupted"});
}

INSTANTIATE_TEST_SUITE_P(Models, Weights, testing::Values("transformer", "rnn"));

}  // namespace
}  // namespace gamana
