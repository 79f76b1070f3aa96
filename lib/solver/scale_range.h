// When iterates are rebased (see iterates.h): when |s| leaves a range.

#ifndef LIB_SOLVER_SCALE_RANGE_H_
#define LIB_SOLVER_SCALE_RANGE_H_

#include <cmath>

namespace local_sgd {

inline constexpr double kMinScale = 0x1p-10;
inline constexpr double kMaxScale = 0x1p10;

inline bool IsInScaleRange(double scale) {
  const double magnitude = std::abs(scale);
  return magnitude >= kMinScale && magnitude <= kMaxScale;
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_SCALE_RANGE_H_
