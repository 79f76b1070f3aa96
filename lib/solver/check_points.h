// The check points of T(eps): when a run looks at its accuracy. They are part
// of the definition of T(eps) (docs/paper.md, "T(eps)") and depend on nothing
// else.

#ifndef LIB_SOLVER_CHECK_POINTS_H_
#define LIB_SOLVER_CHECK_POINTS_H_

#include <algorithm>
#include <cstdint>

namespace local_sgd {

// Coarse points: c_0 = 1, c_{j+1} = max(c_j + 1, floor(1.1 c_j)).
inline int64_t NextCoarsePoint(int64_t c) {
  return std::max(c + 1, c + c / 10);
}

// Fine points of a replay in (c_{j-1}, c_j]: p_0 = c_{j-1} (left out),
// p_{i+1} = min(c_j, max(p_i + 1, floor(1.01 p_i))).
inline int64_t NextFinePoint(int64_t p, int64_t coarse_end) {
  return std::min(coarse_end, std::max(p + 1, p + p / 100));
}

// A replay of (previous, coarse]: calls look(p) at one fine point after another
// as long as wanted() holds, at most up to `coarse`.
template <class Wanted, class Look>
void ReplayThroughFinePoints(int64_t previous, int64_t coarse,
                             const Wanted& wanted, const Look& look) {
  for (int64_t p = previous; p < coarse && wanted();) {
    p = NextFinePoint(p, coarse);
    look(p);
  }
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_CHECK_POINTS_H_
