#include "lib/objective/lane_values.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"
#include "tests/testing/highway_targets.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ValueBound BoundAt(double optimal_value, double epsilon) {
  ValueBound bound;
  bound.optimal_value = optimal_value;
  for (int l = 0; l < kLanes; ++l) bound.epsilon[l] = epsilon;
  return bound;
}

LogisticRegression Problem() {
  return MakeLogisticRegression(
             MakeSyntheticData({.samples = 900, .features = 40}), 0.01)
      .value();
}

// Points near zero in lane 0, ever farther in the others.
std::vector<LaneDoubles> Points(int64_t d) {
  std::mt19937_64 random(3);
  std::vector<LaneDoubles> points(4 * d);
  for (LaneDoubles& entry : points) {
    for (int l = 0; l < kLanes; ++l) {
      entry[l] = std::ldexp(static_cast<double>(random() >> 11), -54 + 2 * l) -
                 std::ldexp(0.25, 2 * l);
    }
  }
  return points;
}

double ValueAlone(const LogisticRegression& problem,
                  const std::vector<LaneDoubles>& points, int q, int l) {
  std::vector<double> x;
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    x.push_back(points[4 * j + q][l]);
  }
  return Value(problem, x);
}

TEST(ValuesAtLanes, HasTheBitsOfValueAtEachPoint) {
  const LogisticRegression problem = Problem();
  const std::vector<LaneDoubles> points = Points(problem.num_features());
  ForEachHighwayTarget([&] {
    const std::array<LaneDoubles, 4> values =
        ValuesAtLanes(problem, points, BoundAt(0.0, kInfinity));
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        EXPECT_EQ(values[q][l], ValueAlone(problem, points, q, l));
      }
    }
  });
}

TEST(ValuesAtLanes, IsExactWithinTheBoundAndAboveItElsewhere) {
  const LogisticRegression problem = Problem();
  const std::vector<LaneDoubles> points = Points(problem.num_features());
  for (const double epsilon :
       {0.001, 0.1, 0.3, 0.35, 0.36, 0.37, 0.38, 1.0, 5.0, 1000.0}) {
    const ValueBound bound = BoundAt(0.3, epsilon);
    const std::array<LaneDoubles, 4> values =
        ValuesAtLanes(problem, points, bound);
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        const double alone = ValueAlone(problem, points, q, l);
        if (alone - 0.3 <= epsilon) {
          EXPECT_EQ(values[q][l], alone);
        } else {
          EXPECT_GT(values[q][l] - 0.3, epsilon);
          EXPECT_LE(values[q][l], alone);
        }
      }
    }
  }
}

TEST(ValuesAtLanes, EveryLaneHasItsOwnBound) {
  const LogisticRegression problem = Problem();
  const std::vector<LaneDoubles> points = Points(problem.num_features());
  ValueBound bound = BoundAt(0.0, -1.0);
  bound.epsilon[1] = 1.0;
  const double alone = ValueAlone(problem, points, 2, 1);
  ASSERT_LE(alone, 1.0);
  EXPECT_EQ(ValuesAtLanes(problem, points, bound)[2][1], alone);
}

TEST(ValuesAtLanes, APointThatIsNotANumberHasNoValueAndHoldsNothingUp) {
  const LogisticRegression problem = Problem();
  std::vector<LaneDoubles> points = Points(problem.num_features());
  for (LaneDoubles& entry : points) entry[3] = std::nan("");
  const std::array<LaneDoubles, 4> values =
      ValuesAtLanes(problem, points, BoundAt(0.0, kInfinity));
  EXPECT_TRUE(std::isnan(values[0][3]));
  EXPECT_EQ(values[0][2], ValueAlone(problem, points, 0, 2));
}

}  // namespace
}  // namespace local_sgd
