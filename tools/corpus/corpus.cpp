#include "tools/corpus/corpus.h"

#include <algorithm>
#include <unordered_set>

#include "gamana/base/file.h"
#include "tools/corpus/sentences.h"

namespace gamana::corpus {
namespace {

struct Kind {
  Pair (*make)(Random&);
  int weight;
};
constexpr Kind kKinds[] = {{statement, 22}, {yes_no_question, 6}, {wh_question, 7}, {command, 5},  {suggestion, 2},
                           {obligation, 6}, {description, 5},     {comparison, 2},  {location, 3}, {experience, 5},
                           {possession, 3}, {animal, 3},          {weather, 2},     {because, 5},  {condition, 5},
                           {sequence, 5},   {purpose, 5},         {chain, 5},       {related, 6},  {contrast, 5},
                           {reported, 4},   {long_sentence, 20}};

Pair draw(Random& r) {
  int total = 0;
  for (const Kind& k : kKinds) total += k.weight;
  int choice = r.below(total);
  for (const Kind& k : kKinds)
    if ((choice -= k.weight) < 0) return k.make(r);
  return {};
}

}  // namespace

Corpus make_corpus(uint64_t seed) {
  Random r(seed);
  std::unordered_set<string> seen;
  std::vector<Pair> pairs;
  while (pairs.size() < static_cast<size_t>(kTrain + kValid + kTest)) {
    Pair p = draw(r);
    const auto words = std::count(p.english.begin(), p.english.end(), ' ') + 1;
    if (words > 40 || words < 3 || seen.contains(p.english) || seen.contains(p.kannada)) continue;
    seen.insert(p.english);
    seen.insert(p.kannada);
    pairs.push_back(std::move(p));
  }
  const auto at = [&](int n) { return pairs.begin() + n; };
  return {{at(0), at(kTrain)}, {at(kTrain), at(kTrain + kValid)}, {at(kTrain + kValid), pairs.end()}};
}

std::string lines(const std::vector<Pair>& pairs, std::string Pair::*side) {
  std::string text;
  for (const Pair& p : pairs) text += p.*side + "\n";
  return text;
}

void write_corpus(const Corpus& corpus, const std::string& folder) {
  make_directory(folder);
  const auto write = [&](const char* name, const std::vector<Pair>& pairs) {
    write_file(join_path(folder, std::string(name) + ".en"), lines(pairs, &Pair::english));
    write_file(join_path(folder, std::string(name) + ".kn"), lines(pairs, &Pair::kannada));
  };
  write("train", corpus.train);
  write("valid", corpus.valid);
  write("test", corpus.test);
}

}  // namespace gamana::corpus
