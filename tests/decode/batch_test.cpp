// A source's result does not depend on its neighbours, slots or threads; slots are refilled, cells come back.
#include <gtest/gtest.h>

#include <numeric>

#include "gamana/base/check.h"
#include "gamana/base/parallel.h"
#include "gamana/decode/generate.h"
#include "gamana/decode/search.h"
#include "tests/decode/toy_model.h"

namespace gamana {
namespace {

std::vector<GenerateOptions> kinds() {
  std::vector<GenerateOptions> kinds(5);
  kinds[0].output_scores = true;
  kinds[1].num_beams = kinds[1].num_return_sequences = 4;
  kinds[1].no_repeat_ngram_size = 2;
  kinds[2].do_sample = true;
  kinds[2].num_return_sequences = 3;
  kinds[2].top_k = 0;
  kinds[2].output_scores = true;
  kinds[3].do_sample = true;
  kinds[3].top_k = 0;
  kinds[3].top_p = 0.9f;
  kinds[3].repetition_penalty = 1.2f;
  kinds[4].num_beams = 3;
  kinds[4].repetition_penalty = 1.5f;
  kinds[4].max_length_factor = 3;
  kinds[4].max_length_offset = 2;
  return kinds;
}

bool equal(const std::vector<Hypothesis>& a, const std::vector<Hypothesis>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Hypothesis& x, const Hypothesis& y) {
    return x.tokens == y.tokens && x.score == y.score && x.log_probabilities == y.log_probabilities;
  });
}

TEST(Batch, ResultsDependOnTheSourceAlone) {
  ToyModel model(2100, 9, true);  // two chunks of the vocabulary
  DecodeModel* models[] = {&model};
  const auto sources = toy_sources(9);
  for (GenerateOptions options : kinds()) {
    options.max_length = 12;
    const auto expected = generate(models, sources, options);
    for (const int rows : {1, 12, 31}) {
      for (const int threads : {1, 3}) {
        options.max_rows = rows;
        set_threads(threads);
        const auto results = generate(models, sources, options);
        for (size_t s = 0; s < sources.size(); ++s) EXPECT_TRUE(equal(results[s], expected[s])) << rows << " rows";
      }
    }
    set_threads(1);
    if (options.do_sample) continue;  // randomness goes by the source's index
    for (size_t s = 0; s < sources.size(); ++s) {
      EXPECT_TRUE(equal(generate(models, {&sources[s], 1}, options)[0], expected[s])) << "source " << s;
    }
  }
}

TEST(Batch, SlotsAreRefilledInGroups) {
  ToyModel model(37, 5, true);
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.num_beams = 2;
  options.max_rows = 64;  // 32 slots
  generate(models, toy_sources(200), options);
  EXPECT_LE(model.most_rows, 64u);
  EXPECT_GT(static_cast<double>(model.rows_fed) / model.steps, 45);
  EXPECT_EQ(model.encoded[0], 32u);
  for (size_t i = 1; i + 1 < model.encoded.size(); ++i) EXPECT_GE(model.encoded[i], 4u);
}

TEST(Batch, CallbacksTellOfEverySource) {
  ToyModel model;
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.max_rows = 3;
  const auto sources = toy_sources(10);
  std::vector<std::vector<Hypothesis>> seen(10);
  size_t calls = 0;
  GenerateCallbacks callbacks;
  callbacks.finished = [&](size_t source, const std::vector<Hypothesis>& h) { seen[source] = h; };
  callbacks.progress = [&](size_t done, size_t total) {
    EXPECT_EQ(done, ++calls);
    EXPECT_EQ(total, 10u);
  };
  const auto results = generate(models, sources, options, callbacks);
  EXPECT_EQ(calls, 10u);
  for (size_t s = 0; s < 10; ++s) EXPECT_TRUE(equal(seen[s], results[s]));
}

// However long the sources behind it are.
TEST(Batch, TheFirstResultsDoNotWaitForAll) {
  ToyModel model;
  DecodeModel* models[] = {&model};
  GenerateOptions options;
  options.max_rows = 8, options.max_new_tokens = 2;
  auto sources = toy_sources(3000);
  for (size_t s = 2500; s < sources.size(); ++s) sources[s].insert(sources[s].begin(), 30, 3);
  size_t done = 0, of_the_first = 0;
  GenerateCallbacks callbacks;
  callbacks.finished = [&](size_t source, const std::vector<Hypothesis>&) { of_the_first += ++done <= 2000 && source < 2500; };
  generate(models, sources, options, callbacks);
  EXPECT_EQ(done, 3000u);
  EXPECT_EQ(of_the_first, 2000u);
}

TEST(Batch, NothingToDo) {
  ToyModel model;
  DecodeModel* models[] = {&model};
  EXPECT_TRUE(generate(models, {}, {}).empty());
}

TEST(Cells, SharedPastsReturnWithTheirLastUser) {
  Cells cells(4);
  std::vector<int> past;
  past.push_back(cells.take(past, 5, true));
  past.push_back(cells.take(past, 5, true));  // the first lives through the second
  cells.keep(past);
  std::vector<int> c = past, d = past;
  c.push_back(cells.take(c, 6, true)), d.push_back(cells.take(d, 7, true));
  EXPECT_EQ(cells.in_use(), 4);
  cells.release(c);
  EXPECT_EQ(cells.in_use(), 3);
  cells.find(std::vector<int>{7}, past);  // they share nothing with others
  EXPECT_EQ(past.size(), 2u);
  const std::vector<int> e = {cells.take({}, 5, true)};
  EXPECT_EQ(e[0], c[2]);
  cells.release(e);
  cells.release(d);
  EXPECT_EQ(cells.in_use(), 0);
}

std::vector<int> taken(Cells& cells, int count) {
  std::vector<int> past;
  for (int i = 0; i < count; ++i) cells.begin_step(), past.push_back(cells.take(past, i, true));
  return past;
}

TEST(Cells, PlacesOfAWindowAreUsedAgain) {
  Cells cells(100, true, 3, 5);
  const std::vector<int> past = taken(cells, 20);
  int placed = 0;
  for (const int cell : past) placed += cells.places().has(cell);
  EXPECT_EQ(placed, 5);  // three are needed, the others are there until something else is
  for (size_t i = 15; i < 20; ++i) EXPECT_TRUE(cells.places().has(past[i]));

  // Who begins alike goes on where the window is there as a whole.
  std::vector<int> tokens(30);
  std::iota(tokens.begin(), tokens.end(), 0);
  for (const auto& [wanted, expected] : {std::pair{20, 20}, {19, 19}, {18, 18}, {17, 0}, {30, 20}}) {
    std::vector<int> other;
    cells.find(std::span(tokens).first(wanted), other);
    EXPECT_EQ(static_cast<int>(other.size()), expected) << wanted;
    cells.release(other);
  }
  cells.release(past);
  EXPECT_EQ(cells.in_use(), 0);
  cells.release(taken(cells, 20));
  EXPECT_EQ(cells.in_use(), 0);
}

// The searches of all kinds, alone: every cell comes back, and never more are used than promised.
TEST(Cells, AllReturnWhenASearchIsOver) {
  for (GenerateOptions options : kinds()) {
    ToyModel model(37, 5, true);
    DecodeModel* models[] = {&model};
    const std::vector<int> source = {4, 3}, prefix = {5, 6, 7};
    options.max_new_tokens = 20, options.max_length_factor = 0;
    const GenerateRequest request{source, prefix, &options};
    Cells cells(3 + options.width() * 20);
    const GenerateCallbacks none;
    SearchContext context{cells, ToyModel::kStart, ToyModel::kEnd, 64, 37, none};
    EXPECT_EQ(cells_of(request, limit_of(request, 0, context), context), cells.capacity());
    Projection projection(models, options.ensemble_mean);
    model.reserve(1, cells.capacity(), 0);
    Search search;
    for (int i = 0; i < 5; ++i) {
      const int slot = 0;
      model.encode(std::vector<std::vector<int>>{{i, 3}}, {&slot, 1});
      search.start(context, request, i, slot, 20);
      bool over = false;
      while (!over) {
        std::vector<StepRow> rows;
        std::vector<RowRules> rules;
        size_t count = 0;
        int room = 256;
        search.add_rows(context, room, rows, rules, count);
        ASSERT_EQ(count, search.wanted());
        model.step(rows);
        while (!search.enough(projection.scan(rules), rules)) continue;
        over = search.advance(context, projection.scan(rules), rules);
      }
      EXPECT_EQ(cells.in_use(), 0);
      EXPECT_FALSE(search.results().empty());
    }
  }
}

}  // namespace
}  // namespace gamana
