// What is computed again is what was computed: gradients, with the same random masks.
#include "gamana/ops/recompute.h"

#include "tests/ops/gradient.h"

namespace gamana::test {
namespace {

TEST(Recompute, GradientsAndMasksAreTheSame) {
  const std::vector<Matrix> inputs = {random_matrix(4, 8, 1), random_matrix(4, 8, 2)};
  const auto d_y = random_matrix(4, 8, 3).values;
  const auto gradients = [&](bool again) {
    return gradients_of(
        cpu_kernels(), inputs,
        [again](Context& c, const std::vector<Tensor>& t) {
          c.recompute = again;
          const auto part = [&c](const std::vector<Tensor>& x) {
            return std::vector<Tensor>{dropout(c, add(c, x[0], x[1], 0.5f), 0.5f)};
          };
          const Tensor first = recompute(c, {dropout(c, t[0], 0.3f), t[1]}, part)[0];
          return dropout(c, recompute(c, {first, t[1]}, part)[0], 0.3f);
        },
        d_y, true);
  };
  const auto plain = gradients(false);
  EXPECT_EQ(gradients(true), plain);
  EXPECT_NE(plain[0], std::vector<float>(32, 0));
}

// Nothing of a part is kept between its forward and its backward.
TEST(Recompute, ThrowsAwayWhatAPartKeeps) {
  const auto peak = [](bool again) {
    Arena arena;
    Tape tape;
    Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape, .recompute = again};
    Tensor x = c.tensor(64, 64, true);
    std::fill_n(x.data(), x.size(), 1.0f);
    for (int layer = 0; layer < 8; ++layer)
      x = recompute(c, {x}, [&c](const std::vector<Tensor>& t) {
        Tensor y = t[0];
        for (int i = 0; i < 8; ++i) y = add(c, y, y, 0);
        return std::vector<Tensor>{y};
      })[0];
    std::fill_n(grad_slot(arena, x).data, x.size(), 1.0f);
    tape.backward();
    return arena.peak();
  };
  EXPECT_LT(peak(true), peak(false) / 2);
}

}  // namespace
}  // namespace gamana::test
