// Which rows a worker draws: counter-based random numbers, so that a draw
// depends on the seed, the worker and its place in the worker's sequence, and
// on no thread and no order.

#ifndef LIB_SOLVER_SAMPLE_STREAM_H_
#define LIB_SOLVER_SAMPLE_STREAM_H_

#include <cstdint>

#include "Random123/philox.h"

namespace local_sgd {

// Draws number [first, first + count) of `worker`, each uniform on {0..n-1}
// with replacement, into `rows`. Iteration t with mini-batch size b uses the
// draws t b .. t b + b - 1. A draw is the high half of n times 64 bits of
// Philox4x64-10 with key (seed, 0) and counter (number / 4, worker, 0, 0); its
// distance from uniform is below n / 2^64.
inline void DrawRows(uint64_t seed, int64_t worker, int64_t first,
                     int64_t count, int64_t n, uint32_t* rows) {
  const r123::Philox4x64::key_type key = {{seed, 0}};
  r123::Philox4x64 philox;
  for (int64_t number = first; number < first + count;) {
    const r123::Philox4x64::ctr_type counter = {
        {static_cast<uint64_t>(number / 4), static_cast<uint64_t>(worker), 0,
         0}};
    const r123::Philox4x64::ctr_type bits = philox(counter, key);
    for (int64_t part = number % 4; part < 4 && number < first + count;
         ++part, ++number) {
      *rows++ =
          static_cast<uint32_t>((static_cast<unsigned __int128>(bits[part]) *
                                 static_cast<uint64_t>(n)) >>
                                64);
    }
  }
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_SAMPLE_STREAM_H_
