#include "lib/objective/lane_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
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

// Problems whose rounding differs: unit values and others, few and many terms a
// row, large values, multiplicities of hundreds.
std::vector<LogisticRegression> ManyProblems() {
  std::vector<LogisticRegression> problems;
  const auto add = [&](SparseDataset data, double lambda) {
    problems.push_back(MakeLogisticRegression(std::move(data), lambda).value());
  };
  add(MakeSyntheticData({.samples = 700, .features = 30}), 1.0 / 700.0);
  add(MakeSyntheticData({.samples = 300,
                         .features = 300,
                         .density = 0.9,
                         .unit_values = true}),
      1e-6);
  SparseDataset large =
      MakeSyntheticData({.samples = 300, .features = 40, .density = 0.5});
  for (size_t p = 0; p < large.values.size(); ++p) {
    large.values[p] *= std::ldexp(1.0, static_cast<int>(p % 23) - 10);
  }
  add(std::move(large), 1e-4);
  // Three columns of which every row has one or two: few distinct rows.
  add(MakeSyntheticData({.samples = 3000,
                         .features = 3,
                         .density = 0.5,
                         .unit_values = true}),
      1e-3);
  return problems;
}

// Points of norm about `scale`; those of lane l are, all but one in eight of
// their entries, the same: margins cancel.
std::vector<LaneDoubles> PointsOfScale(int64_t d, double scale, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<LaneDoubles> points(4 * d);
  const double entry_scale = scale / std::sqrt(static_cast<double>(d));
  for (size_t e = 0; e < points.size(); ++e) {
    for (int l = 0; l < kLanes; ++l) {
      points[e][l] = l % 2 == 0 || random() % 8 == 0
                         ? entry_scale * normal(random)
                         : entry_scale * (e % 8 < 4 ? 1.0 : -1.0) * (1 + l);
    }
  }
  return points;
}

double SmallestValue(const LogisticRegression& problem,
                     const std::vector<LaneDoubles>& points) {
  double smallest = kInfinity;
  for (int q = 0; q < 4; ++q) {
    for (int l = 0; l < kLanes; ++l) {
      smallest = std::min(smallest, ValueAlone(problem, points, q, l));
    }
  }
  return smallest;
}

// Single precision sees a part of the rows, or all of them, and is exact to
// some 4e-5: epsilons from far below to just below the smallest value.
TEST(ValuesAtLanes, LowerBoundsAreNeverAboveTheValue) {
  int bounds = 0;
  int exact = 0;
  for (const LogisticRegression& problem : ManyProblems()) {
    for (const double scale : {1e-3, 0.1, 1.0, 10.0, 1e3, 1e6}) {
      const std::vector<LaneDoubles> points =
          PointsOfScale(problem.num_features(), scale, 1);
      std::array<LaneDoubles, 4> alone;
      for (int q = 0; q < 4; ++q) {
        for (int l = 0; l < kLanes; ++l) {
          alone[q][l] = ValueAlone(problem, points, q, l);
        }
      }
      const double smallest = SmallestValue(problem, points);
      ForEachHighwayTarget([&] {
        for (const double below :
             {0.9, 0.5, 0.1, 1e-2, 3e-3, 1e-3, 1e-4, 5e-5, 1e-5, 1e-7, 1e-9}) {
          const double epsilon = smallest * (1.0 - below);
          const std::array<LaneDoubles, 4> values =
              ValuesAtLanes(problem, points, BoundAt(0.0, epsilon));
          for (int q = 0; q < 4; ++q) {
            for (int l = 0; l < kLanes; ++l) {
              ASSERT_GT(values[q][l], epsilon);
              ASSERT_LE(values[q][l], alone[q][l])
                  << "scale " << scale << ", below " << below << ", iterate "
                  << q << ", lane " << l;
              ++(values[q][l] == alone[q][l] ? exact : bounds);
            }
          }
        }
      });
    }
  }
  // Both ways were taken.
  EXPECT_GT(bounds, 1000);
  EXPECT_GT(exact, 1000);
}

// The bounds of single precision never decide what is within their error.
TEST(ValuesAtLanes, DecidesAtTheLastBitLikeValue) {
  for (const LogisticRegression& problem : ManyProblems()) {
    for (const double scale : {1e-3, 1.0, 10.0, 1e4}) {
      std::vector<LaneDoubles> points =
          PointsOfScale(problem.num_features(), scale, 2);
      // All lanes have lane 0's points: all values are close to the bound.
      for (LaneDoubles& entry : points) {
        for (int l = 1; l < kLanes; ++l) entry[l] = entry[0];
      }
      const double optimal_value = 0.01;
      for (int q = 0; q < 4; ++q) {
        const double gap = ValueAlone(problem, points, q, 0) - optimal_value;
        for (const double epsilon :
             {gap, std::nextafter(gap, kInfinity),
              std::nextafter(gap, -kInfinity), gap + 1e-12, gap - 1e-12,
              gap * (1.0 + 1e-12), gap * (1.0 - 1e-12)}) {
          ForEachHighwayTarget([&] {
            const std::array<LaneDoubles, 4> values =
                ValuesAtLanes(problem, points, BoundAt(optimal_value, epsilon));
            for (int l = 0; l < kLanes; ++l) {
              ASSERT_EQ(values[q][l] - optimal_value <= epsilon, gap <= epsilon)
                  << "scale " << scale << ", iterate " << q;
              if (gap <= epsilon) {
                ASSERT_EQ(values[q][l] - optimal_value, gap);
              }
            }
          });
        }
      }
    }
  }
}

// Large coordinates whose sum is small: single precision loses it, with the
// same sign in every row.
TEST(ValuesAtLanes, LowerBoundsAllowForMarginsThatCancel) {
  SparseDataset data;
  data.num_features = 2;
  for (int i = 0; i < 100; ++i) {
    data.columns.insert(data.columns.end(), {0, 1});
    data.values.insert(data.values.end(), {1.0, 1.0});
    data.labels.push_back(1.0);
    data.row_begin.push_back(2 * (i + 1));
  }
  const LogisticRegression problem =
      MakeLogisticRegression(std::move(data), 1e-16).value();
  for (const double margin : {0.05, -0.05}) {
    std::vector<LaneDoubles> points(8);
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        points[q][l] = 0x1p20 + margin;  // 0x1p20 in single precision
        points[4 + q][l] = -0x1p20;
      }
    }
    const double alone = ValueAlone(problem, points, 0, 0);
    for (const double epsilon : {0.1, alone - 0.3, alone - 1e-3, alone}) {
      const double value =
          ValuesAtLanes(problem, points, BoundAt(0.0, epsilon))[0][0];
      EXPECT_LE(value, alone) << "margin " << margin;
      EXPECT_EQ(value <= epsilon, alone <= epsilon) << "margin " << margin;
    }
  }
}

// f overflows long after single precision does.
TEST(ValuesAtLanes, LowerBoundsAreFiniteWhereTheValueIs) {
  for (const LogisticRegression& problem : ManyProblems()) {
    for (double scale = 1e30; scale < 1e45; scale *= 7.0) {
      const std::vector<LaneDoubles> points =
          PointsOfScale(problem.num_features(), scale, 3);
      const std::array<LaneDoubles, 4> values =
          ValuesAtLanes(problem, points, BoundAt(0.0, 1.0));
      for (int q = 0; q < 4; ++q) {
        for (int l = 0; l < kLanes; ++l) {
          ASSERT_GT(values[q][l], 1.0);
          ASSERT_LE(values[q][l], ValueAlone(problem, points, q, l)) << scale;
        }
      }
    }
  }
}

}  // namespace
}  // namespace local_sgd
