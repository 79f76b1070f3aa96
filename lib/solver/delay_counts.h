// How often which delay occurred, in bounded memory: a delay of a straggler
// grows with t, and there are as many delays as reads.

#ifndef LIB_SOLVER_DELAY_COUNTS_H_
#define LIB_SOLVER_DELAY_COUNTS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace local_sgd {

class DelayCounts {
 public:
  // Delays below this have a bin each; above, 16 bins share a power of two.
  static constexpr int64_t kExact = 32;

  // delay >= 0, in steps.
  void Add(int64_t delay);
  void Add(const DelayCounts& other);

  // All of it as numbers, for another process, and back.
  std::vector<double> ToNumbers() const;
  static DelayCounts FromNumbers(absl::Span<const double> numbers);

  int64_t count() const { return count_; }
  int64_t max() const { return max_; }  // exact; 0 when empty
  double mean() const;                  // exact; 0 when empty

  // The smallest bin that at least a share q in [0, 1] of the delays does not
  // exceed, as its largest delay (at most max()): exact below kExact, otherwise
  // at most 1/16 too large. 0 when empty.
  int64_t Quantile(double q) const;

 private:
  std::vector<int64_t> bins_;
  int64_t count_ = 0;
  int64_t max_ = 0;
  double sum_ = 0.0;
};

}  // namespace local_sgd

#endif  // LIB_SOLVER_DELAY_COUNTS_H_
