#pragma once
// Work in chunks whose borders depend on sizes only, so that results never depend on the number of threads.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace gamana {

// Threads that work together, the calling one included; as many as the process may use of cores to begin with.
void set_threads(int threads);
int threads();

// Calls body(context, chunk) for each of [0, chunks) on any thread, in any order; the first fault that was thrown is thrown
// again here when all have ended. Serial where a chunk itself asks for more.
void run_chunks(int64_t chunks, void (*body)(void* context, int64_t chunk), void* context);

// Calls body(begin, end) for consecutive chunks of `grain` items of [0, n). Chunks run on any thread, in any order.
template <class Body>
void parallel_for(int64_t n, int64_t grain, const Body& body) {
  const int64_t chunks = (n + grain - 1) / grain;
  if (chunks == 1) return body(int64_t{0}, n);
  struct Call {
    const Body& body;
    int64_t n, grain;
  } call{body, n, grain};
  run_chunks(
      chunks,
      [](void* context, int64_t c) {
        const Call& k = *static_cast<Call*>(context);
        k.body(c * k.grain, std::min(k.n, (c + 1) * k.grain));
      },
      &call);
}

// Items [0, n) in a stretch for each of some workers. One that has come to the end of its stretch goes on with half of what another
// has left: all read on in order as long as they can, and end together. Who takes what is chance, so items are of sizes only as well.
class Stretches {
 public:
  Stretches(int64_t n, int64_t workers);
  // The next item of a worker, or -1 where none is left.
  int64_t next(int64_t worker);

 private:
  struct alignas(64) Ends {
    std::atomic<uint64_t> first_and_end{0};
  };
  std::vector<Ends> ends_;
};

// Calls body(i) for each of [0, n), n < 2^32, in stretches. For items that lie one after another in memory.
template <class Body>
void parallel_stretches(int64_t n, const Body& body) {
  const int64_t workers = std::min<int64_t>(n, threads());
  Stretches stretches(n, workers);
  parallel_for(workers, 1, [&](int64_t worker, int64_t) {
    for (int64_t i; (i = stretches.next(worker)) >= 0;) body(i);
  });
}

}  // namespace gamana
