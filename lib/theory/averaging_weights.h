// The weights w_t of the averaged iterates (1/S_T) sum_{t<T} w_t x_t and their
// sums S_T in closed form.

#ifndef LIB_THEORY_AVERAGING_WEIGHTS_H_
#define LIB_THEORY_AVERAGING_WEIGHTS_H_

#include <array>
#include <cstdint>

namespace local_sgd {

// The three averages of T(eps) (docs/paper.md, "Step sizes and averages"), in
// this order everywhere.
enum Average { kUniform = 0, kLinear = 1, kQuadratic = 2 };
inline constexpr int kNumAverages = 3;

// w_t = 1, t + 1, (a + t)^2; a is Theorem 2.2's shift with its step sizes, else
// 1.
inline std::array<double, kNumAverages> AveragingWeights(double a, int64_t t) {
  const double time = static_cast<double>(t);
  return {1.0, time + 1.0, (a + time) * (a + time)};
}

// S_T = sum_{t=0}^{T-1} w_t of each, for T >= 0; to a few roundings.
inline std::array<double, kNumAverages> AveragingWeightSums(double a,
                                                            int64_t T) {
  const double n = static_cast<double>(T);
  return {n, 0.5 * n * (n + 1.0),
          n * (a * a + (n - 1.0) * (a + (2.0 * n - 1.0) / 6.0))};
}

}  // namespace local_sgd

#endif  // LIB_THEORY_AVERAGING_WEIGHTS_H_
