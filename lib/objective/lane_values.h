// f at the four iterates of eight runs at once.

#ifndef LIB_OBJECTIVE_LANE_VALUES_H_
#define LIB_OBJECTIVE_LANE_VALUES_H_

#include <array>

#include "absl/types/span.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"

namespace local_sgd {

// What is asked of f: its value where f - optimal_value <= epsilon, and
// elsewhere only that it is larger.
struct ValueBound {
  double optimal_value = 0.0;
  double epsilon = 0.0;  // infinite: every value
};

// f(x) at 4 x 8 points: `points` has 4 d entries, column j of iterate q at
// 4 j + q. Like Value at each of them, bit for bit, wherever the value is
// within the bound. The losses are summed until every point is above the bound;
// since losses are not negative and rounding is monotone, the value would be
// too, and the partial sum, a lower bound of f and itself above the bound, is
// returned.
std::array<LaneDoubles, 4> ValuesAtLanes(const LogisticRegression& problem,
                                         absl::Span<const LaneDoubles> points,
                                         const ValueBound& bound);

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LANE_VALUES_H_
