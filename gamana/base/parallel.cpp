#include "gamana/base/parallel.h"

#include <sched.h>

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

class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { serve(); });
  }
  ~Pool() {
    stopping_ = true;
    round_.fetch_add(1), round_.notify_all();
    for (std::thread& t : workers_) t.join();
  }
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void run(const Work& work) {
    work_ = work;
    next_ = 0;
    busy_.store(static_cast<int>(workers_.size()));
    round_.fetch_add(1), round_.notify_all();
    take();
    if (!wait_briefly([this] { return busy_.load() == 0; }))
      for (int left; (left = busy_.load()) != 0;) busy_.wait(left);
    if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  }

 private:
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
    for (uint32_t seen = 0;;) {
      if (!wait_briefly([&] { return round_.load() != seen; })) round_.wait(seen);
      if (round_.load() == seen) continue;
      ++seen;
      if (stopping_) return;
      take();
      if (busy_.fetch_sub(1) == 1) busy_.notify_all();
    }
  }

  std::vector<std::thread> workers_;
  Work work_{};
  std::atomic<int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<uint32_t> round_{0};
  std::atomic<bool> stopping_{false};
  std::mutex fault_mutex_;
  std::exception_ptr fault_;
};

std::mutex pool_mutex;          // one caller at a time; another works alone
std::unique_ptr<Pool> the_pool;  // made when first needed
int wanted = 0;

}  // namespace

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
