#include "gamana/base/parallel.h"

#include <sched.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gamana {
namespace {

int cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

thread_local bool inside = false;  // a chunk is running on this thread

// Waiting threads look again for this long before they sleep: the gaps between kernels are shorter, and a machine that others
// use as well does not lose its cores to waiting.
constexpr auto kPatience = std::chrono::microseconds(60);

template <class Ready>
bool wait_briefly(const Ready& ready) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0;; ++i) {
    if (ready()) return true;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    if (i % 64 == 63 && std::chrono::steady_clock::now() - begin > kPatience) return false;
  }
}

struct Work {
  void (*body)(void*, int64_t);
  void* context;
  int64_t chunks;
};

// Threads that help with one piece of work after another. Nobody waits for a helper that is still asleep when the work is
// done: a helper counts from the moment it joins, and can join only while the work is open.
class Pool {
 public:
  explicit Pool(int threads) {
    // Signals are for the thread that knows what to do with them (cli/interrupt.h).
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { serve(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ~Pool() {
    stopping_ = true;
    open();
    for (std::thread& t : workers_) t.join();
  }
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void run(const Work& work) {
    work_ = work;
    next_ = 0;
    open();
    take();
    state_.fetch_and(~kOpen);
    const auto idle = [this] { return (state_.load() & kJoined) == 0; };
    if (!wait_briefly(idle))
      for (uint32_t s; ((s = state_.load()) & kJoined) != 0;) state_.wait(s);
    if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  }

 private:
  // state_: how many have joined, whether the work is open, and its number (modulo 2^15).
  static constexpr uint32_t kJoined = 0xFFFF, kOpen = 1 << 16, kNumber = 1 << 17;

  void open() {
    state_.store((state_.load() & ~kOpen) / kNumber * kNumber + kNumber + kOpen);
    state_.notify_all();
  }

  void take() {
    inside = true;
    for (int64_t c; (c = next_.fetch_add(1)) < work_.chunks;) {
      try {
        work_.body(work_.context, c);
      } catch (...) {
        const std::lock_guard lock(fault_mutex_);
        if (!fault_) fault_ = std::current_exception();
      }
    }
    inside = false;
  }

  void serve() {
    uint32_t seen = 0;  // number of the work last joined
    const auto is_new = [&](uint32_t s) { return (s & kOpen) != 0 && s / kNumber != seen; };
    while (!stopping_) {
      if (!wait_briefly([&] { return is_new(state_.load()); }))
        if (const uint32_t s = state_.load(); !is_new(s) && !stopping_) state_.wait(s);
      uint32_t s = state_.load();
      while (is_new(s) && !state_.compare_exchange_weak(s, s + 1)) {
      }
      if (!is_new(s) || stopping_) continue;
      seen = s / kNumber;
      take();
      if (const uint32_t after = state_.fetch_sub(1) - 1; (after & (kOpen | kJoined)) == 0) state_.notify_all();
    }
  }

  std::vector<std::thread> workers_;
  Work work_{};
  std::atomic<int64_t> next_{0};
  std::atomic<uint32_t> state_{0};
  std::atomic<bool> stopping_{false};
  std::mutex fault_mutex_;
  std::exception_ptr fault_;
};

std::mutex pool_mutex;          // one caller at a time; another works alone
std::unique_ptr<Pool> the_pool;  // made when first needed
int wanted = 0;

uint64_t both(uint64_t first, uint64_t end) { return first << 32 | end; }

}  // namespace

Stretches::Stretches(int64_t n, int64_t workers) : ends_(static_cast<size_t>(workers)) {
  for (int64_t w = 0; w < workers; ++w) ends_[w].first_and_end = both(n * w / workers, n * (w + 1) / workers);
}

int64_t Stretches::next(int64_t worker) {
  const auto count = static_cast<int64_t>(ends_.size());
  for (int64_t i = 0; i < count; ++i) {
    std::atomic<uint64_t>& ends = ends_[(worker + i) % count].first_and_end;
    for (uint64_t seen = ends.load();;) {
      const uint64_t first = seen >> 32, end = seen & UINT32_MAX;
      if (first == end) break;
      const uint64_t taken = i == 0 ? first : first + (end - first) / 2;
      if (!ends.compare_exchange_weak(seen, i == 0 ? both(first + 1, end) : both(first, taken))) continue;
      if (i > 0) ends_[worker].first_and_end = both(taken + 1, end);
      return static_cast<int64_t>(taken);
    }
  }
  return -1;
}

void set_threads(int threads) {
  const std::lock_guard lock(pool_mutex);
  wanted = std::max(1, threads);
  if (the_pool && the_pool->threads() != wanted) the_pool.reset();
}

int threads() { return wanted > 0 ? wanted : cores(); }

void run_chunks(int64_t chunks, void (*body)(void*, int64_t), void* context) {
  if (chunks <= 0) return;
  std::unique_lock lock(pool_mutex, std::defer_lock);
  if (chunks == 1 || inside || !lock.try_lock() || threads() == 1) {
    for (int64_t c = 0; c < chunks; ++c) body(context, c);
    return;
  }
  if (!the_pool) the_pool = std::make_unique<Pool>(threads());
  the_pool->run({body, context, chunks});
}

}  // namespace gamana
