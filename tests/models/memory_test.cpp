// What training keeps for backward, and what a model that only runs keeps of its weights.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gamana/models/layers.h"
#include "gamana/models/text_model.h"

namespace gamana {
namespace {

constexpr int64_t kRows = 64, kWidth = 32, kInner = 128;

// The gradients of a feed-forward sublayer; `down` is its last product. Tells the memory that waits for backward.
std::vector<float> train_feed_forward(bool is_gated, Precision precision,
                                      Tensor (*down)(Context&, const Tensor&, const Linear&), size_t& kept) {
  Linear up = make_linear(kWidth, is_gated ? 2 * kInner : kInner), last = make_linear(kInner, kWidth);
  ParameterStore store([&](const ParameterVisitor& v) { visit(v, "up", up), visit(v, "down", last); });
  store.initialise(1);
  store.require_gradients();
  Arena arena;
  Tape tape;
  Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .precision = precision, .training = true};
  std::vector<float> values(kRows * kWidth);
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  const Tensor x = Tensor::borrow(values.data(), kRows, kWidth);
  Tensor y;
  {
    const Tensor inner = is_gated ? gated(c, linear(c, x, up), Activation::silu) : linear(c, x, up, Activation::gelu);
    y = down(c, inner, last);
  }
  kept = arena.in_use();
  const GradSlot d_y = grad_slot(arena, y);
  std::copy_n(y.data(), y.size(), d_y.data);
  tape.backward();
  return std::vector<float>(store.gradients(), store.gradients() + store.size());
}

TEST(FeedForward, KeepsWhatTheSlopeNeedsAndMakesTheRestAgain) {
  const auto kept_whole = [](Context& c, const Tensor& inner, const Linear& last) { return linear(c, inner, last); };
  for (const bool is_gated : {false, true}) {
    size_t kept = 0, kept_before = 0;
    EXPECT_EQ(train_feed_forward(is_gated, Precision::f32, project_down, kept),
              train_feed_forward(is_gated, Precision::f32, kept_whole, kept_before));
    EXPECT_EQ(kept, sizeof(float) * kRows * ((is_gated ? 2 : 1) * kInner + kWidth));
    EXPECT_EQ(kept_before - kept, sizeof(float) * kRows * kInner);
  }
}

size_t resident_bytes(const float* first, int64_t count) {
  const size_t page = sysconf(_SC_PAGESIZE), pages = (count * sizeof(float) + page - 1) / page;
  std::vector<unsigned char> there(pages);
  EXPECT_EQ(mincore(const_cast<float*>(first), count * sizeof(float), there.data()), 0);
  size_t resident = 0;
  for (const unsigned char flag : there) resident += (flag & 1) * page;
  return resident;
}

TEST(ParameterStore, AWeightThatIsPackedGivesUpItsMemory) {
  const Json config = {{"model_type", "gpt2"}, {"vocab_size", 4096}, {"n_embd", 128}, {"n_layer", 2}, {"n_head", 4}};
  Batch batch;
  const int32_t tokens[] = {1, 2, 3, 4095};
  batch.append(tokens, 4);
  std::vector<float> logits[2];
  for (const bool gives_up : {false, true}) {
    TextModel model(config, Task::next_word);
    ParameterStore& store = model.parameters();
    store.initialise(1);
    if (gives_up) store.give_up_packed();
    Arena arena;
    for (int run = 0; run < 2; ++run) {
      Context c{.kernels = cpu_kernels(), .arena = arena, .packs = true};
      const Tensor y = model.project(c, 0, model.read(c, 0, model.hidden(c, batch), batch));
      const std::vector<float> now(y.data(), y.data() + y.size());
      if (logits[0].empty()) logits[0] = now;
      EXPECT_EQ(now, logits[0]);
    }
    // 1,024 positions stay: 0.5 MB. 12 d^2 weights of a layer go, and the embedding, whose rows then come out of the projection's form.
    const size_t gone = sizeof(float) * (2 * 12 * 128 * 128 + 4096 * 128), resident = resident_bytes(store.weights(), store.size());
    const size_t all = store.size() * sizeof(float);
    if (gives_up) EXPECT_LT(resident, all - gone * 9 / 10);  // but for pages that a weight shares with its neighbours
    else EXPECT_GE(resident, all);
  }
}

}  // namespace
}  // namespace gamana
