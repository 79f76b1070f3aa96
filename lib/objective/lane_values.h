// f at the four iterates of eight runs at once.

#ifndef LIB_OBJECTIVE_LANE_VALUES_H_
#define LIB_OBJECTIVE_LANE_VALUES_H_

#include <array>

#include "absl/types/span.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"

namespace local_sgd {

// What is asked of f: its value where f - optimal_value <= epsilon of the lane,
// and elsewhere only that it is larger.
struct ValueBound {
  double optimal_value = 0.0;
  LaneDoubles epsilon;  // infinite: every value; negative: none
};

// f(x) at 4 x 8 points: `points` has 4 d entries, column j of iterate q at
// 4 j + q. Like Value at each of them, bit for bit, wherever the value is
// within the bound. When no point is, any lower bounds of f that are themselves
// above it may be returned: losses are summed in single precision first, less
// what its rounding can make of them, and only until every point is above; then
// in double precision, again only until every point is above (losses are not
// negative and rounding is monotone).
std::array<LaneDoubles, 4> ValuesAtLanes(const LogisticRegression& problem,
                                         absl::Span<const LaneDoubles> points,
                                         const ValueBound& bound);

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LANE_VALUES_H_
