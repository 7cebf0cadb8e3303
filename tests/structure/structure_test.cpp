// The layers of docs/design, section 3: a folder of gamana/ includes only what stands to its left, and files stay short.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "gamana/base/file.h"

namespace gamana {
namespace {

namespace fs = std::filesystem;
using Folders = std::set<std::string>;

// What each folder may include beside itself.
const std::map<std::string, Folders>& arrows() {
  static const Folders tensors = {"base", "kernels", "tensor"};
  static const auto with = [](Folders folders, std::initializer_list<std::string> more) {
    folders.insert(more);
    return folders;
  };
  static const Folders models = with(tensors, {"ops", "io"});
  static const Folders jobs = with(models, {"models", "text", "data", "train", "metric", "decode"});
  static const Folders all = with(jobs, {"jobs", "view"});
  static const std::map<std::string, Folders> list = {
      {"base", {}},         {"kernels", {"base"}},
      {"text", {"base"}},   {"tensor", {"base", "kernels"}},
      {"metric", {"base"}}, {"ops", tensors},
      {"view", {"base"}},   {"io", tensors},
      {"decode", {"base"}}, {"models", models},
      {"data", {"base", "text"}}, {"train", with(models, {"models", "data"})},
      {"jobs", jobs},       {"serve", all},       {"cli", with(all, {"serve"})}};
  return list;
}

// Decoding sees a model through this interface, so models implement it.
bool allowed(const std::string& folder, const std::string& other, const std::string& header) {
  return other == folder || arrows().at(folder).count(other) || (folder == "models" && header == "gamana/decode/model.h");
}

std::vector<std::string> faults_of(const std::string& folder, const std::string& name, const std::string& text) {
  std::vector<std::string> faults;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.starts_with("#include \"")) continue;
    const std::string header = line.substr(10, line.find('"', 10) - 10);
    const size_t slash = header.find('/', 7);
    if (!header.starts_with("gamana/") || slash == std::string::npos) {
      faults.push_back(fmt::format("{}:{}: {} should be included as \"gamana/<folder>/…\"", name, number, header));
    } else if (const std::string other = header.substr(7, slash - 7); !allowed(folder, other, header)) {
      faults.push_back(fmt::format("{}:{}: {} must not include {}", name, number, folder, header));
    }
  }
  if (number > 400) faults.push_back(fmt::format("{}: {} lines, at most 400 are wanted", name, number));
  return faults;
}

std::vector<fs::path> sources() {
  std::vector<fs::path> list;
  for (const auto& entry : fs::recursive_directory_iterator(GAMANA_SOURCE_DIR "/gamana"))
    if (const auto kind = entry.path().extension(); kind == ".h" || kind == ".cpp" || kind == ".cu")
      list.push_back(entry.path());
  std::sort(list.begin(), list.end());
  return list;
}

TEST(Structure, SourcesFollowTheArrows) {
  ASSERT_GT(sources().size(), 100u);
  for (const fs::path& path : sources()) {
    const fs::path inside = fs::relative(path, GAMANA_SOURCE_DIR "/gamana");
    const std::string folder = *inside.begin();
    ASSERT_TRUE(arrows().count(folder)) << folder << " has no place in the design";
    for (const std::string& fault : faults_of(folder, inside, read_file(path))) ADD_FAILURE() << fault;
  }
}

// The lists of CMake say what is linked: they have to hold what is included, or an installed library would not link.
TEST(Structure, TargetsLinkWhatTheyInclude) {
  std::map<std::string, Folders> links;
  for (const auto& [folder, _] : arrows()) {
    const std::string path = fmt::format(GAMANA_SOURCE_DIR "/gamana/{}/CMakeLists.txt", folder);
    if (!file_exists(path)) continue;
    std::string text = read_file(path);
    text = text.substr(0, text.find(')'));
    for (const auto& [other, _2] : arrows())
      if (text.find("gamana_" + other + " ") != std::string::npos || text.ends_with("gamana_" + other))
        links[folder].insert(other);
  }
  for (size_t i = 0; i < links.size(); ++i)  // what a link brings along
    for (auto& [folder, direct] : links)
      for (const std::string& other : Folders(direct)) direct.insert(links[other].begin(), links[other].end());
  for (const fs::path& path : sources()) {
    const std::string folder = *fs::relative(path, GAMANA_SOURCE_DIR "/gamana").begin(), text = read_file(path);
    if (folder == "cli") continue;  // links all
    for (const auto& [other, _] : arrows())
      if (other != folder && text.find("#include \"gamana/" + other + "/") != std::string::npos) {
        EXPECT_TRUE(links[folder].count(other)) << path << " includes " << other << ", gamana_" << folder
                                                << " does not link it";
      }
  }
}

// Types that the lines of a header define, with their namespaces: "gamana::view::Alignment".
std::vector<std::string> types_of(const std::string& text) {
  static const std::regex kSpace("^namespace ([a-z_:]+) \\{"), kType("^(?:class|struct|enum class) (\\w+)(?: final)?(?: :[^;]*)? \\{");
  std::vector<std::string> types;
  std::string space;
  std::istringstream lines(text);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, found, kSpace)) space = found[1].str() + "::";
    else if (std::regex_search(line, found, kType)) types.push_back(space + found[1].str());
  }
  return types;
}

// Two types of one name are one to the linker: the program then calls the functions of either.
TEST(Structure, TypesHaveNamesOfTheirOwn) {
  std::map<std::string, std::string> places;
  for (const fs::path& path : sources()) {
    if (path.extension() != ".h") continue;
    const std::string name = fs::relative(path, GAMANA_SOURCE_DIR "/gamana");
    for (const std::string& type : types_of(read_file(path))) {
      const auto [place, is_new] = places.emplace(type, name);
      EXPECT_TRUE(is_new) << type << " is defined in " << place->second << " and in " << name;
    }
  }
  EXPECT_GT(places.size(), 200u);
}

TEST(Structure, TypesAreSeen) {
  EXPECT_EQ(types_of("namespace gamana::view {\nclass A : public B {\n  struct Inner {\nenum class C { x };\nstruct D;\n"),
            (std::vector<std::string>{"gamana::view::A", "gamana::view::C"}));
}

TEST(Structure, FaultsAreSeen) {
  const auto faults = [](const std::string& folder, const std::string& text) {
    return faults_of(folder, "a.cpp", text).size();
  };
  EXPECT_EQ(faults("text", "#include \"gamana/base/file.h\"\n#include <vector>\n"), 0u);
  EXPECT_EQ(faults("text", "#include \"gamana/tensor/tensor.h\"\n"), 1u);
  EXPECT_EQ(faults("base", "#include \"gamana/cli/commands.h\"\n"), 1u);
  EXPECT_EQ(faults("decode", "#include \"gamana/models/layers.h\"\n"), 1u);
  EXPECT_EQ(faults("models", "#include \"gamana/decode/model.h\"\n"), 0u);
  EXPECT_EQ(faults("models", "#include \"gamana/decode/search.h\"\n"), 1u);
  EXPECT_EQ(faults("view", "#include \"canvas.h\"\n"), 1u);
  EXPECT_EQ(faults("view", "#include \"../view/canvas.h\"\n"), 1u);
  EXPECT_EQ(faults("view", std::string(400, '\n')), 0u);
  EXPECT_EQ(faults("view", std::string(401, '\n')), 1u);
}

}  // namespace
}  // namespace gamana
