// gamana bench ops: each operation of the engine alone, at the sizes of the tiny and the base model.
#include <algorithm>
#include <cstring>
#include <functional>

#include <fmt/ranges.h>

#include "gamana/base/clock.h"
#include "gamana/base/huge_pages.h"
#include "gamana/base/json.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/run.h"
#include "gamana/cli/usage.h"
#include "gamana/models/transformer.h"
#include "gamana/ops/rnn.h"

namespace gamana {
namespace {

struct OpsOptions {
  std::string filter, precision = "f32";
  int threads = 0;
  double seconds = 0.3;
  bool json = false;
};

// What a call cannot do without: arithmetic of its products, and its operands and results moved once.
struct Work {
  double flops, bytes;
};

std::vector<float> numbers(int64_t n) {
  std::vector<float> out(static_cast<size_t>(n));
  parallel_for(n, 1 << 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = static_cast<float>(uniform(1, static_cast<uint64_t>(i)) - 0.5);
  });
  return out;
}

std::vector<int32_t> indices(int64_t n, int64_t limit) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<int32_t>(mix(static_cast<uint64_t>(i)) % limit);
  return out;
}

// Seconds of single calls, ascending, after one that is not counted. `before` (may be empty) makes each call's input.
// Calls too short for the clock are timed by the dozen.
std::vector<double> sample(const std::function<void()>& before, const std::function<void()>& run, double seconds) {
  const auto time = [&](int calls) {
    if (before) before();
    const double begin = now();
    for (int i = 0; i < calls; ++i) run();
    return (now() - begin) / calls;
  };
  const double first = time(1);
  const int calls = before || first > 20e-6 ? 1 : 24;
  std::vector<double> samples;
  for (const double begin = now(); samples.size() < 3 || now() - begin < seconds;) samples.push_back(time(calls));
  std::sort(samples.begin(), samples.end());
  return samples;
}

// The packed product of a large matrix in cache: as near to the arithmetic's limit as this program comes.
double peak_flops(Precision precision, double seconds) {
  constexpr int64_t m = 512, n = 2048, k = 512;
  const auto x = numbers(m * k), table = numbers(n * k);
  std::vector<uint16_t> half(x.size());
  cpu_kernels().to_bf16(m * k, x.data(), half.data());
  std::vector<float> out(m * n);
  const PackedWeight weight(precision, n, k, table.data(), k);
  const auto samples =
      sample({}, [&] { weight.multiply(m, x.data(), k, half.data(), k, nullptr, 0, n, out.data(), n); }, seconds);
  return 2.0 * m * n * k / samples.front();
}

// A copy larger than the caches, bytes read and bytes written.
double peak_bytes(double seconds) {
  constexpr int64_t kFloats = 32 << 20;
  const auto from = numbers(kFloats);
  auto to = from;
  const auto copy = [&] {
    parallel_for(kFloats, 1 << 16, [&](int64_t begin, int64_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, static_cast<size_t>(end - begin) * sizeof(float));
    });
  };
  return 2.0 * sizeof(float) * kFloats / sample({}, copy, seconds).front();
}

// The sum of squares of numbers that no cache holds, in large pages, as the weights of a model are.
double peak_read(double seconds) {
  constexpr int64_t kFloats = 128 << 20;
  const std::vector<float, HugePages<float>> from(kFloats, 1.0f);
  volatile double sum = 0;
  return sizeof(float) * kFloats / sample({}, [&] { sum = cpu_kernels().sum_of_squares(kFloats, from.data()); }, seconds).front();
}

// A differentiable operation of one input.
struct Operation {
  std::string name, sizes;
  int64_t rows, cols;  // of the input
  Work forward, backward;
  ParameterStore& parameters;
  std::function<Tensor(Context&, const Tensor&)> run;
};

class OpsBench {
 public:
  explicit OpsBench(const OpsOptions& options)
      : precision(choose_precision(options.precision)),
        options_(options),
        peak_flops_(peak_flops(precision, options.seconds)),
        peak_bytes_(peak_bytes(options.seconds)),
        peak_read_(peak_read(options.seconds)) {
    if (options.json) return;
    fmt::print("{} thread{}, {}; at most {:.0f} GFLOP/s (packed product), {:.1f} GB/s (copy), {:.1f} GB/s (read)\n\n", threads(),
               threads() == 1 ? "" : "s", name_of(precision), peak_flops_ * 1e-9, peak_bytes_ * 1e-9, peak_read_ * 1e-9);
    fmt::print("{:<24} {:<36} {:>10} {:>9} {:>7} {:>8}\n", "operation", "sizes", "time", "GFLOP/s", "GB/s", "of peak");
  }

  const Precision precision;

  bool wants(const std::string& name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
    return name.find(options_.filter) != std::string::npos;
  }

  void measure(const std::string& name, const std::string& sizes, const Work& work, const std::function<void()>& before,
               const std::function<void()>& run) {
    const std::vector<double> samples = sample(before, run, options_.seconds);
    const double median = samples[samples.size() / 2];
    // Arithmetic and memory could overlap: the slower of the two is the limit (Williams et al. 2009, "Roofline").
    const double share = std::max(work.flops / peak_flops_, work.bytes / peak_bytes_) / median;
    results_.push_back({{"op", name}, {"sizes", sizes}, {"seconds", median}, {"flops_per_second", work.flops / median},
                        {"bytes_per_second", work.bytes / median}, {"share_of_peak", share}});
    if (options_.json) return;
    fmt::print("{:<24} {:<36} {:>7.1f} µs {:>9.1f} {:>7.1f} {:>7.0f}%\n", name, sizes, median * 1e6,
               work.flops / median * 1e-9, work.bytes / median * 1e-9, share * 100);
    std::fflush(stdout);
  }

  // Forward as in inference, and the gradients of the input and of the parameters.
  void measure(const Operation& op) {
    const bool forward = wants(op.name), backward = wants(op.name + "_backward");
    const auto values = numbers(forward || backward ? op.rows * op.cols : 0);
    Arena arena;
    const auto input = [&](bool wants_grad) {
      const Tensor x(arena, op.rows, op.cols, wants_grad);
      std::copy(values.begin(), values.end(), x.data());
      return x;
    };
    if (forward) {
      Context c{cpu_kernels(), arena, nullptr, precision, false, 0, 0, 0, {}};
      const Tensor x = input(false);
      measure(op.name, op.sizes, op.forward, {}, [&] { op.run(c, x); });
    }
    if (!backward) return;
    op.parameters.require_gradients();
    Tape tape;
    Context c{cpu_kernels(), arena, &tape, precision, true, 0, 0, 0, {}};
    Tensor y;
    const auto before = [&] {
      op.parameters.zero_gradients();
      y = op.run(c, input(true));
      float* d_y = grad_slot(arena, y).data;
      for (int64_t i = 0; i < y.size(); ++i) d_y[i] = static_cast<float>(i % 17 - 8);
    };
    measure(op.name + "_backward", op.sizes, op.backward, before, [&] { tape.backward(); });
  }

  void finish() {
    if (results_.empty())
      fail("--filter: expected part of one of {}, found \"{}\"", fmt::join(names_, ", "), options_.filter);
    if (options_.json)
      fmt::print("{}\n", Json({{"threads", threads()},
                               {"precision", name_of(precision)},
                               {"peak_flops_per_second", peak_flops_},
                               {"peak_bytes_per_second", peak_bytes_},
                               {"peak_read_bytes_per_second", peak_read_},
                               {"ops", results_}})
                             .dump());
  }

 private:
  const OpsOptions& options_;
  double peak_flops_, peak_bytes_, peak_read_;
  std::vector<std::string> names_;
  Json results_ = Json::array();
};

// Sizes of a model, and a batch of it.
struct Sizes {
  int64_t width, inner, vocabulary;
  int heads;
  int64_t rows = 4096;
  std::vector<int32_t> offsets{0};  // sequences of 8 to 40 tokens
  double squares = 0;               // of their lengths, summed

  Sizes(const std::string& preset, int64_t entries) : vocabulary(entries) {
    const TransformerConfig c = transformer_preset(preset);
    width = c.width, inner = c.feed_forward, heads = c.heads;
    while (offsets.back() < rows) {
      const auto length = std::min<int64_t>(8 + std::ssize(offsets) * 7 % 33, rows - offsets.back());
      offsets.push_back(static_cast<int32_t>(offsets.back() + length));
      squares += double(length) * double(length);
    }
  }
};

constexpr double kFloat = sizeof(float);

void measure_linear(OpsBench& bench, const Sizes& s) {
  Linear layer = make_linear(s.width, s.inner);
  ParameterStore parameters([&](const ParameterVisitor& v) { visit(v, "linear", layer); });
  parameters.initialise(1);
  const double flops = 2.0 * s.rows * s.width * s.inner;
  const double x = kFloat * s.rows * s.width, y = kFloat * s.rows * s.inner, w = kFloat * s.width * s.inner;
  bench.measure({"linear", fmt::format("{} x {} -> {}", s.rows, s.width, s.inner), s.rows, s.width, {flops, x + y + w},
                 {2 * flops, 2 * x + y + 2 * w}, parameters,
                 [&](Context& c, const Tensor& x) { return linear(c, x, layer); }});
}

void measure_norm(OpsBench& bench, const Sizes& s) {
  LayerNorm norm = make_norm(s.width);
  ParameterStore parameters([&](const ParameterVisitor& v) { visit(v, "norm", norm); });
  parameters.initialise(1);
  const double x = kFloat * s.rows * s.width;
  bench.measure({"layer_norm", fmt::format("{} x {}", s.rows, s.width), s.rows, s.width, {0, 2 * x}, {0, 3 * x},
                 parameters, [&](Context& c, const Tensor& x) { return layer_norm(c, x, norm); }});
}

void measure_attention(OpsBench& bench, const Sizes& s) {
  ParameterStore none([](const ParameterVisitor&) {});
  const double squares = s.squares * s.width, x = kFloat * s.rows * s.width;
  bench.measure({"self_attention", fmt::format("{} x {}, {} heads, 8-40 tokens", s.rows, s.width, s.heads), s.rows,
                 3 * s.width, {4 * squares, 4 * x}, {10 * squares, 8 * x}, none,
                 [&](Context& c, const Tensor& qkv) {
                   return self_attention(c, qkv, s.offsets, {s.heads, false, 0, ""});
                 }});
}

void measure_embed(OpsBench& bench, const Sizes& s) {
  Parameter table{s.vocabulary, s.width, Init::normal, 1, {}};
  ParameterStore parameters([&](const ParameterVisitor& v) { v("table", table); });
  const auto ids = indices(s.rows, s.vocabulary);
  const double x = kFloat * s.rows * s.width;
  bench.measure({"embed", fmt::format("{} of {} x {}", s.rows, s.vocabulary, s.width), 1, 1, {0, 2 * x}, {0, 3 * x},
                 parameters, [&](Context& c, const Tensor&) { return embed(c, ids, table.tensor, 1, {}, {}, 0); }});
}

void measure_recurrence(OpsBench& bench, const Sizes& s, Cell cell, const std::string& name) {
  const int64_t gates = gate_count(cell) * s.width;
  RecurrentLayer layer{make_linear(s.width, gates), make_linear(s.width, gates)};
  ParameterStore parameters([&](const ParameterVisitor& v) {
    visit(v, "input", layer.input), visit(v, "hidden", layer.hidden);
  });
  parameters.initialise(1);
  const double flops = 4.0 * s.rows * s.width * gates;
  const double x = kFloat * s.rows * s.width, w = 2 * kFloat * s.width * gates;
  bench.measure({name, fmt::format("{} x {}, 8-40 tokens", s.rows, s.width), s.rows, s.width, {flops, 2 * x + w},
                 {2 * flops, 4 * x + 2 * w}, parameters, [&](Context& c, const Tensor& x) {
                   return recurrence(c, cell, x, s.offsets, std::span(&layer, 1), Direction::forward);
                 }});
}

void measure_loss(OpsBench& bench, const Sizes& s) {
  constexpr int64_t kRows = 512;
  const auto targets = indices(kRows, s.vocabulary);
  if (bench.wants("cross_entropy")) {
    auto logits = numbers(kRows * s.vocabulary);
    std::vector<float> loss(kRows), nll(kRows);
    const Work work{0, 2 * kFloat * kRows * s.vocabulary};
    bench.measure("cross_entropy", fmt::format("{} x {}", kRows, s.vocabulary), work, {}, [&] {
      cpu_kernels().cross_entropy(kRows, s.vocabulary, logits.data(), nullptr, targets.data(), 0.1f, 1, loss.data(),
                                  nll.data());
    });
  }
  if (!bench.wants("projected_cross_entropy")) return;
  Linear output = make_linear(s.width, s.vocabulary);
  ParameterStore parameters([&](const ParameterVisitor& v) { visit(v, "output", output); });
  parameters.initialise(1), parameters.require_gradients();
  const auto values = numbers(kRows * s.width);
  Arena arena;
  Tape tape;
  Context c{cpu_kernels(), arena, &tape, bench.precision, true, 0, 0, 0, {}};
  Tensor x;
  const auto before = [&] {
    x = Tensor(arena, kRows, s.width, true);
    std::copy(values.begin(), values.end(), x.data());
  };
  // With its gradients, which are made on the way; the logits stay in the cache.
  bench.measure("projected_cross_entropy", fmt::format("{} x {} -> {}", kRows, s.width, s.vocabulary),
                {6.0 * kRows * s.width * s.vocabulary, 2 * kFloat * (kRows + 2 * s.vocabulary) * s.width}, before, [&] {
                  projected_cross_entropy(c, x, output.weight.tensor, output.bias.tensor, targets, 0.1f, 1);
                  tape.backward();
                });
}

void measure_adam(OpsBench& bench, const Sizes& s) {
  if (!bench.wants("adam")) return;
  const int64_t n = s.vocabulary * s.width;
  const auto gradient = numbers(n);
  auto weight = gradient, first = gradient, second = std::vector<float>(gradient.size(), 0.1f);
  const AdamStep step{1e-6f, 0.9f, 0.98f, 1e-9f, 0.01f, 0.1f, 0.02f, 1, true};
  bench.measure("adam", fmt::format("{}", n), {0, 7 * kFloat * n}, {}, [&] {
    cpu_kernels().adam(n, step, gradient.data(), weight.data(), first.data(), second.data());
  });
}

// Inference: a few rows of hypotheses meet a weight that was laid out once.
void measure_packed(OpsBench& bench, const Sizes& s, int64_t rows) {
  if (!bench.wants("packed_product")) return;
  const auto x = numbers(rows * s.width), table = numbers(s.inner * s.width);
  std::vector<uint16_t> half(x.size());
  cpu_kernels().to_bf16(rows * s.width, x.data(), half.data());
  std::vector<float> out(rows * s.inner);
  const PackedWeight weight(bench.precision, s.inner, s.width, table.data(), s.width);
  const double number = bench.precision == Precision::bf16 ? 2 : kFloat;
  const Work work{2.0 * rows * s.width * s.inner, number * s.width * (s.inner + rows) + kFloat * rows * s.inner};
  bench.measure("packed_product", fmt::format("{} x {} -> {}", rows, s.width, s.inner), work, {}, [&] {
    weight.multiply(rows, x.data(), s.width, half.data(), s.width, nullptr, 0, s.inner, out.data(), s.inner);
  });
}

// 32 hypotheses over the 30 tokens that each has behind it.
void measure_cached(OpsBench& bench, const Sizes& s) {
  if (!bench.wants("cached_attention")) return;
  constexpr int32_t kRows = 32, kLength = 30;
  const auto values = numbers(kRows * s.width);
  auto cache = numbers(kRows * kLength * 2 * s.width), q = values, out = values;
  std::vector<int32_t> cells(kRows * kLength);
  for (int32_t i = 0; i < std::ssize(cells); ++i) cells[i] = i % kLength * kRows + i / kLength;
  std::vector<CachedRow> rows;
  for (int32_t r = 0; r < kRows; ++r)
    rows.push_back({cells.data() + r * kLength, 0, cells[(r + 1) * kLength - 1], kLength});
  const int head_width = static_cast<int>(s.width) / s.heads;
  const Work work{4.0 * kRows * kLength * s.width, 2 * kFloat * kRows * (kLength + 1) * s.width};
  bench.measure("cached_attention", fmt::format("{} x {}, {} heads, {} keys", kRows, s.width, s.heads, kLength), work, {},
                [&] {
                  cpu_kernels().cached_attention(kRows, rows.data(), s.heads, s.heads, head_width, 0.1f,
                                                 {q.data(), s.width}, {cache.data(), 2 * s.width, Precision::f32},
                                                 {cache.data() + s.width, 2 * s.width, Precision::f32}, out.data());
                });
}

void bench_ops(const OpsOptions& o) {
  choose_threads(o.threads);
  OpsBench bench(o);
  for (const Sizes& s : {Sizes("tiny", 10000), Sizes("base", 32000)}) {
    measure_linear(bench, s), measure_norm(bench, s), measure_attention(bench, s), measure_loss(bench, s);
    measure_embed(bench, s), measure_adam(bench, s);
    measure_recurrence(bench, s, Cell::gru, "gru"), measure_recurrence(bench, s, Cell::lstm, "lstm");
    for (const int64_t rows : {1, 32, 128}) measure_packed(bench, s, rows);
    measure_cached(bench, s);
  }
  bench.finish();
}

}  // namespace

void add_bench_ops_command(CLI::App& bench) {
  auto o = std::make_shared<OpsOptions>();
  auto* c = bench.add_subcommand("ops", "Time, FLOP/s and bytes/s of each operation, and their share of the machine's peak");
  c->add_option("--filter", o->filter, "Only operations whose name contains this");
  c->add_option("--precision", o->precision, kPrecisionHelp)->capture_default_str();
  c->add_option("--threads", o->threads, "0: all cores");
  c->add_option("--seconds", o->seconds, "For each")->capture_default_str()->check(above_zero());
  c->add_flag("--json", o->json, "One JSON object");
  c->footer("Examples:\n  gamana bench ops\n  gamana bench ops --filter attention --threads 1 --json");
  c->callback([o] { bench_ops(*o); });
}

}  // namespace gamana
