// Model folders and runs with damaged files: refused by name, never a crash.
#include <cstring>
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "gamana/base/rng.h"
#include "program.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;

Ran translate(const Workspace& w) {
  return w.run({"translate", "-m", "model", "--max-new-tokens", "4", "--threads", "1"}, "a dog\n");
}

Ran resume(const Workspace& w) { return w.run({"train", "--resume", "model"}); }

// The header of model.safetensors, changed.
void edit_header(const Workspace& w, const std::function<void(Json&)>& edit) {
  const std::string bytes = w.read("model/model.safetensors");
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  Json header = parse_json(bytes.substr(8, size), "header");
  const std::string data = bytes.substr(8 + size);
  edit(header);
  const std::string text = header.dump();
  size = text.size();
  w.write("model/model.safetensors", std::string(reinterpret_cast<const char*>(&size), 8) + text + data);
}

void edit_json(const Workspace& w, const std::string& name, const std::function<void(Json&)>& edit) {
  Json json = parse_json(w.read(name), name);
  edit(json);
  w.write(name, json.dump());
}

TEST(Files, DamagedModels) {
  const Workspace w;
  for (const char* name : {"model.safetensors", "config.json", "source.spm", "target.spm", "vocab.json"})
    for (const char* damage : {"missing", "empty", "cut", "zeros", "folder"}) {
      SCOPED_TRACE(std::string(name) + " " + damage);
      w.copy(trained("transformer"), "model");
      const std::string path = std::string("model/") + name, bytes = w.read(path);
      fs::remove(w.path(path));
      if (damage == std::string("empty")) w.write(path, "");
      if (damage == std::string("cut")) w.write(path, bytes.substr(0, bytes.size() * 2 / 3));
      if (damage == std::string("zeros")) w.write(path, std::string(bytes.size(), '\0'));
      if (damage == std::string("folder")) fs::create_directory(w.path(path));
      expect_fault(translate(w), {"model", name});
    }
}

TEST(Files, DamagedRuns) {
  const Workspace w;
  for (const char* name : {"training.json", "config.json", "vocab.json", "checkpoint/state.safetensors"})
    for (const char* damage : {"empty", "cut", "zeros"}) {
      SCOPED_TRACE(std::string(name) + " " + damage);
      w.copy(trained("rnn"), "model");
      const std::string path = std::string("model/") + name, bytes = w.read(path);
      w.write(path, damage == std::string("empty") ? ""
                    : damage == std::string("cut") ? bytes.substr(0, bytes.size() * 2 / 3)
                                                   : std::string(bytes.size(), '\0'));
      const std::string weights = w.read("model/model.safetensors");
      expect_fault(resume(w), {path});
      EXPECT_EQ(w.read("model/model.safetensors"), weights);
    }
}

TEST(Files, TensorsThatDoNotBelong) {
  const Workspace w;
  const auto with_header = [&](const std::function<void(Json&)>& edit) {
    w.copy(trained("transformer"), "model");
    edit_header(w, edit);
    return translate(w);
  };
  const std::string name = "model.encoder.layers.0.fc1.weight";
  expect_fault(with_header([&](Json& h) { h.erase(name); }), {"missing", name});
  expect_fault(with_header([&](Json& h) { h["more"] = h[name]; }), {"do not belong", "more"});
  expect_fault(with_header([&](Json& h) { h[name]["shape"] = {32, 64}; }), {name, "[64, 32]", "[32, 64]"});
  expect_fault(with_header([&](Json& h) { h[name]["shape"] = {64, 33}; }), {name});
  expect_fault(with_header([&](Json& h) { h[name]["shape"] = {-64, -32}; }), {name});
  expect_fault(with_header([&](Json& h) { h[name]["shape"] = {int64_t{1} << 33, int64_t{1} << 33}; }), {name});
  expect_fault(with_header([&](Json& h) { h[name]["dtype"] = "F8"; }), {name, "F8"});
  expect_fault(with_header([&](Json& h) { h[name]["dtype"] = "I32"; }), {name, "I32"});
  expect_fault(with_header([&](Json& h) { h[name]["data_offsets"] = {8, 4}; }), {name});
  expect_fault(with_header([&](Json& h) { h[name]["data_offsets"][1] = uint64_t{1} << 62; }), {name});
  expect_fault(with_header([&](Json& h) { h[name] = "x"; }), {name});
}

TEST(Files, ModelsOfTheWrongKind) {
  const Workspace w;
  w.copy(trained("transformer"), "model");
  edit_json(w, "model/config.json", [](Json& j) { j["model_type"] = "bert"; });
  expect_fault(translate(w), {"bert", "marian"});
  fs::copy_file(trained("rnn") + "/config.json", w.path("model/config.json"), fs::copy_options::overwrite_existing);
  expect_fault(translate(w), {"model", "missing"});
  w.copy(trained("transformer"), "model");
  edit_json(w, "model/vocab.json", [](Json& j) { j["zebra"] = 4000; });
  expect_fault(translate(w), {"4001", "400", "do not belong together"});
  w.copy(trained("transformer"), "model");
  edit_json(w, "model/tokenizer_config.json",
            [](Json& j) { j["added_tokens_decoder"]["99999"] = {{"content", "dog"}}; });
  expect_fault(translate(w), {"100000", "400"});
}

// Whatever stands in a configuration, the program says no or works.
TEST(Files, AnyValueInAConfiguration) {
  const Workspace w;
  const std::vector<Json> values = {nullptr, -1,    0,   1,    7,             3.5,
                                    1e11,    1e300, "x", true, Json::array(), Json::object()};
  size_t turn = 0;
  for (const char* kind : {"transformer", "rnn"}) {
    w.copy(trained(kind), "model");
    const Json whole = parse_json(w.read("model/config.json"), "config");
    for (const auto& [key, _] : whole.items()) {
      // Each key meets every third value, another third for the next one.
      for (size_t i = turn++ % 3; i < values.size(); i += 3) {
        Json json = whole;
        json[key] = values[i];
        w.write("model/config.json", json.dump());
        SCOPED_TRACE(key + ": " + values[i].dump());
        const Ran ran = translate(w);
        if (ran.code != 0) expect_fault(ran, {});
      }
    }
  }
}

TEST(Files, AnyDamageOfACheckpoint) {
  const Workspace w;
  w.copy(trained("rnn"), "whole");
  const std::string state = w.read("whole/checkpoint/state.safetensors");
  uint64_t header = 0;
  std::memcpy(&header, state.data(), 8);
  for (uint64_t turn = 0; turn < 40; ++turn) {
    SCOPED_TRACE(turn);
    w.copy("whole", "model");
    std::string bytes = state;
    for (uint64_t i = 0; i < 1 + turn % 3; ++i)
      bytes[static_cast<size_t>(uniform(turn, 2 * i) * double(8 + header))] = static_cast<char>(mix(turn + 100 * i));
    w.write("model/checkpoint/state.safetensors", bytes);
    const Ran ran = resume(w);
    if (ran.code != 0) expect_fault(ran, {});
  }
}

}  // namespace
}  // namespace gamana
