#include "gamana/tensor/parameters.h"

#include <sys/mman.h>

#include <cmath>
#include <cstring>
#include <string_view>

#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/base/rng.h"
#include "gamana/tensor/draw.h"

namespace gamana {
namespace {

float* zeroed(int64_t floats) {
  void* block = mmap(nullptr, std::max<size_t>(1, floats * sizeof(float)), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) fail("no memory for {} MiB of parameters", floats * sizeof(float) >> 20);
  madvise(block, floats * sizeof(float), MADV_HUGEPAGE);
  return static_cast<float*>(block);
}

uint64_t hash(std::string_view name) {
  uint64_t h = 1469598103934665603ull;
  for (const unsigned char c : name) h = (h ^ c) * 1099511628211ull;
  return h;
}

}  // namespace

ParameterStore::ParameterStore(const ParameterWalk& walk) {
  walk([&](const std::string& name, Parameter& p) {
    entries_.push_back({name, &p, size_});
    size_ += (p.size() + 15) / 16 * 16;
    count_ += p.size();
  });
  weights_ = zeroed(size_);
  for (Entry& e : entries_) e.parameter->tensor = Tensor::borrow(weights_ + e.offset, e.parameter->rows, e.parameter->cols);
}

ParameterStore::~ParameterStore() {
  if (weights_) munmap(weights_, std::max<size_t>(1, size_ * sizeof(float)));
  if (gradients_) munmap(gradients_, std::max<size_t>(1, size_ * sizeof(float)));
}

void draw(const std::string& name, const Parameter& p, uint64_t seed) {
  const uint64_t key = stream_key(seed, hash(name));
  // Glorot and Bengio 2010, eq. 16, times the gain.
  const double xavier = p.scale * std::sqrt(6.0 / static_cast<double>(p.rows + p.cols));
  float* w = p.tensor.data();
  parallel_for(p.size(), 1 << 14, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      switch (p.init) {
        case Init::zeros: w[i] = 0; break;
        case Init::ones: w[i] = 1; break;
        case Init::xavier_uniform: w[i] = static_cast<float>((2 * uniform(key, i) - 1) * xavier); break;
        case Init::normal: w[i] = static_cast<float>(normal(key, i) * p.scale); break;
        case Init::uniform: w[i] = static_cast<float>((2 * uniform(key, i) - 1) * p.scale); break;
      }
    }
  });
}

void ParameterStore::initialise(uint64_t seed) {
  for (const Entry& e : entries_) draw(e.name, *e.parameter, seed);
  weights_changed();
}

void ParameterStore::require_gradients() {
  if (!gradients_) gradients_ = zeroed(size_);
  for (Entry& e : entries_) {
    if (e.parameter->frozen) continue;
    Node& n = e.parameter->tensor.node();
    n.grad = gradients_ + e.offset;
    n.wants_grad = n.has_grad = true;  // zeroed: kernels add to it
  }
}

void ParameterStore::zero_gradients() {
  for (const Range& r : trainable())
    parallel_for(r.size, 1 << 18, [&](int64_t begin, int64_t end) {
      std::memset(gradients_ + r.offset + begin, 0, (end - begin) * sizeof(float));
    });
}

int64_t ParameterStore::trainable_count() const {
  int64_t count = 0;
  for (const Entry& e : entries_) count += e.parameter->frozen ? 0 : e.parameter->size();
  return count;
}

std::vector<ParameterStore::Range> ParameterStore::trainable() const {
  std::vector<Range> ranges;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& e = entries_[i];
    if (e.parameter->frozen) continue;
    const int64_t end = i + 1 < entries_.size() ? entries_[i + 1].offset : size_;
    if (!ranges.empty() && ranges.back().offset + ranges.back().size == e.offset && ranges.back().rate == e.parameter->rate)
      ranges.back().size = end - ranges.back().offset;
    else
      ranges.push_back({e.offset, end - e.offset, e.parameter->rate});
  }
  return ranges;
}

void ParameterStore::weights_changed() {
  for (Entry& e : entries_) {
    Node& n = e.parameter->tensor.node();
    n.half = nullptr, n.own_half.reset();
    n.packed.reset();
  }
}

void ParameterStore::give_up_packed() {
  for (Entry& e : entries_) {
    if (!e.parameter->of_product && !e.parameter->is_table) continue;
    Node& n = e.parameter->tensor.node();
    n.is_table = e.parameter->is_table;
    n.give_up = [first = weights_ + e.offset, cols = n.cols](int64_t begin, int64_t end) {
      forget_pages(first + begin * cols, static_cast<size_t>((end - begin) * cols) * sizeof(float));
    };
  }
}

const ParameterStore::Entry* ParameterStore::find(const std::string& name) const {
  for (const Entry& e : entries_)
    if (e.name == name) return &e;
  return nullptr;
}

}  // namespace gamana
